"""A person in front of a browser, who only uses what the pages show: labels, hooks and the demo mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

from demandes.services.envoi import vider
from tests.boucle import hors_boucle
from tests.navigateur.contexte import ouvrir_contexte
from tests.navigateur.monde import SECRET, photo

IDENTITE = {
    "nom": "Ben Ali-Haddad",
    "prenoms": "Amina",
    "date_naissance": "17/05/1980",
    "commune_naissance": "Tunis",
    "nationalite": "tunisienne",
    "numero_etranger": "6703001234",
    "courriel": "amina@example.org",
    "telephone": "06 12 34 56 78",
    "adresse": "1 rue des Juifs",
    "code_postal": "67000",
    "commune": "Strasbourg",
}
PAGES_DU_DEPOT = 12


class Saisie:
    """Filling the forms of a page, as somebody who reads it."""

    page: Page

    def remplit(self, **valeurs: Any) -> None:
        """Fill the fields by name; unknown ones are left."""
        for nom, valeur in valeurs.items():
            champ = self.page.locator(f'main [name="{nom}"]:not([type="hidden"])')
            if not champ.count():
                continue
            if champ.first.evaluate("e => e.tagName") == "SELECT":
                champ.first.select_option(str(valeur))
            elif champ.first.get_attribute("type") in ("checkbox", "radio"):
                self._coche(nom, valeur)
            else:
                champ.first.fill(str(valeur))

    def _coche(self, nom: str, valeur: Any) -> None:
        marque = "" if valeur is True else f'[value="{valeur}"]'
        self.page.locator(f'main [name="{nom}"]{marque}').first.check(force=True)

    def repond_a_tout(self) -> None:
        """Answer every question of the page that is still empty, from its kind only."""
        for champ in self.page.locator("main form :is(input, select, textarea)[name]").all():
            genre = champ.get_attribute("type") or ""
            if genre in ("hidden", "file", "submit", "button", "checkbox"):
                continue
            if genre != "radio" and champ.input_value():
                continue
            if genre == "radio":
                nom = champ.get_attribute("name")
                if not self.page.locator(f'main [name="{nom}"]:checked').count():
                    champ.check(force=True)
            elif champ.evaluate("e => e.tagName") == "SELECT":
                champ.select_option(index=1)
            elif "facultatif" not in self._etiquette(champ):
                champ.fill(self._reponse(champ))

    def _reponse(self, champ: Locator) -> str:
        """What somebody would type who follows the example of the hint."""
        if champ.get_attribute("inputmode") == "numeric":
            return "01/03/2027"
        if champ.get_attribute("type") == "tel":
            return "06 12 34 56 78"
        exemple = re.search(r"Exemple\s*: (\S+)", self._etiquette(champ))
        if exemple:
            return exemple[1]
        return "3" if champ.get_attribute("inputmode") == "decimal" else "Réponse"

    def _etiquette(self, champ: Locator) -> str:
        """What the page writes beside a field: its label and its hint."""
        return self.page.locator(f'label[for="{champ.get_attribute("id")}"]').inner_text()

    def joint_tout(self) -> None:
        """Give a photo for each piece asked on the page."""
        for champ in self.page.locator("main input[type=file]").all():
            champ.set_input_files([photo()])


class Personne(Saisie):
    """One browser context at one width."""

    def __init__(self, browser: Browser, base: str, *, largeur: int, scripts: bool = True) -> None:
        self.contexte = ouvrir_contexte(
            browser, viewport={"width": largeur, "height": 900}, java_script_enabled=scripts
        )
        self.base = base
        self.scripts = scripts
        self.plaintes: list[str] = []
        self.page = self.nouvel_onglet()

    def nouvel_onglet(self) -> Page:
        """Open a tab whose complaints are kept; make it `page` to act in it."""
        onglet = self.contexte.new_page()
        onglet.set_default_timeout(30_000)  # eight photos take seconds on a busy machine
        onglet.on("pageerror", lambda erreur: self.plaintes.append(f"{onglet.url} : {erreur}"))
        onglet.on("console", self._ecouter)
        return onglet

    def _ecouter(self, ligne: ConsoleMessage) -> None:
        if ligne.type == "error":
            self.plaintes.append(ligne.text)

    def va(self, chemin: str) -> Response | None:
        """Go to an address and check the page."""
        reponse = self.page.goto(chemin if "://" in chemin else f"{self.base}{chemin}")
        self.regarder()
        return reponse

    def fait(self, action: str, *, dans: str = "", rang: int = 0) -> None:
        """Press what carries this `data-action` and check the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(f'{dans} [data-action="{action}"]').nth(rang).click()
        self.regarder()

    def regarder(self) -> None:
        """Check that the page is whole and does not scroll sideways; test_accessibilite.py looks at it closely."""
        assert "Traceback" not in self.page.content()
        if not self.scripts:
            return
        trop_large = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert trop_large <= 0, f"défilement horizontal de {trop_large} px sur {self.page.url}"

    def avance(self, jusqu_a: str = '[data-action="deposer"]', *, identite: dict[str, Any] = IDENTITE) -> None:
        """Fill each page of the deposit without a mistake until one that holds this; the summary by default."""
        for _ in range(PAGES_DU_DEPOT):
            if self.page.locator(jusqu_a).count():
                return
            self.remplit(**identite)
            self.repond_a_tout()
            self.joint_tout()
            self.fait("suivant")
        raise AssertionError(f"{jusqu_a} n’est toujours pas là : {self.page.url}")

    def se_connecte(self, identifiant: str) -> None:
        """Log in as an agent."""
        self.va("/connexion/")
        self.remplit(username=identifiant, password=SECRET)
        self.fait("connexion")

    @property
    def numero(self) -> str:
        """Number of the demande shown."""
        return self.page.locator("[data-numero]").first.get_attribute("data-numero") or ""

    @property
    def etat(self) -> str:
        """State of the demande shown."""
        return self.page.locator("[data-etat]").first.get_attribute("data-etat") or ""


def lire_boite(personne: Personne, filtre: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Let the worker pass, then return the newest message that fits, from the demo mailbox."""
    with hors_boucle():  # where Django keeps another connection
        vider()
        connection.close()
    messages = personne.contexte.request.get(f"{personne.base}/demo/boite.json").json()
    recus: list[dict[str, Any]] = messages if isinstance(messages, list) else messages["messages"]
    return next(m for m in recus if filtre(m))


def lien(message: dict[str, Any], fragment: str, base: str) -> str:
    """Return the link of a message that holds a fragment, on the test server."""
    adresse = next(a for a in message["liens"] if fragment in a)
    return base + "/" + adresse.split("://", 1)[1].split("/", 1)[1]


Entrer = Callable[..., Personne]
