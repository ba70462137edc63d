"""The whole way in a real Chromium: from the deposit to the title handed over, through pages and mails only."""

from __future__ import annotations

import pytest

from demandes.models import Prefecture
from demandes.services.journal import verifier
from planipref.commun.horloge import aujourdhui
from tests.navigateur.monde import Monde, creneau_du_jour
from tests.navigateur.personne import IDENTITE, Entrer, Personne, lien, lire_boite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-parcours")]


@pytest.mark.parametrize(
    ("largeur", "scripts"), [(390, True), (1280, False)], ids=["telephone", "bureau-sans-javascript"]
)
def test_a_demande_goes_from_the_sofa_to_the_title(
    entrer: Entrer, monde: Monde, *, largeur: int, scripts: bool
) -> None:
    amina, chloe, bruno, denis = (
        entrer(qui, largeur=largeur, scripts=scripts) for qui in ("", "chloe", "bruno", "denis")
    )
    numero = _deposer(amina)
    _demander_une_piece(chloe, numero)
    _completer(amina)
    _convoquer(chloe, numero)
    _prendre_rendez_vous(amina, monde)
    _accueillir(bruno, numero)
    _recevoir_et_accorder(denis)
    _annoncer_le_titre(denis, numero)
    _reserver_la_remise(amina, monde)
    _remettre(bruno, denis, numero)
    denis.va(f"/agent/demandes/{numero}/")
    assert denis.etat == "cloturee"
    assert "remis" in lire_boite(amina, lambda m: "remis" in m["objet"])["texte"]
    prefecture = Prefecture.objects.select_related("tete").get(pk=monde.prefecture.pk)
    assert verifier(prefecture) is None
    for qui in (amina, chloe, bruno, denis):
        assert qui.plaintes == []


def _deposer(amina: Personne) -> str:
    amina.va("/")
    amina.va("/demarches/")
    amina.va("/demarches/ETR-RES10-REN/")
    amina.remplit(prefecture="67")
    amina.fait("commencer")
    amina.avance()
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    assert amina.etat == "deposee"
    accuse = lire_boite(amina, lambda m: "déposée" in m["objet"])
    assert accuse["pieces"], "l’accusé de réception est joint"
    amina.va(lien(accuse, "/suivi/lien/", amina.base))
    assert amina.etat == "deposee"
    return amina.numero


def _conformes(chloe: Personne) -> None:
    while chloe.page.locator('button[data-action="conforme"]').count():
        chloe.fait("conforme")


def _demander_une_piece(chloe: Personne, numero: str) -> None:
    chloe.va("/agent/")
    assert chloe.page.get_by_text(numero).count()
    chloe.va(f"/agent/demandes/{numero}/")
    chloe.page.locator('[name="raison"]').first.fill("La photo est floue.")
    chloe.fait("non-conforme", dans="form")
    chloe.fait("completer")
    assert chloe.etat == "a_completer"


def _completer(amina: Personne) -> None:
    message = lire_boite(amina, lambda m: "manque" in m["objet"])
    amina.va(lien(message, "/suivi/", amina.base))
    assert amina.etat == "a_completer"
    amina.joint_tout()
    amina.fait("completer")
    assert amina.etat == "deposee"


def _convoquer(chloe: Personne, numero: str) -> None:
    chloe.va(f"/agent/demandes/{numero}/")
    _conformes(chloe)
    chloe.fait("constater-completude")
    assert chloe.etat == "complete"
    _remplir_convocation(chloe)
    assert chloe.etat == "convoquee"


def _remplir_convocation(agent: Personne) -> None:
    if not agent.page.locator('main [name="motivation"]').count():
        agent.fait("convoquer")
    agent.remplit(motivation="Relevé de vos empreintes et vérification de vos originaux.")
    agent.page.locator('main [name="sites"]').first.check(force=True)
    agent.fait("convoquer")


def _ouvrir_le_lien(amina: Personne) -> str:
    message = lire_boite(amina, lambda m: any("/rdv/" in a for a in m["liens"]))
    adresse = lien(message, "/rdv/", amina.base)
    amina.va(adresse)
    if amina.page.locator('[name="date_naissance"]').count():
        amina.remplit(date_naissance=IDENTITE["date_naissance"])
        amina.fait("verifier")
    return adresse


