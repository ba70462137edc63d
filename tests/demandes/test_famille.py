"""Depositing for several persons of a family, and following them: only the principal demande reaches the others."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.ages import est_mineur
from demandes.models import Demande, Notification
from demandes.services.actes import contexte_pdf
from planipref.commun.jetons import deriver
from tests.demandes.factories import INSTANT, DemandeFactory, PrefectureFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, deposer, motif_ouvert, ouvrir_session
from tests.demandes.outils_famille import convoquer_ensemble, famille, rattacher
from tests.parcours import amener_a

pytestmark = pytest.mark.django_db
ENFANT = {**IDENTITE, "prenoms": "Lina", "date_naissance": "17/05/2020"}


@pytest.fixture(autouse=True)
def _lundi():
    with time_machine.travel(INSTANT, tick=False):
        yield


@pytest.fixture
def principale(client):
    return deposer(client, motif_ouvert(pieces=0))


def deposer_pour(client, principale, identite):
    demande = rattacher(client, principale)
    base = f"/depot/{demande.cle}/"
    assert client.post(f"{base}identite/", identite).status_code == 303
    assert client.post(f"{base}coordonnees/", COORDONNEES).status_code == 303
    reponse = client.post(f"{base}recapitulatif/", {"sincerite": "on"})
    assert reponse.status_code == 303, reponse.content.decode()
    demande.refresh_from_db()
    return demande


def test_second_person_has_their_own_number_receipt_and_clock(client, principale):
    page = client.get(f"/depot/{principale.cle}/confirmation/").content.decode()
    assert f'href="/depot/{principale.cle}/famille/"' in page
    demande = deposer_pour(client, principale, {**ENFANT, "representant": "Ben Ali Amina"})
    assert (demande.principale_id, demande.lien_familial, demande.representant) == (
        principale.pk,
        "enfant",
        "Ben Ali Amina",
    )
    assert demande.numero != principale.numero
    assert demande.echeance == principale.echeance
    assert demande.actes.get().code != principale.actes.get().code
    assert demande.usager_id != principale.usager_id
    assert demande.evenements.filter(nature="transition:deposer", acteur_id=principale.usager_id).exists()


def test_who_answers_for_a_relative_is_asked_who_that_person_is(client, principale):
    demande = rattacher(client, principale)
    page = client.get(f"/depot/{demande.cle}/identite/").content.decode()
    assert "Qui est cette personne" in page
    assert "Qui êtes-vous" not in page


def test_contact_is_copied_and_may_be_changed(client, principale):
    demande = rattacher(client, principale)
    page = client.get(f"/depot/{demande.cle}/coordonnees/").content.decode()
    assert "amina@example.org" in page
    assert "1 rue de la Paix" in page
    client.post(f"/depot/{demande.cle}/coordonnees/", {**COORDONNEES, "commune": "Obernai"})
    demande.usager.refresh_from_db()
    principale.usager.refresh_from_db()
    assert (demande.usager.commune, principale.usager.commune) == ("Obernai", "Strasbourg")


def test_minor_without_a_legal_representative_is_refused_beside_the_field(client, principale):
    demande = rattacher(client, principale)
    assert demande.representant == "BEN ALI Amina"  # who deposits, proposed
    reponse = client.post(f"/depot/{demande.cle}/identite/", {**ENFANT, "representant": ""})
    assert reponse.status_code == 422
    assert 'name="representant"' in reponse.content.decode()


def test_adult_is_not_asked_for_a_representative(client, principale):
    demande = rattacher(client, principale, lien="conjoint")
    assert 'name="representant"' not in client.get(f"/depot/{demande.cle}/identite/").content.decode()
    assert client.post(f"/depot/{demande.cle}/identite/", IDENTITE).status_code == 303


def test_child_of_age_keeps_no_representative(client, principale):
    demande = rattacher(client, principale)
    assert client.post(f"/depot/{demande.cle}/identite/", {**IDENTITE, "representant": "Omar"}).status_code == 303
    demande.refresh_from_db()
    assert demande.representant == ""


def test_minor_alone_names_a_representative_too(client):
    demande = commencer(client, motif_ouvert())
    reponse = client.post(f"/depot/{demande.cle}/identite/", ENFANT)
    assert reponse.status_code == 422
    assert 'name="representant"' in reponse.content.decode()
    assert client.post(f"/depot/{demande.cle}/identite/", ENFANT | {"representant": "Ben Ali Omar"}).status_code == 303


def test_form_refuses_what_is_missing_and_a_motif_of_elsewhere(client, principale):
    adresse = f"/depot/{principale.cle}/famille/"
    assert client.post(adresse, {"lien": "voisin", "motif": principale.motif.code}).status_code == 422
    assert client.post(adresse, {"lien": "enfant", "motif": "INCONNU"}).status_code == 422
    assert Demande.objects.count() == 1


def test_family_of_ten_is_full(client, principale):
    for _ in range(9):
        rattacher(client, principale)
    reponse = client.post(f"/depot/{principale.cle}/famille/", {"lien": "enfant", "motif": principale.motif.code})
    assert reponse.status_code == 409
    assert Demande.objects.count() == 10


def test_stranger_neither_adds_to_a_family_nor_sees_it(client, principale):
    enfant = rattacher(client, principale)
    autre = type(client)()
    for adresse in (f"/depot/{principale.cle}/famille/", f"/suivi/{principale.numero}/"):
        assert autre.get(adresse).status_code == 404
    assert autre.post(f"/depot/{principale.cle}/famille/", {"lien": "enfant"}).status_code == 404
    assert autre.get(f"/depot/{enfant.cle}/identite/").status_code == 404


def test_follow_up_shows_each_person_and_leads_to_them_with_eight_queries(client, django_assert_max_num_queries):
    tete, *enfants = famille(4)
    ouvrir_session(client, tete)
    with django_assert_max_num_queries(8):
        page = client.get(f"/suivi/{tete.numero}/").content.decode()
    for enfant in enfants:
        assert f'data-proche="{enfant.numero}"' in page
        assert client.get(f"/suivi/{enfant.numero}/").status_code == 200
    assert enfants[0].evenements.filter(nature="lecture:famille", acteur_id=tete.usager_id).count() == 1


def test_own_link_of_a_member_opens_that_file_only(client):
    tete, enfant, autre = famille(3)
    client.get(f"/suivi/lien/{enfant.cle}/{deriver('suivi', str(enfant.cle))}/")
    page = client.get(f"/suivi/{enfant.numero}/").content.decode()
    assert "data-proche" not in page
    assert tete.numero not in page
    assert autre.numero not in page
    assert f"/depot/{enfant.cle}/famille/" not in page
    for demande in (tete, autre):
        assert client.get(f"/suivi/{demande.numero}/").status_code == 404
        assert client.get(f"/actes/{demande.actes.all()[0].code}.pdf").status_code != 200
    assert client.get(f"/depot/{enfant.cle}/famille/").status_code == 404


def test_who_deposits_writes_and_withdraws_for_a_member(client):
    tete, enfant = famille(2)
    ouvrir_session(client, tete)
    assert client.post(f"/suivi/{enfant.numero}/message/", {"corps": "Bonjour"}).status_code == 303
    assert client.post(f"/suivi/{enfant.numero}/retirer/").status_code == 303
    enfant.refresh_from_db()
    assert enfant.etat == "sans_suite"
    evenement = enfant.evenements.get(nature="transition:retirer")
    assert (evenement.acteur_id, evenement.charge["famille"]) == (tete.usager_id, True)


def adulte(*, etat="deposee"):
    tete, membre = famille(2, etat)
    membre.usager.date_naissance = "1990-01-01"
    membre.usager.save()
    return tete, membre


def test_adult_is_given_an_access_of_their_own_and_the_family_loses_it(client):
    tete, membre = adulte()
    ouvrir_session(client, tete)
    ancien = f"/suivi/lien/{membre.cle}/{deriver('suivi', str(membre.cle))}/"
    reponse = client.post(f"/suivi/{membre.numero}/acces-propre/", {"courriel": "moussa@example.org"})
    assert reponse["Location"] == f"/suivi/{tete.numero}/"
    membre.refresh_from_db()
    assert membre.principale_id is None
    assert client.get(f"/suivi/{membre.numero}/").status_code == 404
    assert type(client)().get(ancien).status_code == 404
    message = Notification.objects.filter(demande=membre, modele="depot").latest("pk")
    assert message.destinataire == "moussa@example.org"


@pytest.mark.parametrize("courriel", ["diop@example.org", "pas-une-adresse", ""])
def test_own_access_needs_another_address(client, courriel):
    tete, membre = adulte()
    ouvrir_session(client, tete)
    assert client.post(f"/suivi/{membre.numero}/acces-propre/", {"courriel": courriel}).status_code == 422


def test_minor_gets_no_access_of_their_own(client):
    tete, enfant = famille(2)
    enfant.usager.date_naissance = "2020-01-01"
    enfant.usager.save()
    ouvrir_session(client, tete)
    assert client.post(f"/suivi/{enfant.numero}/acces-propre/", {"courriel": "x@example.org"}).status_code == 422
    assert "acces-propre" not in client.get(f"/suivi/{enfant.numero}/").content.decode()


def test_who_is_convoked_with_the_family_does_not_leave_it_yet(client):
    tete, membre = adulte(etat="complete")
    convoquer_ensemble([tete, membre])
    ouvrir_session(client, tete)
    assert client.post(f"/suivi/{membre.numero}/acces-propre/", {"courriel": "x@example.org"}).status_code == 409
    with pytest.raises(IntegrityError, match="convoquée avec sa famille"), transaction.atomic():
        Demande.objects.filter(pk=membre.pk).update(principale=None)


def test_database_keeps_a_family_in_one_prefecture_at_one_level_and_to_those_born_in_it():
    tete, enfant = famille(2)
    ailleurs = PrefectureFactory(departement="68")
    etrangere = amener_a(DemandeFactory(motif=tete.motif), "deposee")
    refusees: dict[str, dict[str, Any]] = {
        "une seule préfecture": {"principale": tete, "prefecture": ailleurs},
        "demande principale": {"principale": enfant},
    }
    for message, champs in refusees.items():
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            DemandeFactory(motif=tete.motif, lien_familial="enfant", **champs)
    with pytest.raises(IntegrityError, match="en naissant"), transaction.atomic():
        Demande.objects.filter(pk=etrangere.pk).update(principale=tete, lien_familial="autre")
    with pytest.raises(IntegrityError, match="demande_lien_familial"), transaction.atomic():
        DemandeFactory(motif=tete.motif, principale=tete)


def test_database_refuses_the_eleventh_of_a_family():
    (tete,) = famille(1, "brouillon")
    DemandeFactory.create_batch(9, motif=tete.motif, principale=tete, lien_familial="enfant")
    with pytest.raises(IntegrityError, match="dix demandes"), transaction.atomic():
        DemandeFactory(motif=tete.motif, principale=tete, lien_familial="enfant")


@given(naissance=st.dates(date(1950, 1, 1), date(2030, 1, 1)), jour=st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_est_mineur_until_the_eighteenth_birthday(naissance, jour):
    age = jour.year - naissance.year - ((jour.month, jour.day) < (naissance.month, naissance.day))
    assert est_mineur(naissance.isoformat(), jour) == (age < 18)
    inconnue = f"{naissance.year}-00-00"
    assert est_mineur(inconnue, jour) == (jour.year - naissance.year < 18 or jour < date(naissance.year + 18, 12, 31))


def test_receipt_names_the_legal_representative(client, principale):
    demande = deposer_pour(client, principale, {**ENFANT, "representant": "Ben Ali Amina"})
    lignes = contexte_pdf(demande.actes.get())["destinataire"]["adresse"]
    assert lignes[0] == "Représenté(e) par Ben Ali Amina"
    assert "Représenté" not in str(contexte_pdf(principale.actes.get()))
