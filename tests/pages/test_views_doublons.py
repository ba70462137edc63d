"""One person, one file: pairs proposed, compared, merged, told apart, undone; and what an agent may not."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from demandes.calculs.ressemblance import naissances_compatibles
from demandes.models import Agent, Demande, DoublonEcarte, Evenement, FusionUsager, Usager
from demandes.selectors import paire_proposee, paires_proposees, se_ressemblent
from demandes.services.doublons import defaire_fusion, distinguer, fusionner
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from tests.demandes.factories import (
    AgentFactory,
    AttributionFactory,
    DemandeFactory,
    MandatFactory,
    MotifFactory,
    PrefectureFactory,
    ServiceFactory,
    UsagerFactory,
)
from tests.demandes.outils_famille import famille
from tests.parcours import acteur, amener_a, verifier_contraintes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def deposee(departement: str = "67", **valeurs: Any) -> Demande:
    """A deposited demande of a new usager."""
    prefecture = PrefectureFactory(departement=departement)
    motif = MotifFactory(pieces=0)
    return amener_a(DemandeFactory(usager=UsagerFactory(**valeurs), motif=motif, prefecture=prefecture), "deposee")


def certifie(demande: Demande, sub: str) -> None:
    demande.usager.sub_franceconnect = sub
    demande.usager.identite_certifiee_le = maintenant()
    demande.usager.save()


@pytest.fixture
def paire():
    """Amina twice: her first record, and one typed otherwise with another address."""
    premiere = deposee(nom="Ben Ali", prenoms="Amina", commune="Strasbourg", courriel="a@example.org")
    seconde = deposee(nom="BEN-ALI", prenoms="Amïna Fatima", commune="Colmar", courriel="b@example.org")
    return premiere, seconde


def adresse(premiere: Demande, seconde: Demande) -> str:
    return f"/agent/doublons/{premiere.usager_id}/{seconde.usager_id}/"


def reponses(client: Client, page: str, garder: int) -> dict[str, int]:
    """Answer every question of the form with the same record."""
    form = client.get(page).context["form"]
    return dict.fromkeys(form.fields, garder)


def ids(premiere: Demande, seconde: Demande) -> tuple[int, int]:
    return premiere.usager_id, seconde.usager_id


# What is proposed.


@pytest.mark.parametrize(
    ("une", "autre", "proposee"),
    [
        ({"nom": "Müller", "prenoms": "Zoé"}, {"nom": "MULLER", "prenoms": "zoe"}, True),
        ({"nom": "Łukasz-Øst", "prenoms": "Jean-Pierre"}, {"nom": "lukasz ost", "prenoms": "JEAN Pierre"}, True),
        ({"nom": "D’Œuvre"}, {"nom": "doeuvre"}, True),
        ({"nom": "بن علي", "prenoms": "أمينة"}, {"nom": "بن علي", "prenoms": "أمينة"}, True),
        ({"prenoms": "Amina"}, {"prenoms": "Samia"}, False),
        ({"nom": "Ben Ali"}, {"nom": "Ben Alia"}, False),
        ({"date_naissance": "1980-05-17"}, {"date_naissance": "1980-05-18"}, False),
        ({"date_naissance": "1980-05-17"}, {"date_naissance": "1980-05-00"}, True),
        ({"date_naissance": "1980-00-00"}, {"date_naissance": "1980-05-17"}, True),
        ({"date_naissance": "1980-06-00"}, {"date_naissance": "1980-05-17"}, False),
        ({"date_naissance": "1980-00-00"}, {"date_naissance": "1981-00-00"}, False),
        ({"date_naissance": ""}, {"date_naissance": ""}, None),
    ],
)
def test_pairs_of_the_same_name_and_birth_are_proposed(chloe, une, autre, proposee):
    """The search in SQL and the comparison in Python agree."""
    if proposee is None:  # no demande is deposited without a birth date; the key is empty then
        assert {UsagerFactory(**v).pk for v in (une, autre)}
        assert set(Usager.objects.values_list("cle_identite", flat=True)) == {""}
        return
    demandes = deposee(**une), deposee(**autre)
    attendues = [ids(*demandes)] if proposee else []
    assert paires_proposees(acteur(chloe), "identite", combien=10) == attendues
    assert se_ressemblent(*Usager.objects.order_by("pk")) is proposee
    assert (paire_proposee(*ids(*demandes), acteur(chloe)) is not None) is proposee


def test_births_with_an_unknown_day_fit_any_day():
    assert naissances_compatibles("1980-05-00", "1980-05-31")
    assert not naissances_compatibles("", "")


def test_pairs_of_the_same_number_are_proposed_whatever_the_name(chloe):
    demandes = deposee(nom="Un", numero_etranger="1234567890"), deposee(nom="Deux", numero_etranger="1234567890")
    deposee(nom="Trois", numero_etranger="")
    assert paires_proposees(acteur(chloe), "numero", combien=10) == [ids(*demandes)]
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []


def test_key_follows_the_name_when_it_is_changed_in_sql(amina):
    Usager.objects.filter(pk=amina.pk).update(nom="Égée")
    amina.refresh_from_db()
    assert amina.cle_identite == "egee|amina|1980"


def test_pair_is_seen_by_who_handles_a_demande_of_both_only(paire, chloe, etienne, bruno):
    assert paires_proposees(acteur(chloe), "identite", combien=10) == [ids(*paire)]
    assert paires_proposees(acteur(etienne), "identite", combien=10) == []
    assert paires_proposees(acteur(bruno), "identite", combien=10) == []
    autre_service = AgentFactory(username="routes")
    service = paire[0].prefecture.services.create(
        genre="communication", nom="Communication", adresse="x", courriel="c@example.org", telephone="+33388216768"
    )
    AttributionFactory(agent=autre_service, role="instructeur", service=service)
    assert paires_proposees(acteur(autre_service), "identite", combien=10) == []


def test_draft_alone_proposes_nothing(chloe):
    deposee()
    DemandeFactory()
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []


def test_two_certified_persons_are_not_proposed(paire, chloe):
    for rang, demande in enumerate(paire):
        certifie(demande, f"sub-{rang}")
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []
    assert paire_proposee(*ids(*paire), acteur(chloe)) is None


def test_pages_of_pairs_follow_each_other_without_a_name_in_the_address(client, chloe, monkeypatch):
    monkeypatch.setattr("planipref.pages.doublons.PAR_PAGE", 2)
    demandes = [deposee() for _ in range(4)]
    client.force_login(chloe)
    vues, page = [], "?critere=identite"
    while page:
        contexte = client.get(f"/agent/doublons/{page}").context
        vues += [(p.premier.pk, p.second.pk) for p in contexte["paires"]]
        page = contexte["suite"] and f"?critere=identite&apres={contexte['suite']}"
        assert "ben" not in page
    assert vues == list(itertools.combinations([d.usager_id for d in demandes], 2))
    assert client.get("/agent/doublons/?critere=x&apres=1-x").status_code == 200


@pytest.mark.parametrize("combien", [2, 6])
def test_list_takes_the_same_queries_however_many_pairs(client, chloe, combien, django_assert_num_queries):
    for _ in range(combien):
        deposee()
    client.force_login(chloe)
    with django_assert_num_queries(7):
        client.get("/agent/doublons/")


# What an agent does of it.


def test_comparison_marks_the_differences_and_is_journaled(client, chloe, paire):
    client.force_login(chloe)
    reponse = client.get(adresse(*paire))
    page = reponse.content.decode()
    assert page.count("data-differe") == 4  # name, given names, e-mail, commune
    assert paire[0].numero in page
    assert paire[1].numero in page
    assert Evenement.objects.filter(nature="lecture:doublon", acteur_id=chloe.pk).count() == 2
    assert client.get(adresse(paire[1], paire[0])).status_code == 404


@pytest.mark.parametrize("ailleurs", [False, True])
def test_comparison_warns_of_a_demande_that_a_relative_reads_too(client, chloe, paire, ailleurs):
    client.force_login(chloe)
    assert "data-lue" not in client.get(adresse(*paire)).content.decode()
    services = ("communication", "etrangers") if ailleurs else ("etrangers", "etrangers")
    for genre in set(services):
        ServiceFactory(genre=genre)
    _tete, enfant = famille(2, "deposee", motifs=[MotifFactory(pieces=0, genre_service=g) for g in services])
    personne = enfant.usager
    autre = deposee(nom=personne.nom, prenoms=personne.prenoms, date_naissance=personne.date_naissance)
    agent = AgentFactory(role=None)
    AttributionFactory(agent=agent, prefecture=enfant.prefecture, service=enfant.service)
    client.force_login(agent)
    page = client.get(adresse(enfant, autre)).content.decode()
    assert page.count("data-lue") == 1
    assert f'data-lue="{enfant.numero}"' in page
    assert ("DIOP Awa a déposé" in page) is not ailleurs
    assert ("Un proche a déposé" in page) is ailleurs


def test_merge_moves_everything_keeps_what_was_chosen_and_is_journaled(client, chloe, paire):
    premiere, seconde = paire
    brouillon = DemandeFactory(usager=seconde.usager, motif=seconde.motif)
    mandat = MandatFactory(demande=seconde)
    client.force_login(chloe)
    choix = reponses(client, adresse(*paire), premiere.usager_id) | {"commune": seconde.usager_id}
    assert client.post(adresse(*paire), choix).status_code == 303
    verifier_contraintes()
    garde, absorbe = Usager.objects.get(pk=premiere.usager_id), Usager.objects.get(pk=seconde.usager_id)
    assert (garde.nom, garde.commune, garde.courriel) == ("Ben Ali", "Colmar", "a@example.org")
    assert (absorbe.fusionne_dans_id, absorbe.nom) == (garde.pk, "BEN-ALI")
    for objet in (premiere, seconde, brouillon, mandat):
        objet.refresh_from_db()
        assert objet.usager_id == garde.pk
    fusion = FusionUsager.objects.get()
    assert (fusion.agent_id, fusion.garde_id, fusion.absorbe_id) == (chloe.pk, garde.pk, absorbe.pk)
    evenements = Evenement.objects.filter(nature="usager:fusion")
    assert {e.demande_id for e in evenements} == {premiere.pk, seconde.pk, brouillon.pk}
    assert evenements[0].charge == {"fusion": fusion.pk, "de": absorbe.pk, "vers": garde.pk}
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []
    assert "a réuni deux fiches" in client.get(f"/agent/demandes/{seconde.numero}/").content.decode()


def test_merge_undone_gives_everything_back(client, chloe, paire):
    premiere, seconde = paire
    mandat = MandatFactory(demande=seconde)
    client.force_login(chloe)
    client.post(adresse(*paire), reponses(client, adresse(*paire), seconde.usager_id))
    fusion = FusionUsager.objects.get()
    nouvelle = amener_a(DemandeFactory(usager=fusion.garde, motif=premiere.motif), "deposee")
    Usager.objects.filter(pk=fusion.garde_id).update(courriel="nouveau@example.org")
    page = client.get("/agent/doublons/").content.decode()
    assert "Défaire la fusion" in page
    assert client.post(f"/agent/doublons/fusions/{fusion.pk}/defaire/").status_code == 303
    verifier_contraintes()
    for objet, usager_id in ((premiere, premiere.usager_id), (seconde, seconde.usager_id), (mandat, seconde.usager_id)):
        objet.refresh_from_db()
        assert objet.usager_id == usager_id
    nouvelle.refresh_from_db()
    assert nouvelle.usager_id == premiere.usager_id
    garde = Usager.objects.get(pk=premiere.usager_id)
    assert (garde.nom, garde.commune, garde.courriel) == ("Ben Ali", "Strasbourg", "nouveau@example.org")
    assert Evenement.objects.filter(nature="usager:fusion_defaite").count() == 3
    assert paires_proposees(acteur(chloe), "identite", combien=10) == [ids(premiere, seconde)]
    assert client.post(f"/agent/doublons/fusions/{fusion.pk}/defaire/").status_code == 409


def test_two_people_are_remembered_even_through_a_later_merge(client, chloe, paire):
    _, seconde = paire
    client.force_login(chloe)
    assert client.post(adresse(*paire) + "distinguer/").status_code == 303
    assert DoublonEcarte.objects.get().agent_id == chloe.pk
    assert Evenement.objects.filter(nature="usager:distingue").count() == 2
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []
    assert client.get(adresse(*paire)).status_code == 404
    assert client.post(adresse(*paire), {}).status_code == 404
    troisieme = deposee(nom="Ben Ali", prenoms="Amina")
    fusionner(seconde.usager, troisieme.usager, choix={}, par=acteur(chloe), maintenant=maintenant())
    assert paires_proposees(acteur(chloe), "identite", combien=10) == []
    assert DoublonEcarte.objects.get().second_id == FusionUsager.objects.get().garde_id


def test_telling_apart_goes_to_the_record_that_stays(chloe):
    premiere, seconde, troisieme = deposee(), deposee(), deposee()
    par = acteur(chloe)
    distinguer(premiere.usager, troisieme.usager, par=par, maintenant=maintenant())
    fusionner(seconde.usager, troisieme.usager, choix={}, par=par, maintenant=maintenant())
    assert DoublonEcarte.objects.filter(premier=premiere.usager, second=seconde.usager).exists()
    assert paires_proposees(par, "identite", combien=10) == []


def test_merge_keeps_what_franceconnect_certified_whatever_is_asked(chloe, paire):
    premiere, seconde = paire
    certifie(seconde, "sub-b")
    choix = {"nom": premiere.usager_id, "prenoms": premiere.usager_id, "commune": premiere.usager_id}
    fusion = fusionner(premiere.usager, seconde.usager, choix=choix, par=acteur(chloe), maintenant=maintenant())
    garde = Usager.objects.get(pk=fusion.garde_id)
    assert garde.pk == seconde.usager_id
    assert (garde.nom, garde.commune, garde.sub_franceconnect) == ("BEN-ALI", "Strasbourg", "sub-b")


def test_merge_of_two_certified_identities_is_refused(chloe, paire):
    for rang, demande in enumerate(paire):
        certifie(demande, f"sub-{rang}")
    with pytest.raises(ErreurMetier) as erreur:
        fusionner(paire[0].usager, paire[1].usager, choix={}, par=acteur(chloe), maintenant=maintenant())
    assert erreur.value.code == "identites_certifiees"


def test_merge_by_who_does_not_see_every_demande_is_refused(client, chloe, paire):
    premiere, seconde = paire
    ailleurs = DemandeFactory(
        usager=seconde.usager, motif=seconde.motif, prefecture=PrefectureFactory(departement="93")
    )
    amener_a(ailleurs, "deposee")
    client.force_login(chloe)
    assert "suivie ailleurs" in client.get(adresse(*paire)).content.decode()
    reponse = client.post(adresse(*paire), reponses(client, adresse(*paire), premiere.usager_id))
    assert reponse.status_code == 403
    assert "suivie ailleurs" in reponse.content.decode()
    assert FusionUsager.objects.count() == 0
    seconde.refresh_from_db()
    assert seconde.usager_id != premiere.usager_id


def test_undo_by_who_does_not_see_every_demande_is_refused(chloe, etienne, paire):
    fusion = fusionner(paire[0].usager, paire[1].usager, choix={}, par=acteur(chloe), maintenant=maintenant())
    with pytest.raises(DroitRefuse):
        defaire_fusion(fusion, par=acteur(etienne), maintenant=maintenant())


def test_foreign_agent_and_desk_see_nothing_of_it(client, etienne, bruno, chloe, paire):
    fusion = None
    for agent, statuts in ((etienne, (404, 404, 404)), (bruno, (403, 403, 403))):
        client.force_login(agent)
        obtenus = (
            client.get(adresse(*paire)).status_code,
            client.post(adresse(*paire), {}).status_code,
            client.post(adresse(*paire) + "distinguer/").status_code,
        )
        assert obtenus == statuts
    fusion = fusionner(paire[0].usager, paire[1].usager, choix={}, par=acteur(chloe), maintenant=maintenant())
    client.force_login(etienne)
    assert client.post(f"/agent/doublons/fusions/{fusion.pk}/defaire/").status_code == 404


def test_merge_without_an_answer_is_422_and_merges_nothing(client, chloe, paire):
    client.force_login(chloe)
    reponse = client.post(adresse(*paire), {})
    assert reponse.status_code == 422
    assert "Choisissez ce qui est gardé." in reponse.content.decode()
    assert FusionUsager.objects.count() == 0


def test_merge_twice_is_refused(chloe, paire):
    par = acteur(chloe)
    fusionner(paire[0].usager, paire[1].usager, choix={}, par=par, maintenant=maintenant())
    with pytest.raises(ErreurMetier) as erreur:
        fusionner(paire[0].usager, paire[1].usager, choix={}, par=par, maintenant=maintenant())
    assert erreur.value.code == "paire_changee"


def test_database_refuses_a_pair_out_of_order_and_a_merge_with_itself(paire, chloe: Agent):
    premier, second = paire[0].usager, paire[1].usager
    with pytest.raises(IntegrityError, match="doublon_ecarte_ordonne"), transaction.atomic():
        DoublonEcarte.objects.create(premier=second, second=premier, agent=chloe, le=maintenant())
    with pytest.raises(IntegrityError, match="fusion_de_deux_usagers"), transaction.atomic():
        FusionUsager.objects.create(garde=premier, absorbe=premier, agent=chloe, le=maintenant(), instantane={})
    with pytest.raises(IntegrityError, match="usager_franceconnect_certifie"), transaction.atomic():
        Usager.objects.filter(pk=premier.pk).update(sub_franceconnect="x")
    certifie(paire[0], "x")
    with pytest.raises(IntegrityError, match="usager_franceconnect_unique"), transaction.atomic():
        certifie(paire[1], "x")


def test_dossier_tells_of_a_likely_duplicate_until_it_is_settled(client, chloe, bruno, paire):
    page = f"/agent/demandes/{paire[1].numero}/"
    client.force_login(bruno)
    assert "ressemble à celle-ci" not in client.get(page).content.decode()
    client.force_login(chloe)
    assert f'href="{adresse(*paire)}"' in client.get(page).content.decode()
    client.post(adresse(*paire) + "distinguer/")
    assert "ressemble à celle-ci" not in client.get(page).content.decode()
