"""Two people without a mouse: one deposits, takes an appointment and gives it back; one decides and receives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from demandes.models import Demande, Motif
from guichet.services.accueil import enregistrer_sans_rdv
from planipref.commun.horloge import maintenant
from tests.demandes.factories import (
    MOT_DE_PASSE,
    DemandeFactory,
    MotifFactory,
    PieceRequiseFactory,
    PrefectureFactory,
    QuestionFactory,
    ServiceFactory,
)
from tests.navigateur.clavier import Clavier
from tests.navigateur.contexte import ouvrir_contexte
from tests.navigateur.faits import laisser
from tests.navigateur.monde import fuseau_de_midi, photo
from tests.navigateur.personne import IDENTITE
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-clavier")]

COORDONNEES = ("courriel", "telephone", "adresse", "code_postal", "commune")


@pytest.fixture
def motif(transactional_db: None) -> Motif:
    """A démarche with one question and one piece, in a préfecture where it is about noon."""
    ServiceFactory(prefecture=PrefectureFactory(fuseau=fuseau_de_midi()))
    motif: Motif = MotifFactory(code="CLAVIER", libelle="Renouvellement d’un titre de séjour", pieces=0)
    options = [{"valeur": v, "libelle": f"Je {v}"} for v in ("travaille", "étudie", "vis ici")]
    QuestionFactory(motif=motif, code="raison", libelle="Que faites-vous en France ?", genre="choix", options=options)
    PieceRequiseFactory(motif=motif, code="passeport", libelle="Passeport en cours de validité")
    return motif


@pytest.fixture
def clavier(browser: Browser, live_server: LiveServer) -> Iterator[Clavier]:
    """A browser whose mouse is not touched."""
    contexte = ouvrir_contexte(browser, viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page = contexte.new_page()
    page.set_default_timeout(30_000)
    yield Clavier(page, live_server.url)
    contexte.close()


# --- The usager -------------------------------------------------------------------------------------


def test_usager_deposits_and_takes_an_appointment_without_a_mouse(clavier: Clavier, motif: Motif) -> None:
    _eviter_le_menu(clavier)
    _choisir_la_demarche(clavier, motif)
    _se_tromper(clavier)
    _deposer(clavier)
    demande = Demande.objects.get(etat="deposee")
    amener_a(demande, "convoquee")
    for _ in range(2):
        creneau_libre(demande)
    _prendre_rendez_vous(clavier, demande)
    _l_annuler(clavier)
    assert convocation_active(demande).rendez_vous.get().etat == "annule"
    laisser("clavier-usager", parcours_clavier=["usager"])


def _eviter_le_menu(clavier: Clavier) -> None:
    """Skip the menu from the first link of the page, which shows only now; then come back through it all."""
    clavier.va("/demarches/")
    clavier.presse("Tab")
    assert clavier.regarde('.fr-skiplinks a[href="#contenu"]')["atteint"]
    clavier.presse("Enter")
    assert clavier.a_le_focus("main")
    clavier.presse("Tab")
    assert clavier.regarde("main *")["atteint"]
    clavier.atteint('.fr-skiplinks a[href="#contenu"]', arriere=True)


def _choisir_la_demarche(clavier: Clavier, motif: Motif) -> None:
    clavier.active(f'main a[href*="/demarches/{motif.code}/"]')
    clavier.choisit("prefecture", "67")
    clavier.fait("commencer")


def _se_tromper(clavier: Clavier) -> None:
    """Send a page with nothing in it: the summary is read first, and its first link leads to the field."""
    clavier.fait("suivant")
    assert clavier.a_le_focus("[data-erreurs]")
    clavier.atteint("[data-erreurs] a")
    clavier.presse("Enter")
    assert clavier.regarde('main [name="nom"][aria-invalid="true"]')["atteint"]


def _deposer(clavier: Clavier) -> None:
    identite = {nom: texte for nom, texte in IDENTITE.items() if nom not in COORDONNEES}
    clavier.ecrit(**identite)
    clavier.fait("suivant")
    clavier.ecrit(**{nom: IDENTITE[nom] for nom in COORDONNEES})
    clavier.fait("suivant")
    clavier.choisit("raison", "étudie")
    clavier.fait("suivant")
    clavier.joint(photo())
    clavier.atteint("[data-page-retirer]")
    clavier.presse("Space")
    assert clavier.a_le_focus("main input[type=file]")
    clavier.joint(photo(), touche="Space")
    clavier.fait("suivant")
    clavier.coche("sincerite")
    clavier.fait("deposer", touche="Space")
    clavier.active('main a[href^="/suivi/"]')


def _prendre_rendez_vous(clavier: Clavier, demande: Demande) -> None:
    clavier.page.reload()
    clavier.active("[data-suite-lien]")
    if clavier.page.locator('[name="date_naissance"]').count():
        clavier.ecrit(date_naissance=IDENTITE["date_naissance"])
        clavier.fait("verifier")
    valeurs = [e.get_attribute("value") or "" for e in clavier.page.locator("input[data-creneau]").all()]
    clavier.choisit("creneau", valeurs[-1])
    clavier.fait("reserver")
    assert clavier.page.locator('[data-etat="rdv_pris"]').count()


def _l_annuler(clavier: Clavier) -> None:
    clavier.fait("annuler")
    clavier.fait("annuler")
    assert clavier.page.locator('[data-etat="convoquee"]').count()


# --- The agent --------------------------------------------------------------------------------------


def test_agent_decides_and_receives_without_a_mouse(clavier: Clavier, motif: Motif) -> None:
    demande = amener_a(DemandeFactory(motif=motif), "deposee")
    ici = equipe(demande)
    par = acteur(ici.chloe)
    attendue = amener_a(DemandeFactory(motif=motif), "complete")
    enregistrer_sans_rdv(ici.file, demande=attendue, par=par, maintenant=maintenant() - timedelta(minutes=5))
    clavier.va("/connexion/")
    clavier.ecrit(username=ici.chloe.username, password=MOT_DE_PASSE)
    clavier.fait("connexion")
    clavier.active(f'tr[data-numero="{demande.numero}"] a')
    _verifier_une_piece(clavier)
    _recevoir(clavier, str(ici.guichet.pk))
    laisser("clavier-agent", parcours_clavier=["agent"])


def _verifier_une_piece(clavier: Clavier) -> None:
    clavier.atteint("iframe")  # the document, read in a frame that the next step leaves
    clavier.fait("conforme")
    clavier.fait("constater-completude")
    assert clavier.page.locator('[data-etat="complete"]').count()


def _recevoir(clavier: Clavier, guichet: str) -> None:
    """Open the counter: each of its pages puts the focus on what comes next."""
    clavier.active('nav a[href="/guichet/"]')
    clavier.choisit("guichet", guichet)
    clavier.fait("choisir-guichet")
    assert clavier.a_le_focus('[data-action="appeler"]')
    with clavier.page_suivante():
        clavier.presse("Enter")
    assert clavier.a_le_focus('[data-action="recevoir"]')
    with clavier.page_suivante():
        clavier.presse("Alt+R")
    assert clavier.page.locator("[data-ticket]").count()
    clavier.fait("terminer")
