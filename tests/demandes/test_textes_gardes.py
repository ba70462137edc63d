"""What left is kept word for word in the dossier, and no secret of it is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import translation

from demandes.models import Demande, ModeleMessage, Notification
from demandes.services import lettres as module
from demandes.services.courriels import OBJETS, composer_sms
from demandes.services.envoi import vider
from demandes.services.lettres import composer_lettre
from demandes.services.notifications import LETTRES, ecrire_a_l_agent
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun.canaux import ErreurDefinitive
from planipref.commun.horloge import maintenant
from planipref.commun.langues import LANGUES, code_django
from planipref.commun.masque import LIEN, RIEN
from planipref.commun.models import MessageBoite
from planipref.commun.sms import alleger
from planipref.commun.transactions import acte
from tests.contraintes import refuse_par
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory
from tests.demandes.test_courriels import SANS_LIEN, liens, notification
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
JETON = re.compile(r"[A-Za-z0-9_-]{32}|/suivi/|/rdv/|/mandat/|/depot/")


@pytest.fixture(autouse=True)
def _dossier(settings: Any, tmp_path: Any) -> None:
    settings.PLANIPREF_DATA = tmp_path


def envoyer_seule(ligne: Notification, monkeypatch: Any) -> Notification:
    """Send one row, whatever its date and what became true since."""
    monkeypatch.setattr("demandes.services.envoi.est_encore_vraie", lambda *_: True)
    Notification.objects.exclude(pk=ligne.pk).exclude(etat="envoyee").update(etat="annulee")
    Notification.objects.filter(pk=ligne.pk).update(prochain_essai_le=INSTANT)
    vider()
    ligne.refresh_from_db()
    return ligne


def sans_liens(texte: str, site: str) -> str:
    """Return what was received, the mark in the place of each link."""
    for lien in sorted(liens(texte) - {site}, key=len, reverse=True):
        texte = texte.replace(lien, LIEN)
    return texte


@pytest.mark.parametrize("modele", sorted(OBJETS))
def test_mail_of_each_kind_is_kept_word_for_word_without_its_links(modele, settings, monkeypatch):
    ligne = envoyer_seule(notification(modele), monkeypatch)
    assert ligne.etat == "envoyee"
    recu = MessageBoite.objects.get(cle=ligne.cle)
    if modele == "code_acces":
        assert re.search(r"\b\d{6}\b", recu.texte)
        assert (ligne.objet, ligne.texte) == RIEN
        return
    assert (ligne.objet, ligne.texte) == (recu.objet, sans_liens(recu.texte, settings.PLANIPREF_URL))
    assert (LIEN in ligne.texte) == (modele not in SANS_LIEN)
    assert not JETON.search(ligne.objet + ligne.texte)


@pytest.mark.parametrize("langue", sorted(LANGUES))
@pytest.mark.parametrize("modele", sorted(TEXTES_SMS))
def test_text_message_of_each_kind_is_kept_without_its_links(modele, langue, settings):
    demande = amener_a(DemandeFactory(usager__langue=langue), "rdv_pris")
    ligne = Notification.objects.filter(demande=demande, modele="rendez_vous").latest("pk")
    ligne.modele, ligne.canal = modele, "sms"
    if "pieces" in modele:
        agent = demande.convocations.latest("pk").emise_par
        attendues = demande.complements.create(agent=agent, notifie_le=INSTANT, limite=INSTANT)
        ligne.contexte |= {"complement_id": attendues.pk}
    with translation.override(code_django(langue)):
        sms = composer_sms(ligne)
    assert sms.garde == ("", sans_liens(sms.texte, settings.PLANIPREF_URL))
    assert LIEN in sms.garde.texte
    assert not JETON.search(sms.garde.texte)


@pytest.mark.parametrize("langue", ["fr", "ar"])
@pytest.mark.parametrize("modele", sorted(LETTRES))
def test_letter_of_each_kind_keeps_what_its_page_says_without_its_link(modele, langue):
    ligne = notification(modele)
    demande = Demande.objects.avec_dossier().get(pk=ligne.demande_id)
    demande.usager.langue = langue
    contexte = module._contexte(ligne, demande, maintenant()) | {"joints": ["Décision"]}
    objet, texte = module._garde(contexte)
    assert objet == contexte["textes"][0]["objet"]
    for dit in contexte["textes"]:
        for paragraphe in dit["corps"]:
            assert paragraphe in texte
    assert texte.count(LIEN) == 1
    assert contexte["textes"][0]["mention"] in texte
    assert texte.endswith("Décision")
    assert "<" not in texte
    assert not JETON.search(objet + texte)


def test_letter_says_why_to_come_in_what_is_kept():
    demande = amener_a(DemandeFactory(), "convoquee")
    ligne = Notification.objects.get(demande=demande, modele="convocation", canal="courriel")
    texte = composer_lettre(ligne, maintenant=maintenant()).garde.texte
    assert demande.convocations.get().motivation in texte
    assert "Pourquoi vous devez venir\n" in texte


@pytest.mark.parametrize("canal", ["courrier", "sms"])
def test_link_that_a_prefecture_writes_among_its_words_is_masked_too(canal):
    demande = amener_a(DemandeFactory(), "convoquee")
    ModeleMessage.objects.create(
        prefecture=demande.prefecture,
        etape="convocation",
        canal=canal,
        langue="fr",
        objet="" if canal == "sms" else "Venez",
        texte="Avant le {limite} ({lien}), ou suivez-la : {lien_suivi}.",
    )
    ligne = Notification.objects.get(demande=demande, modele="convocation", canal="courriel")
    garde = composer_sms(ligne).garde if canal == "sms" else composer_lettre(ligne, maintenant=maintenant()).garde
    assert alleger(f"({LIEN}), ou suivez-la : {LIEN}.") in alleger(garde.texte)
    assert not JETON.search(garde.texte)


def test_message_that_never_left_keeps_nothing(monkeypatch):
    def refuser(*_: object, **__: object) -> None:
        raise ErreurDefinitive

    monkeypatch.setattr("demandes.services.envoi.envoyer_courriel", refuser)
    demande = amener_a(DemandeFactory(), "deposee")
    vider()
    ligne = Notification.objects.get(demande=demande)
    assert (ligne.etat, ligne.objet, ligne.texte) == ("echec", "", "")


def test_message_to_an_agent_keeps_nothing():
    acte(ecrire_a_l_agent)(AgentFactory(email="chloe@example.org"), "conge_acceptee", cle="1", maintenant=INSTANT)
    vider()
    ligne = Notification.objects.get(demande=None)
    assert (ligne.etat, ligne.objet, ligne.texte) == ("envoyee", "", "")


@pytest.mark.parametrize("champs", [{"texte": "Autre"}, {"objet": "Autre"}, {"texte": ""}, {"objet": "", "texte": ""}])
def test_what_a_message_said_is_not_written_anew(champs):
    demande = amener_a(DemandeFactory(), "deposee")
    vider()
    with refuse_par("notification_dite"):
        Notification.objects.filter(demande=demande).update(**champs)


def test_words_are_not_invented_for_a_message_that_kept_none():
    demande = amener_a(DemandeFactory(), "deposee")
    Notification.objects.filter(demande=demande).update(etat="envoyee", envoyee_le=INSTANT)
    with refuse_par("notification_dite"):
        Notification.objects.filter(demande=demande).update(texte="Vous étiez prévenu.")


def test_what_a_message_said_goes_with_the_personal_data_of_its_file():
    demande = amener_a(DemandeFactory(), "deposee")
    vider()
    Demande.objects.filter(pk=demande.pk).update(purgee_le=INSTANT)
    with refuse_par("notification_dite"):
        Notification.objects.filter(demande=demande).update(texte="Autre")
    assert Notification.objects.filter(demande=demande).update(objet="", texte="") == 1
