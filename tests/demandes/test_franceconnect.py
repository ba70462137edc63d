"""FranceConnect against a real local provider: who is identified, what is written, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from demandes.models import Agent, Demande, Evenement, Usager
from demandes.services.franceconnect import empreinte_identite
from demandes.views.acces import CLE_SESSION
from planipref.commun.horloge import maintenant
from tests.demandes.factories import DemandeFactory, UsagerFactory
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, motif_ouvert, ouvrir_session
from tests.franceconnect import SECRET, fournisseur, identifier, parametres
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
SUIVI = "/suivi/mes-demandes/"


@pytest.fixture
def fc(settings):
    with fournisseur() as essai:
        settings.FRANCECONNECT = essai.reglage
        essai.connaitre("amina")
        yield essai


@pytest.fixture
def brouillon(client):
    return commencer(client, motif_ouvert())


def rouvert(demande: Demande) -> Demande:
    return Demande.objects.select_related("usager").get(pk=demande.pk)


def amina_certifiee(**valeurs: Any) -> Usager:
    return UsagerFactory(sub_franceconnect=empreinte_identite("amina"), identite_certifiee_le=maintenant(), **valeurs)


def test_without_settings_there_is_no_button_and_no_address(client, settings):
    settings.FRANCECONNECT = {}
    assert "franceconnect" not in client.get("/suivi/").content.decode().lower()
    assert client.get("/franceconnect/").status_code == 404
    assert client.get("/franceconnect/retour/").status_code == 404


def test_button_says_franceconnect_and_asks_what_the_rules_ask(client, brouillon, fc):
    page = client.get(f"/depot/{brouillon.cle}/identite/").content.decode()
    assert "S’identifier avec" in page
    assert "Qu’est-ce que FranceConnect ?" in page
    demandes = parametres(client.get(f"/franceconnect/?demande={brouillon.cle}")["Location"])
    assert demandes["acr_values"] == "eidas1"
    assert demandes["code_challenge_method"] == "S256"
    assert demandes["redirect_uri"] == "http://testserver/franceconnect/retour/"
    assert len(demandes["state"]) == len(demandes["nonce"]) == 32


def test_draft_takes_the_certified_identity_and_stores_no_sub(client, brouillon, fc):
    reponse = identifier(client, fc, demande=str(brouillon.cle))
    demande = rouvert(brouillon)
    assert (reponse.status_code, reponse.url) == (303, f"/depot/{demande.cle}/identite/")
    usager = demande.usager
    assert (usager.nom, usager.prenoms, usager.date_naissance) == ("BEN ALI", "Amina Fatima", "1980-05-17")
    assert usager.commune_naissance == "pays 99351 (code INSEE)"
    assert (usager.courriel, usager.nom_usage) == ("amina.fc@example.org", "DURAND")
    assert usager.sub_franceconnect == empreinte_identite("amina")
    assert "amina" not in usager.sub_franceconnect
    assert usager.identite_certifiee_le == maintenant()
    evenement = Evenement.objects.get(nature="identite:franceconnect")
    assert (evenement.acteur_id, evenement.charge) == (usager.pk, {"de": usager.pk, "vers": usager.pk})
    assert not [v for v in client.session.values() if "eyJ" in str(v)]  # no token of theirs in our database
    assert "_auth_user_id" not in client.session
    assert Agent.objects.count() == 0


def test_certified_identity_is_not_changed_by_the_form_while_contact_is(client, brouillon, fc):
    identifier(client, fc, demande=str(brouillon.cle))
    base = f"/depot/{rouvert(brouillon).cle}"
    page = client.get(f"{base}/identite/").content.decode()
    assert "data-certifie" in page
    assert page.count("disabled") >= 4
    assert client.post(f"{base}/identite/", IDENTITE | {"nom": "Autre", "nom_usage": "Martin"}).status_code == 303
    assert client.post(f"{base}/coordonnees/", COORDONNEES | {"nom": "Autre"}).status_code == 303
    usager = rouvert(brouillon).usager
    assert (usager.nom, usager.commune_naissance) == ("BEN ALI", "pays 99351 (code INSEE)")
    assert (usager.nom_usage, usager.courriel) == ("Martin", "amina@example.org")


def test_second_draft_joins_the_usager_already_known(client, brouillon, fc):
    connue = amina_certifiee(nom="Ben Ali", courriel="deja@example.org")
    orphelin = brouillon.usager_id
    identifier(client, fc, demande=str(brouillon.cle))
    demande = rouvert(brouillon)
    assert demande.usager_id == connue.pk
    assert demande.usager.courriel == "deja@example.org"
    assert not Usager.objects.filter(pk=orphelin).exists()
    assert Evenement.objects.get(nature="identite:franceconnect").charge == {"de": orphelin, "vers": connue.pk}


def test_usager_with_another_demande_is_not_certified_along(client, brouillon, fc):
    autre = DemandeFactory(usager=brouillon.usager, motif=brouillon.motif)
    identifier(client, fc, demande=str(brouillon.cle))
    autre.refresh_from_db()
    assert autre.usager_id == brouillon.usager_id
    assert not autre.usager.est_certifie
    assert rouvert(brouillon).usager_id != brouillon.usager_id


def test_draft_identified_is_closed_to_whoever_had_opened_it(client, brouillon, fc):
    complice = Client()
    ouvrir_session(complice, brouillon)
    identifier(client, fc, demande=str(brouillon.cle))
    for cle in (brouillon.cle, rouvert(brouillon).cle):
        assert complice.get(f"/depot/{cle}/identite/").status_code == 404


def test_draft_of_one_person_is_refused_to_another(client, brouillon, fc):
    fc.connaitre("samia", family_name="AUTRE")
    identifier(client, fc, demande=str(brouillon.cle))
    reponse = identifier(client, fc, demande=str(rouvert(brouillon).cle), sub="samia")
    assert reponse.status_code == 409
    assert rouvert(brouillon).usager.nom == "BEN ALI"


def test_draft_deposited_meanwhile_is_409_and_nothing_changes(client, fc):
    demande = DemandeFactory(motif=motif_ouvert(pieces=0))
    ouvrir_session(client, demande)
    depart = client.get(f"/franceconnect/?demande={demande.cle}")
    amener_a(demande, "deposee")
    assert client.get(fc.autoriser(depart["Location"], "amina")).status_code == 409
    assert not rouvert(demande).usager.est_certifie


def test_draft_that_the_session_did_not_open_is_404(client, fc):
    assert client.get(f"/franceconnect/?demande={DemandeFactory().cle}").status_code == 404


def test_suivi_lists_the_demandes_of_the_person_and_opens_them(client, fc, django_assert_max_num_queries):
    amina = amina_certifiee()
    deposee = amener_a(DemandeFactory(usager=amina, motif=motif_ouvert()), "rdv_pris")
    etrangere = amener_a(DemandeFactory(motif=deposee.motif), "deposee")
    encours = DemandeFactory(usager=amina, motif=deposee.motif)
    assert identifier(client, fc).url == SUIVI
    with django_assert_max_num_queries(6):
        page = client.get(SUIVI).content.decode()
    assert deposee.numero in page
    assert "Venez à votre rendez-vous" in page
    assert "pas encore déposée" in page
    assert str(etrangere.numero) not in page
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 404
    assert client.post(f"{SUIVI}{deposee.cle}/").url == f"/suivi/{deposee.numero}/"
    assert client.get(f"/suivi/{deposee.numero}/").status_code == 200
    assert deposee.evenements.filter(nature="acces:franceconnect", acteur_id=amina.pk).count() == 1
    assert client.post(f"{SUIVI}{encours.cle}/").url == f"/depot/{encours.cle}/"
    assert client.post(f"{SUIVI}{etrangere.cle}/").status_code == 404


def test_suivi_of_somebody_without_demande_says_how_else(client, fc):
    identifier(client, fc)
    assert "Aucune demande" in client.get(SUIVI).content.decode()
    assert Usager.objects.count() == 0


def test_suivi_list_without_identity_goes_to_the_form(client, fc):
    UsagerFactory()  # its hash is empty too
    assert client.get(SUIVI).url == "/suivi/"
    assert client.post(f"{SUIVI}{DemandeFactory().cle}/").status_code == 404


def test_quitter_ends_the_session_at_franceconnect_too(client, fc):
    identifier(client, fc)
    page = client.post("/suivi/quitter/")
    assert page.status_code == 200
    assert f"{fc.adresse}/oauth2/end_session?id_token_hint={fc.jetons_servis[-1]}" in page.content.decode()
    assert "post_logout_redirect_uri=http%3A%2F%2Ftestserver%2F" in page.content.decode()
    assert client.get(SUIVI).url == "/suivi/"
    assert client.post("/suivi/quitter/").status_code == 303  # the token is forgotten


def test_agent_who_helps_stays_signed_in_and_nobody_becomes_an_agent(client, fc, chloe):
    client.force_login(chloe)
    identifier(client, fc)
    assert client.session["_auth_user_id"] == str(chloe.pk)
    client.post("/suivi/quitter/")
    assert client.get("/agent/").status_code == 200
    assert client.get(SUIVI).url == "/suivi/"


# What must be refused.


def refuse(reponse: Any, client: Client, statut: int = 400) -> None:
    assert reponse.status_code == statut
    assert "Vous n’êtes pas identifié" in reponse.content.decode()
    assert client.get(SUIVI)["Location"] == "/suivi/"


@pytest.mark.parametrize("requete", ["", "?code=x", "?code=x&state=forge", "?error=access_denied", "?state="])
def test_return_that_this_session_did_not_ask_for_is_refused(client, fc, requete):
    refuse(client.get(f"/franceconnect/retour/{requete}"), client)
    client.get("/franceconnect/")
    refuse(client.get(f"/franceconnect/retour/{requete}"), client)


def test_return_in_another_session_is_refused(client, fc):
    retour = fc.autoriser(client.get("/franceconnect/")["Location"], "amina")
    victime = Client()
    refuse(victime.get(retour), victime)


def test_return_replayed_is_refused(client, fc):
    retour = fc.autoriser(client.get("/franceconnect/")["Location"], "amina")
    assert client.get(retour).status_code == 303
    assert client.get(retour).status_code == 400


def test_return_without_code_or_with_a_foreign_code_is_refused(client, fc):
    etat = parametres(client.get("/franceconnect/")["Location"])["state"]
    refuse(client.get(f"/franceconnect/retour/?state={etat}"), client)
    etat = parametres(client.get("/franceconnect/")["Location"])["state"]
    refuse(client.get(f"/franceconnect/retour/?state={etat}&code=vole"), client)


def test_return_after_half_an_hour_is_refused(client, fc, temps_fige):
    retour = fc.autoriser(client.get("/franceconnect/")["Location"], "amina")
    temps_fige.shift(timedelta(minutes=31))
    refuse(client.get(retour), client)


def test_refusal_over_there_is_told_politely_and_the_draft_is_kept(client, brouillon, fc):
    depart = client.get(f"/franceconnect/?demande={brouillon.cle}")
    etat = parametres(depart["Location"])["state"]
    reponse = client.get(f"/franceconnect/retour/?error=access_denied&error_description=x&state={etat}")
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert "Rien n’est perdu" in page
    assert f"/depot/{brouillon.cle}/identite/" in page


def autre_cle(charge: dict[str, Any]) -> str:
    cle = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(charge, cle, algorithm="RS256", headers={"kid": "autre"})


def sans_signature(charge: dict[str, Any]) -> str:
    return jwt.encode(charge, "", algorithm="none")


def symetrique(charge: dict[str, Any]) -> str:
    return jwt.encode(charge, SECRET, algorithm="HS256")


JETONS_FAUX = {
    "other issuer": lambda c: c | {"iss": "https://ailleurs.example"},
    "other audience": lambda c: c | {"aud": "un-autre-service"},
    "no audience": lambda c: {k: v for k, v in c.items() if k != "aud"},
    "other nonce": lambda c: c | {"nonce": "rejoue"},
    "no nonce": lambda c: {k: v for k, v in c.items() if k != "nonce"},
    "expired": lambda c: c | {"exp": 1893456000},
    "no expiry": lambda c: {k: v for k, v in c.items() if k != "exp"},
    "other person": lambda c: c | {"sub": "samia"},
    "unknown level": lambda c: c | {"acr": "eidas0"},
    "other key": autre_cle,
    "no signature": sans_signature,
    "symmetric signature": symetrique,
    "not a token": lambda c: "n-importe-quoi",
}


@pytest.mark.parametrize("faux", JETONS_FAUX.values(), ids=list(JETONS_FAUX))
def test_id_token_that_cannot_be_believed_is_refused(client, fc, faux):
    fc.id_token = faux
    refuse(identifier(client, fc), client)


IDENTITES_FAUSSES = {
    "other issuer": JETONS_FAUX["other issuer"],
    "other audience": JETONS_FAUX["other audience"],
    "other person": JETONS_FAUX["other person"],
    "other key": autre_cle,
    "no signature": sans_signature,
    "no name": lambda c: c | {"family_name": ""},
    "no birth date": lambda c: {k: v for k, v in c.items() if k != "birthdate"},
    "absurd birth date": lambda c: c | {"birthdate": "17/05/1980"},
}


@pytest.mark.parametrize("faux", [*IDENTITES_FAUSSES.values(), None], ids=[*IDENTITES_FAUSSES, "plain JSON"])
def test_identity_that_cannot_be_believed_is_refused(client, fc, faux):
    fc.userinfo = faux
    refuse(identifier(client, fc), client)


def test_franceconnect_that_does_not_answer_is_503_and_the_form_remains(client, fc, settings):
    retour = fc.autoriser(client.get("/franceconnect/")["Location"], "amina")
    settings.FRANCECONNECT = fc.reglage | {"OIDC_OP_TOKEN_ENDPOINT": "http://localhost:9/token"}
    refuse(client.get(retour), client, 503)


@pytest.mark.parametrize("nom", ["next", "destination", "redirect_uri", "demande_url"])
def test_no_parameter_leads_elsewhere(client, fc, nom):
    depart = client.get("/franceconnect/", {nom: "https://mechant.example/"})
    assert "mechant" not in depart["Location"]
    assert client.get(fc.autoriser(depart["Location"], "amina")).url == SUIVI


def test_session_changes_its_name_and_keeps_what_it_had_opened(client, brouillon, fc):
    avant = client.session.session_key
    identifier(client, fc, demande=str(brouillon.cle))
    assert client.session.session_key not in (None, avant)
    assert rouvert(brouillon).cle_session in client.session[CLE_SESSION]
    avant = client.session.session_key
    identifier(client, fc)
    assert client.session.session_key != avant


def test_identity_with_unknown_day_is_taken_as_civil_status_writes_it(client, brouillon, fc):
    fc.connaitre("amina", birthdate="1980-00-00", birthplace="67482", birthcountry="99100")
    identifier(client, fc, demande=str(brouillon.cle))
    usager = rouvert(brouillon).usager
    assert (usager.date_naissance, usager.commune_naissance) == ("1980-00-00", "commune 67482 (code INSEE)")
    reponse = client.post(f"/depot/{rouvert(brouillon).cle}/identite/", IDENTITE)
    assert reponse.status_code == 303
