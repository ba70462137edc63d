"""The display of the waiting room in Chromium: calls in order, each said once, and what the lack of network does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from demandes.models import Agent, Prefecture
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from guichet.views import affichage
from planipref.commun.horloge import maintenant
from planning.models import FileGuichet
from tests.demandes.factories import AgentFactory, PrefectureFactory
from tests.navigateur.contexte import ouvrir_contexte
from tests.navigateur.monde import fuseau_de_midi
from tests.parcours import acteur
from tests.planning.factories import FileGuichetFactory, GuichetFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-affichage")]

# Takes the place of what plays: notes what is asked for, and takes its time to speak. `bloque` refuses as a browser
# does that has seen no gesture.
FAUX_SON = """
  window.sons = [];
  window.AudioContext = class {
    constructor() { this.state = window.bloque ? "suspended" : "running"; this.currentTime = 0; }
    resume() {
      if (!navigator.userActivation.isActive && window.bloque) return new Promise(() => {});
      this.state = "running";
      return Promise.resolve();
    }
    createOscillator() {
      const start = (quand) => { if (quand === 0) window.sons.push("carillon"); };
      return { frequency: {}, connect() {}, stop() {}, start };
    }
    createGain() {
      return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} };
    }
  };
  window.SpeechSynthesisUtterance = class { constructor(texte) { this.text = texte; } };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [], cancel() {},
    speak(parole) {
      window.parle = (window.parle ?? 0) + 1;
      if (window.parle > 1) window.sons.push("ensemble");
      window.sons.push(`${parole.lang} ${parole.text}`);
      setTimeout(() => { window.parle -= 1; parole.onend(); }, 700);
    },
  }});
