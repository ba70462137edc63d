"""`/mandat/<jeton>/`: the person reads, gives, refuses, takes back; nobody else signs."""

import pytest
import time_machine

from demandes.models import Mandat, Notification
from demandes.services.courriels import lien_mandat
from demandes.services.mandats import donner, titulaire
from tests.demandes.factories import INSTANT, AidantFactory, MandatFactory
from tests.demandes.outils_depot import ouvrir_session
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

NAISSANCE = {"date_naissance": "17/05/1980"}


def adresse(mandat):
    return lien_mandat(mandat).split("/", 3)[3].join(["/", ""])


@pytest.fixture
def propose():
    return MandatFactory(a_signer=True, portee=["deposer", "suivre"])


def test_page_says_nothing_before_the_birth_date(client, propose):
    page = client.get(adresse(propose)).content.decode()
    assert propose.organisme.nom not in page
    assert client.post(f"{adresse(propose)}donner/").status_code == 303
    propose.refresh_from_db()
    assert propose.signe_le is None


def test_page_says_who_for_what_and_until_when_then_giving_opens_it(client, propose):
    assert client.post(adresse(propose), NAISSANCE).status_code == 303
    page = client.get(adresse(propose)).content.decode()
    for attendu in (
        propose.organisme.nom,
        "remplir et déposer la demande",
        "samedi 31 août 2030",
        'data-action="donner"',
    ):
        assert attendu in page
    with time_machine.travel("2030-03-06T10:00:00Z", tick=False):
        client.post(adresse(propose), NAISSANCE)  # the session of two days ago is over
        client.post(f"{adresse(propose)}donner/")
        page = client.get(adresse(propose)).content.decode()
    propose.refresh_from_db()
    assert str(propose.signe_le) == "2030-03-06" == str(propose.pendant.lower)
    assert propose.demande.evenements.get(nature="mandat:donne").acteur_genre == "usager"
    assert 'data-action="revoquer"' in page


def test_scopes_are_told_in_the_language_of_the_page(client, propose):
    client.post(adresse(propose), NAISSANCE)
    client.post("/langue/", {"langue": "es", "suite": "/demarches/"})
    page = client.get(adresse(propose)).content.decode()
    assert "rellenar y presentar la solicitud" in page
    assert "remplir et déposer" not in page
    donner(propose, par=titulaire(propose), maintenant=INSTANT)
    ouvrir_session(client, propose.demande)
    suivi = client.get(f"/suivi/{amener_a(propose.demande, 'deposee').numero}/").content.decode()
    assert "seguir la solicitud y escribir al servicio" in suivi
    assert "écrire au service" not in suivi


def test_refusing_ends_the_link(client, propose):
    client.post(adresse(propose), NAISSANCE)
    client.post(f"{adresse(propose)}refuser/")
    propose.refresh_from_db()
    assert propose.situation(INSTANT.date()) == Mandat.Situation.REFUSE
    assert client.post(f"{adresse(propose)}donner/").status_code == 410


def test_taking_back_ends_it_and_a_replayed_signature_does_not_bring_it_back(client, propose):
    client.post(adresse(propose), NAISSANCE)
    for geste in ("donner", "donner", "retirer"):
        assert client.post(f"{adresse(propose)}{geste}/").status_code in (200, 303)
    for geste in ("donner", "retirer", "refuser"):
        assert client.post(f"{adresse(propose)}{geste}/").status_code == 410
    propose.refresh_from_db()
    assert propose.situation(INSTANT.date()) == Mandat.Situation.REVOQUE
    assert Notification.objects.filter(modele="mandat_termine").count() == 1


def test_wrong_birth_dates_are_counted(client, propose):
    statuts = [client.post(adresse(propose), {"date_naissance": "18/05/1980"}).status_code for _ in range(6)]
    assert statuts == [422] * 5 + [429]
    assert propose.demande.evenements.filter(nature="mandat:naissance_fausse").count() == 5


def test_proposal_left_a_month_is_gone(client, propose):
    with time_machine.travel("2030-04-04T10:00:00Z", tick=False):
        assert client.get(adresse(propose)).status_code == 410


@pytest.mark.parametrize("trait", ["expire", "revoque"])
def test_ended_mandate_is_gone(client, trait):
    assert client.get(adresse(MandatFactory(**{trait: True}))).status_code == 410


def test_unknown_token_is_404(client):
    assert client.get("/mandat/nimporte/").status_code == 404


def test_aidant_signs_for_nobody(client, propose):
    client.force_login(propose.aidant.agent)
    assert client.get(adresse(propose)).status_code == 403
    assert client.post(f"{adresse(propose)}donner/").status_code == 403
    client.force_login(AidantFactory().agent)
    assert client.post(f"{adresse(propose)}donner/").status_code == 403


def test_link_of_a_suspended_organisation_signs_nothing(client, propose):
    client.post(adresse(propose), NAISSANCE)
    type(propose.organisme).objects.update(actif=False)
    assert client.post(f"{adresse(propose)}donner/").status_code == 409


def test_page_is_neither_cached_nor_sent_as_referrer(client, propose):
    reponse = client.get(adresse(propose))
    assert "no-store" in reponse["Cache-Control"]
    assert reponse["Referrer-Policy"] == "no-referrer"
