"""Attacks that a reader carried out, replayed: what one person opened, typed or received opens nothing of another's."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from demandes.calculs.ages import est_mineur
from demandes.models import Agent, Demande, Mandat, Notification, Usager
from demandes.services.acces_propre import quitter_la_famille
from demandes.services.convocation import revoquer_convocation
from demandes.services.courriels import code_derive, composer, lien_mandat
from demandes.services.doublons import defaire_fusion, fusionner
from demandes.services.franceconnect import identifier_brouillon
from demandes.services.mandats import donner, titulaire
from demandes.views.connexion import ESSAIS_PAR_COMPTE
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.franceconnect import IdentitePivot
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planning.services import reservation
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MandatFactory, UsagerFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, deposer, motif_ouvert, ouvrir_session
from tests.demandes.outils_famille import convoquer_ensemble, creneaux, famille, rattacher
from tests.parcours import acteur, amener_a, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
AILLEURS = "198.51.100.7"


def parent_et_adulte(etat: str = "deposee") -> tuple[Demande, Demande]:
    tete, membre = famille(2, etat)
    Usager.objects.filter(pk=membre.usager_id).update(date_naissance="1990-01-01")
    membre.refresh_from_db()
    assert not est_mineur(membre.usager.date_naissance, INSTANT.date())
    return tete, membre


def quitter(client: Client, membre: Demande, courriel: str = "autre@example.org") -> Any:
    return client.post(f"/suivi/{membre.numero}/acces-propre/", {"courriel": courriel})


# Who deposits for a relative speaks for that demande alone.


def test_own_access_leaves_the_address_of_a_person_merged_with_the_relative(client: Client) -> None:
    victime = amener_a(DemandeFactory(usager=UsagerFactory(courriel="victime@example.org")), "deposee")
    tete, membre = parent_et_adulte()
    chef = acteur(equipe(tete).chloe)
    fusion = fusionner(victime.usager, membre.usager, choix={}, par=chef, maintenant=INSTANT)
    ouvrir_session(client, tete)
    reponse = quitter(client, membre, "pirate@example.org")
    assert reponse.status_code == 409
    assert "Écrivez au service" in reponse.content.decode()
    victime.usager.refresh_from_db()
    assert victime.usager.courriel == "victime@example.org"
    assert not Notification.objects.filter(destinataire="pirate@example.org").exists()
    defaire_fusion(fusion, par=chef, maintenant=INSTANT)
    assert quitter(client, membre).status_code == 303  # two records again


def test_own_access_is_refused_for_a_record_that_absorbed_another(client: Client) -> None:
    tete, membre = parent_et_adulte()
    autre = UsagerFactory(fusionne_dans=membre.usager)
    ouvrir_session(client, tete)
    assert quitter(client, membre).status_code == 409
    Usager.objects.filter(pk=autre.pk).update(fusionne_dans=None)
    assert quitter(client, membre).status_code == 303


def test_former_address_is_told_that_it_receives_nothing_more(client: Client) -> None:
    tete, membre = parent_et_adulte()
    ouvrir_session(client, tete)
    quitter(client, membre)
    avis = Notification.objects.get(demande=membre, modele="adresse_changee")
    assert avis.destinataire == "diop@example.org"


def test_certified_identity_never_enters_a_draft_that_somebody_else_reads(client: Client) -> None:
    tete = deposer(client, motif_ouvert(pieces=0))
    brouillon = rattacher(client, tete, "conjoint")
    assert client.get(f"/franceconnect/?demande={brouillon.cle}").status_code == 404
    pivot = IdentitePivot("sub", "Diop", "Awa", "1985-03-02", "99341", "", "awa@example.org")
    with pytest.raises(ErreurMetier, match="pas celle de ses proches"):
        identifier_brouillon(brouillon, pivot, maintenant=INSTANT)


# Who leaves a visit has nothing to do with it any more.


def lien(convocation: Any) -> str:
    return f"/rdv/{deriver('convocation', str(convocation.cle))}/"


@pytest.mark.parametrize("qui", [0, 1], ids=["who bears the link", "who joined"])
def test_person_taken_out_of_a_visit_neither_sees_nor_moves_it(client: Client, qui: int) -> None:
    demandes = famille(3, "complete")
    Usager.objects.filter(pk=demandes[2].usager_id).update(courriel="tante@example.org")
    porteuse = convoquer_ensemble(demandes)
    places = creneaux(demandes[0], 6)
    reservation.reserver(porteuse, places[0], par=acteur(porteuse.demande.usager), maintenant=INSTANT)
    ancien = lien(porteuse)
    naissance = {"date_naissance": "02/03/1985" if qui == 0 else "05/01/2000"}
    assert client.post(ancien, naissance).status_code == 303
    assert client.get(ancien).status_code == 200
    avant = Notification.objects.latest("pk")
    revoquer_convocation(demandes[qui], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    assert client.get(ancien).status_code == 404
    assert client.post(f"{ancien}annuler/").status_code == 404
    porteuse.refresh_from_db()
    assert porteuse.rendez_vous.get().etat == "pris"
    assert Client().post(lien(porteuse), {"date_naissance": "05/01/2001"}).status_code == 303
    nouveaux = Notification.objects.filter(pk__gt=avant.pk).exclude(demande=demandes[qui])
    assert sorted(n.destinataire for n in nouveaux) == ["diop@example.org", "tante@example.org"]  # one mail for each
    for courriel in map(composer, nouveaux):
        assert lien(porteuse) in courriel.texte
        assert lien(porteuse) in courriel.html
        assert "l’ancien ne marche plus" in courriel.texte
        assert "l’ancien ne marche plus" in courriel.html
        assert "Votre rendez-vous est confirmé" in courriel.texte
        assert demandes[qui].usager.prenoms not in courriel.texte
        assert courriel.pieces[0].nom == "rendez-vous.ics"


@pytest.mark.parametrize("qui", [0, 1], ids=["who bears the link", "who joined"])
def test_those_who_stay_are_mailed_the_new_link_when_no_appointment_is_held(qui: int) -> None:
    demandes = famille(3, "complete")
    porteuse = convoquer_ensemble(demandes)
    avant = Notification.objects.latest("pk")
    revoquer_convocation(demandes[qui], par=acteur(equipe(demandes[0]).chloe), maintenant=INSTANT)
    porteuse.refresh_from_db()
    (nouveau,) = Notification.objects.filter(pk__gt=avant.pk).exclude(demande=demandes[qui])
    courriel = composer(nouveau)
    assert lien(porteuse) in courriel.texte
    assert "l’ancien ne marche plus" in courriel.texte


def test_leaving_a_shared_computer_forgets_the_links_of_appointments_too(client: Client) -> None:
    (demande,) = famille(1, "complete")
    convocation = convoquer_ensemble([demande])
    adresse = lien(convocation)
    assert client.post(adresse, {"date_naissance": "02/03/1985"}).status_code == 303
    ouvrir_session(client, demande)
    assert 'name="date_naissance"' not in client.get(adresse).content.decode()
    assert client.post("/suivi/quitter/").status_code == 303
    assert 'name="date_naissance"' in client.get(adresse).content.decode()
    assert client.get(f"/suivi/{demande.numero}/").status_code == 404
    assert not client.session.keys()


def test_leaving_keeps_the_agent_who_helps_signed_in(client: Client) -> None:
    (demande,) = famille(1, "deposee")
    agent = AgentFactory(instructeur=True)
    client.force_login(agent)
    ouvrir_session(client, demande)
    assert client.post("/suivi/quitter/").status_code == 303
    assert client.get("/agent/").status_code == 200
    assert all(c.startswith("_") for c in client.session.keys())  # noqa: SIM118 (a session is not iterable)


# Who typed an address has not proved that it is theirs.


def reprendre(client: Client, demande: Demande, chemin: str) -> Any:
    client.post(chemin, {"date_naissance": "17/05/1980"})
    code = demande.codes_acces.latest("pk")
    return client.post("/suivi/code/", {"code": code_derive(code.pk)})


def test_draft_resumed_by_its_holder_is_shut_to_who_typed_their_address(client: Client) -> None:
    demande = commencer(client, motif_ouvert())
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}identite/", IDENTITE)
    client.post(f"{base}coordonnees/", COORDONNEES)
    assert client.get(f"{base}identite/").status_code == 200
    titulaire_du_courriel, telephone = Client(), Client()
    assert reprendre(titulaire_du_courriel, demande, base).status_code == 303
    assert titulaire_du_courriel.get(f"{base}identite/").status_code == 200
    assert client.get(f"{base}identite/").status_code == 404
    assert client.post(f"{base}identite/", IDENTITE).status_code == 404
    assert reprendre(telephone, demande, base).status_code == 303
    assert titulaire_du_courriel.get(f"{base}identite/").status_code == 200  # both read the mailbox


def test_another_address_has_to_be_proved_again(client: Client) -> None:
    demande = commencer(client, motif_ouvert())
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}identite/", IDENTITE)
    client.post(f"{base}coordonnees/", COORDONNEES)
    client = Client()
    reprendre(client, demande, base)
    client.post(f"{base}coordonnees/", {**COORDONNEES, "courriel": "victime@example.org"})
    assert not demande.codes_acces.filter(utilise_le__isnull=True).exists()
    assert client.get(f"{base}identite/").status_code == 200
    reprendre(Client(), demande, base)
    assert client.get(f"{base}identite/").status_code == 404


def test_relative_who_resumes_is_told_who_else_reads_their_draft(client: Client) -> None:
    tete = deposer(client, motif_ouvert(pieces=0))
    brouillon = rattacher(client, tete, "conjoint")
    base = f"/depot/{brouillon.cle}/"
    client.post(f"{base}identite/", IDENTITE)
    assert "data-lecteur" not in client.get(f"{base}coordonnees/").content.decode()
    proche = Client()
    reprendre(proche, brouillon, base)
    page = proche.get(f"{base}coordonnees/").content.decode()
    assert "data-lecteur" in page
    assert tete.usager.nom_complet in page


# Mandates follow the person, not the address of their family.


def test_own_access_drops_the_mandates_that_wait_and_moves_the_links_of_those_that_run(client: Client) -> None:
    _tete, membre = parent_et_adulte()
    attend = MandatFactory(demande=membre, usager=membre.usager, a_signer=True)
    court = MandatFactory(demande=membre, usager=membre.usager)
    anciens = [urlsplit(lien_mandat(m)).path for m in (attend, court)]
    par = acteur(membre.usager)
    quitter_la_famille(membre, courriel="moussa@example.org", par=par, maintenant=maintenant())
    attend.refresh_from_db()
    court.refresh_from_db()
    assert attend.situation(INSTANT.date()) == Mandat.Situation.REFUSE
    assert court.court(INSTANT.date())
    assert [client.get(ancien).status_code for ancien in anciens] == [410, 404]
    rappel = Notification.objects.get(modele="mandat_donne")
    assert (rappel.destinataire, rappel.contexte["mandat_id"]) == ("moussa@example.org", court.pk)


def test_mandate_given_is_told_to_the_person_with_the_link_that_takes_it_back() -> None:
    mandat = MandatFactory(a_signer=True)
    donner(mandat, par=titulaire(mandat), maintenant=INSTANT)
    assert Notification.objects.get(modele="mandat_donne").destinataire == mandat.usager.courriel


# Nobody is locked out by what a stranger tries from elsewhere.


def test_stranger_elsewhere_does_not_use_up_the_tries_of_a_person() -> None:
    ailleurs = Client(REMOTE_ADDR=AILLEURS)
    demande = amener_a(DemandeFactory(), "deposee")
    faux = {"numero": demande.numero, "date_naissance": "01/01/1999"}
    statuts = [ailleurs.post("/suivi/", faux).status_code for _ in range(7)]
    assert statuts[-1] == 429
    bon = {"numero": demande.numero, "date_naissance": "17/05/1980"}
    chez_soi = Client()
    assert chez_soi.post("/suivi/", bon).status_code == 303
    for _ in range(7):
        ailleurs.post("/suivi/code/", {"code": "000000"})
    code = demande.codes_acces.latest("pk")
    assert chez_soi.post("/suivi/code/", {"code": code_derive(code.pk)}).status_code == 303


def test_stranger_elsewhere_does_not_lock_an_agent_out() -> None:
    ailleurs = Client(REMOTE_ADDR=AILLEURS)
    agent: Agent = AgentFactory(username="chloe")
    agent.set_password("juste-et-long")
    agent.save()
    faux = {"username": "chloe", "password": "faux"}
    statuts = [ailleurs.post("/connexion/", faux).status_code for _ in range(ESSAIS_PAR_COMPTE + 1)]
    assert statuts[-1] == 429
    assert Client().post("/connexion/", {"username": "chloe", "password": "juste-et-long"}).status_code == 303


def test_unknown_key_of_a_draft_offers_to_come_back(client: Client) -> None:
    assert client.get(f"/depot/{uuid.uuid4()}/identite/").status_code == 404