"""
BLOQUE = "window.bloque = true;"
TAILLES = ((1920, 1080), (1280, 720), (1080, 1920))


class Hall:
    """A waiting room where each agent holds a counter."""

    def __init__(self) -> None:
        prefecture = PrefectureFactory(fuseau=fuseau_de_midi())
        self.prefecture: Prefecture = prefecture
        self.file: FileGuichet = FileGuichetFactory(
            site__code="67-hall", site__prefecture=prefecture, site__nom="Préfecture, Strasbourg", lettre="E"
        )
        self.agents: list[Agent] = [AgentFactory(instructeur=True, prefecture=prefecture) for _ in range(7)]
        self.guichets = [GuichetFactory(site=self.file.site, numero=n + 1, files=[self.file]) for n in range(7)]

    def entrent(self, nombre: int) -> None:
        """Give so many tickets."""
        for _ in range(nombre):
            accueil.enregistrer_sans_rdv(self.file, par=acteur(self.agents[0]), maintenant=maintenant())

    def appelle(self, rang: int) -> Passage:
        """Call the next person to a counter, counted from 0."""
        par = acteur(self.agents[rang])
        passage = services.appeler_suivant(self.guichets[rang], [self.file], par=par, maintenant=maintenant())
        assert passage is not None
        return passage

    def rappelle(self, passage: Passage, rang: int) -> None:
        """Call the same person once more, as soon as it may be done."""
        apres = maintenant() + services.ENTRE_DEUX_APPELS
        services.rappeler(passage, par=acteur(self.agents[rang]), maintenant=apres)


@pytest.fixture
def hall(transactional_db: None) -> Hall:
    """A waiting room."""
    return Hall()


Allumer = Callable[..., Page]


@pytest.fixture
def allumer(browser: Browser, live_server: LiveServer, hall: Hall) -> Iterator[Allumer]:
    """Switch a screen on; what goes wrong in it fails the test."""
    contextes: list[BrowserContext] = []
    plaintes: list[str] = []

    def ouvrir(options: str = "", *scripts: str, taille: tuple[int, int] = TAILLES[1], **contexte: Any) -> Page:
        contextes.append(ouvrir_contexte(browser, viewport={"width": taille[0], "height": taille[1]}, **contexte))
        for script in scripts:
            contextes[-1].add_init_script(script)
        page = contextes[-1].new_page()
        page.on("pageerror", lambda erreur: plaintes.append(str(erreur)))
        page.goto(f"{live_server.url}/affichage/{hall.file.site.code}/{options}")
        return page

    yield ouvrir
    for contexte in contextes:
        contexte.close()
    assert plaintes == []


def tickets(page: Page) -> list[str]:
    """The tickets shown, in the order of the screen."""
    lignes: list[str] = page.locator("[data-ticket]").evaluate_all("ls => ls.map((l) => l.dataset.ticket)")
    return lignes


def attendre(page: Page, condition: str, secondes: float = 15) -> None:
    """Wait for a condition in the page; `wait_for_function` wants what our security policy forbids."""
    fin = time.monotonic() + secondes
    while not _vrai(page, condition):
        assert time.monotonic() < fin, condition
        page.wait_for_timeout(100)


def _vrai(page: Page, condition: str) -> bool:
    try:
        return bool(page.evaluate(condition))
    except Error:  # the page is loading itself again
        return False


def premier(page: Page, ticket: str) -> None:
    """Wait for a ticket to be the last one called, three seconds at most."""
    expect(page.locator(".pp-ecran__ticket")).to_have_text(ticket, timeout=3000)


def test_calls_come_in_order_and_a_call_once_more_comes_back_first(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(3)
    page = allumer()
    expect(page.get_by_role("heading", name="Aucun appel en cours")).to_be_visible()
    e001 = hall.appelle(0)
    premier(page, "E001")
    hall.appelle(1)
    premier(page, "E002")
    assert tickets(page) == ["E002", "E001"]
    assert page.locator(".pp-ecran__guichet").inner_text() == "2"
    assert page.locator("[data-en-attente]").get_attribute("data-en-attente") == "1"
    hall.rappelle(e001, 0)
    premier(page, "E001")
    assert tickets(page) == ["E001", "E002"]
    expect(page.locator("[data-annonce]")).to_have_text("Ticket E 1, guichet 1")


def test_each_call_is_announced_once_one_after_the_other(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(3)
    deja = hall.appelle(0)
    page = allumer("?son=fr-en", FAUX_SON)
    expect(page.locator("[data-son]")).to_be_hidden()
    hall.appelle(1)
    hall.appelle(2)
    attendre(page, "window.sons.length >= 6")
    hall.rappelle(deja, 0)
    attendre(page, "window.sons.length >= 9")
    page.wait_for_timeout(3000)
    dits = [("E 2", 2), ("E 3", 3), ("E 1", 1)]
    attendus = [
        mot
        for ticket, guichet in dits
        for mot in (
            "carillon",
            f"fr-FR Ticket {ticket}, guichet {guichet}",
            f"en-GB Ticket {ticket}, counter {guichet}",
        )
    ]
    assert page.evaluate("window.sons") == attendus


def test_sound_waits_for_a_gesture_once(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(3)
    page = allumer("", FAUX_SON, BLOQUE)
    hall.appelle(0)
    premier(page, "E001")
    assert page.evaluate("window.sons") == []
    expect(page.get_by_text("Le son est coupé")).to_be_visible()
    page.get_by_role("button", name="Activer le son").click()
    expect(page.get_by_text("Le son est coupé")).to_be_hidden()
    hall.appelle(1)
    attendre(page, "window.sons.some((s) => s.includes('E 2'))")
    assert not page.evaluate("window.sons.some((s) => s.includes('E 1'))")
    # The same screen switched on again, by a browser that refuses still: silent, and says so.
    page.reload()
    expect(page.get_by_text("Le son est coupé")).to_be_visible()
    page.context.add_init_script("window.bloque = false;")
    page.reload()
    expect(page.get_by_text("Le son est coupé")).to_be_hidden()


def test_screen_without_any_sound_works(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(2)
    rien = "for (const nom of ['AudioContext', 'speechSynthesis'])"
    rien += " Object.defineProperty(window, nom, { value: undefined });"
    refus = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refusé'); } });"
    page = allumer("?son=fr", rien, refus)
    hall.appelle(0)
    premier(page, "E001")
    page.get_by_role("button", name="Activer le son").click()
    hall.appelle(1)
    premier(page, "E002")
    muet = allumer("?son=non", FAUX_SON)
    expect(muet.locator("[data-son]")).to_be_hidden()


def test_cut_of_the_network_is_said_and_mends_by_itself(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(2)
    hall.appelle(0)
    page = allumer("?son=fr", FAUX_SON)
    coupure = page.get_by_text("Affichage interrompu, reconnexion…")
    expect(coupure).to_be_hidden()
    page.context.set_offline(True)
    expect(coupure).to_be_visible(timeout=5000)
    assert page.locator("[data-maj]").inner_text() == page.locator("[data-heure]").inner_text()
    assert tickets(page) == ["E001"]
    hall.appelle(1)
    page.context.set_offline(False)
    premier(page, "E002")
    expect(coupure).to_be_hidden()
    attendre(page, "window.sons.length >= 2")
    assert page.evaluate("window.sons") == ["carillon", "fr-FR Ticket E 2, guichet 2"]


def test_server_that_fails_is_asked_again_less_and_less_often(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(1)
    page = allumer()
    essais: list[int] = []

    def refuser(route: Route) -> None:
        essais.append(1)
        route.fulfill(status=502, body="<h1>Bad gateway</h1>")

    page.route("**/appels/", refuser)
    expect(page.locator("[data-coupure]")).to_be_visible(timeout=5000)
    page.wait_for_timeout(9000)
    assert 2 <= len(essais) <= 3
    page.unroute("**/appels/")
    hall.appelle(0)
    expect(page.locator(".pp-ecran__ticket")).to_have_text("E001", timeout=16_000)
    expect(page.locator("[data-coupure]")).to_be_hidden()


def test_new_version_reloads_the_page_and_loses_no_call(
    allumer: Allumer, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.entrent(2)
    hall.appelle(0)
    page = allumer("?son=fr", FAUX_SON)
    page.evaluate("window.ancienne = true")
    monkeypatch.setattr(affichage, "version_ecran", lambda: "nouvelle")
    attendre(page, "!window.ancienne")
    assert page.locator("[data-version]").get_attribute("data-version") == "nouvelle"
    hall.appelle(1)
    attendre(page, "window.sons.length >= 2")
    assert page.evaluate("window.sons") == ["carillon", "fr-FR Ticket E 2, guichet 2"]


def test_page_loads_itself_again_at_three_in_the_morning(allumer: Allumer, hall: Hall) -> None:
    decalage = (15 - maintenant().hour) % 24 - 12
    hall.prefecture.fuseau = f"Etc/GMT{-decalage:+d}" if decalage else "Etc/GMT"
    hall.prefecture.save(update_fields=["fuseau"])
    vieille = "const depuis = performance.now.bind(performance);"
    vieille += "performance.now = () => depuis() + (window.vieille ? 3 * 3600000 : 0);"
    page = allumer("", vieille)
    page.evaluate("window.ancienne = true")
    page.wait_for_timeout(4500)
    assert page.evaluate("window.ancienne")  # loaded just now: once a night only
    page.evaluate("window.vieille = true")
    attendre(page, "!window.ancienne")


@pytest.mark.parametrize("taille", TAILLES, ids=lambda t: f"{t[0]}x{t[1]}")
def test_last_call_is_read_at_ten_metres(allumer: Allumer, hall: Hall, taille: tuple[int, int]) -> None:
    hall.entrent(9)
    page = allumer("", taille=taille)
    _photographier(page, "personne", taille)
    for rang in range(6):
        hall.appelle(rang)
    page.reload()
    lettres = page.locator(".pp-ecran__ticket").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert lettres >= 0.2 * taille[1]
    precedents = page.locator("tbody tr").evaluate_all("l => l.map((e) => parseFloat(getComputedStyle(e).fontSize))")
    assert len(precedents) == 5
    assert min(precedents) >= 0.06 * taille[1]
    _tient(page, taille)
    assert "Marianne" in page.locator(".pp-ecran__ticket").evaluate("e => getComputedStyle(e).fontFamily")
    _photographier(page, "appels", taille)
    page.locator("[data-coupure]").evaluate("e => { e.hidden = false; }")
    page.locator("[data-son]").evaluate("e => { e.hidden = true; }")
    page.locator("[data-maj]").evaluate("e => { e.textContent = '12:30'; }")
    _tient(page, taille)
    _photographier(page, "coupure", taille)


def test_screen_without_scripts_shows_the_calls_and_refreshes(allumer: Allumer, hall: Hall) -> None:
    hall.entrent(1)
    hall.appelle(0)
    page = allumer("", java_script_enabled=False)
    assert tickets(page) == ["E001"]
    assert page.locator("noscript meta[http-equiv=refresh]").get_attribute("content") == "10"
    expect(page.locator("[data-son]")).to_be_hidden()


def _tient(page: Page, taille: tuple[int, int]) -> None:
    """Check that nothing is off the screen."""
    racine = "document.documentElement"
    assert page.evaluate(f"[{racine}.scrollWidth, {racine}.scrollHeight]") == list(taille)


def _photographier(page: Page, quoi: str, taille: tuple[int, int]) -> None:
    """Keep an image where `CAPTURES` says, to look at the screen."""
    if dossier := os.environ.get("CAPTURES"):
        page.screenshot(path=f"{dossier}/affichage-{quoi}-{taille[0]}x{taille[1]}.png")