def _choisir(amina: Personne, creneau: int | None = None, action: str = "reserver") -> None:
    cible = f'[data-creneau="{creneau}"]' if creneau else "[data-creneau]"
    choix = amina.page.locator(cible).first
    if choix.evaluate("e => e.tagName") == "INPUT":
        choix.check(force=True)
    else:
        choix.locator("input").or_(choix).first.click(force=True)
    amina.fait(action)


def _prendre_rendez_vous(amina: Personne, monde: Monde) -> None:
    adresse = _ouvrir_le_lien(amina)
    _choisir(amina)
    assert amina.etat == "rdv_pris"
    confirmation = lire_boite(amina, lambda m: m["objet"].startswith("Votre rendez-vous —"))
    assert any(p.endswith(".ics") for p in confirmation["pieces"])
    amina.fait("annuler")
    amina.fait("annuler")
    assert amina.etat == "convoquee"
    _choisir(amina)
    aujourd_hui = creneau_du_jour(monde)
    amina.fait("deplacer")
    # The week of the appointment is shown first: from a Friday on, not this one.
    amina.va(f"{adresse}deplacer/?semaine={aujourdhui(monde.prefecture.fuseau):%G-W%V}")
    _choisir(amina, aujourd_hui.pk)
    assert amina.etat == "rdv_pris"
    aujourd_hui.refresh_from_db()
    assert aujourd_hui.prises == 1


def _accueillir(bruno: Personne, numero: str) -> None:
    bruno.va("/guichet/accueil/")
    _choisir_le_site(bruno)
    bruno.fait("arrivee", dans=f'[data-numero="{numero}"]')
    assert bruno.page.locator("[data-ticket]").first.get_attribute("data-ticket") == "E001"


def _choisir_le_site(agent: Personne) -> None:
    if agent.page.locator('[data-action="choisir-site"]').count():
        agent.repond_a_tout()
        agent.fait("choisir-site")


def _ouvrir_le_guichet(agent: Personne) -> None:
    agent.va("/guichet/")
    if agent.page.locator('[data-action="choisir-guichet"]').count():
        agent.repond_a_tout()
        agent.fait("choisir-guichet")


def _recevoir_et_accorder(denis: Personne) -> None:
    _ouvrir_le_guichet(denis)
    denis.fait("appeler")
    assert denis.page.locator("[data-ticket]").first.get_attribute("data-ticket") == "E001"
    denis.fait("recevoir")
    assert denis.etat == "recue"
    denis.fait("accorder")
    assert denis.etat == "accordee"
    decision = lire_boite(denis, lambda m: m["objet"].startswith("Décision"))
    assert decision["pieces"], "l’acte est joint"
    denis.fait("terminer")


def _annoncer_le_titre(denis: Personne, numero: str) -> None:
    denis.va(f"/agent/demandes/{numero}/")
    denis.fait("titre-pret")
    assert denis.etat == "a_remettre"
    _remplir_convocation(denis)


def _reserver_la_remise(amina: Personne, monde: Monde) -> None:
    _ouvrir_le_lien(amina)
    _choisir(amina)
    assert amina.etat == "a_remettre"


def _remettre(bruno: Personne, denis: Personne, numero: str) -> None:
    bruno.va("/guichet/accueil/")
    _choisir_le_site(bruno)
    bruno.va("/guichet/accueil/rattacher/")
    bruno.remplit(numero=numero)
    bruno.fait("sans-rdv")
    assert bruno.page.locator("[data-ticket]").first.get_attribute("data-ticket") == "E002"
    _ouvrir_le_guichet(denis)
    denis.fait("appeler")
    denis.fait("recevoir")
    denis.remplit(numero_titre="67AB12345", identite_verifiee=True, signature_nom="Amina Ben Ali-Haddad")
    denis.fait("remettre")
    assert denis.etat == "remise"
    denis.fait("terminer")
