"""An audit of accessibility in Chromium: axe, reflow, zoom and what the errors of a form owe, screen after screen."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from django.urls import Resolver404, ResolverMatch, resolve
from playwright.sync_api import Browser, Page, ViewportSize

from planipref.commun.vues_erreur import page_erreur
from tests.navigateur.contexte import ouvrir_contexte
from tests.navigateur.personne import Saisie
from tests.navigateur.site_partage import SitePartage

ETIQUETTES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The design system draws its bars and the lines under its links as backgrounds, behind which axe reads no colour. So it
# judges every contrast without them, then the links alone with them, once for each address and person as they stand
# in its sentences whatever its state. Header and footer: once for each person.
LANCER_AXE = """async ([etiquettes, sauf, avecLiens]) => {
  const ou = { exclude: sauf.map((e) => [e]) };
  const options = { resultTypes: ["violations", "incomplete"], preload: false };
  const rien = { passes: [], violations: [], incomplete: [] };
  const liens = avecLiens ? await axe.run(ou, { ...options, runOnly: ["link-in-text-block"] }) : rien;
  const sansTraits = new CSSStyleSheet();
  sansTraits.replaceSync("*, *::before, *::after { background-image: none !important }");
  sansTraits.insertRule("*::before, *::after { background: none !important }");
  document.adoptedStyleSheets = [sansTraits];
  const reste = await axe.run(ou, {
    ...options, runOnly: etiquettes, rules: { "link-in-text-block": { enabled: false } },
  });
  document.adoptedStyleSheets = [];
  return {
    version: reste.testEngine.version,
    passees: [...liens.passes, ...reste.passes].map((p) => p.id),
    fautes: [...liens.violations, ...reste.violations].map((v) =>
      [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]),
    a_voir: [...liens.incomplete, ...reste.incomplete].map((v) => `${v.id} ${v.nodes[0].html.slice(0, 120)}`),
  };
}"""
MESURER = Path(__file__).with_name("mesures.js").read_text(encoding="utf-8").split("\n", 1)[1].rstrip().rstrip(";")
CADRE = [".fr-skiplinks", "header", "footer", "dialog"]
# 320 px wide is also what 400 % of zoom leaves of a screen of 1280 px (WCAG 1.4.10).
ETROIT, LARGE = ViewportSize(width=320, height=900), ViewportSize(width=1280, height=900)
FORMULAIRES = """() => [...document.querySelectorAll("main form")].filter((f) => f.method === "post").map((f) => ({
  action: new URL(f.action).pathname,
  saisie: [...f.elements].some((c) => c.name && !["hidden", "submit", "button"].includes(c.type) && c.willValidate),
}))"""
VIDER = """(rang) => {
  const f = [...document.querySelectorAll("main form")].filter((f) => f.method === "post")[rang];
  f.noValidate = true;
  for (const c of f.elements) {
    if (["checkbox", "radio"].includes(c.type)) c.checked = false;
    else if (c.tagName === "SELECT") c.value = "";
    else if (!["hidden", "submit", "button"].includes(c.type)) c.value = "";
  }
  f.requestSubmit(f.querySelector("[type=submit]"));
}"""
TETE = """() => {
  const e = document.activeElement;
  return {
    titre: document.title,
    titres: document.querySelectorAll("h1").length,
    focus: e.matches("[data-erreurs], [aria-invalid=true]") || Boolean(e.closest("[data-erreurs]")),
  };
}"""


@dataclass
class Releve:
    """What the audit saw.

    Args:
        ecrans: name of the address, state, who looked, language.
        montrees: names of the addresses seen whole (200).
        titres: titles of the French pages, with the views that bear each: two addresses may lead to one page.
        passees: rules of axe that applied somewhere and found nothing wrong.
        a_voir: what axe leaves to a human eye.
        fautes: what is wrong, in full sentences.
        version: of axe.
    """

    ecrans: list[tuple[str, str, str, str]] = field(default_factory=list)
    montrees: set[str] = field(default_factory=set)
    titres: dict[str, set[str]] = field(default_factory=dict)
    passees: set[str] = field(default_factory=set)
    a_voir: Counter[str] = field(default_factory=Counter)
    fautes: list[str] = field(default_factory=list)
    version: str = ""

    def resume(self) -> list[str]:
        """Say each fault once, with the number of screens and one of them."""
        ou: dict[str, list[str]] = {}
        for faute in self.fautes:
            ecran, _, dit = faute.partition(" : ")
            ou.setdefault(dit, []).append(ecran)
        return [f"{len(ecrans)} écran(s), dont {ecrans[0]} : {dit}" for dit, ecrans in ou.items()]

    def faits(self) -> dict[str, Any]:
        """Return what the page `/accessibilite/` counts."""
        return {
            "axe": [self.version],
            "pages": sorted(self.montrees),
            "ecrans": self.ecrans,
            "langues": sorted({langue for *_, langue in self.ecrans}),
            "regles": sorted(self.passees),
            "fautes": self.fautes,
            "a_voir": list(self.a_voir.elements()),
        }


class Auditeur(Saisie):
    """One browser context that becomes in turn each person who uses the site."""

    def __init__(self, browser: Browser, site: SitePartage) -> None:
        self.site = site
        self.contexte = ouvrir_contexte(browser, viewport=LARGE, reduced_motion="reduce")
        self.contexte.add_init_script(AXE_SCRIPT)
        self.page: Page = self.contexte.new_page()
        self.page.set_default_timeout(10_000)
        self.releve = Releve()
        self.qui, self.langue = "", "fr"
        self._faits: set[tuple[str, ...]] = set()

    def devient(self, qui: str, client: Client | None = None, *, langue: str = "fr") -> None:
        """Become somebody, with the session of a test client; nobody in particular without it.

        Args:
            qui: name in the report.
            client: whose cookies are taken.
            langue: short code of the language chosen.
        """
        self.qui, self.langue = qui, langue
        self.contexte.clear_cookies()
        temoins = {c.key: c.value for c in client.cookies.values()} if client else {}
        if langue != "fr":
            temoins["langue"] = langue
        if temoins:
            self.contexte.add_cookies([{"name": n, "value": v, "url": self.site.url} for n, v in temoins.items()])

    def va(self, chemin: str, etat: str, *, statut: int = 200, erreurs: bool = True) -> None:
        """Look at an address, then at the errors of each of its forms sent empty.

        Args:
            chemin: address.
            etat: what the screen shows, in the report.
            statut: status expected.
            erreurs: whether to send its forms empty too.
        """
        self._taille(self._ecran())
        reponse = self.page.goto(self.site.url + chemin, wait_until="domcontentloaded")
        assert reponse is not None
        if reponse.status != statut:
            self.releve.fautes.append(f"{chemin} ({self.qui}) : {reponse.status} au lieu de {statut}")
            return
        self.regarde(etat, statut=statut)
        if erreurs and statut == 200:
            self._envoyer_vides(chemin, etat)

    def _ecran(self) -> ViewportSize:
        """A phone for the public, a desk for who works."""
        return ETROIT if self.qui in ("anonyme", "usager") else LARGE

    def _taille(self, taille: ViewportSize) -> None:
        if self.page.viewport_size != taille:
            self.page.set_viewport_size(taille)

    def fait(self, action: str, etat: str, *, statut: int = 200, **saisie: Any) -> None:
        """Fill the form of an action on this page, press its button, and look at what follows.

        Args:
            action: `data-action` of the button.
            etat: what the next screen shows.
            statut: its status.
            saisie: values by name.
        """
        bouton = self.page.locator(f'main [data-action="{action}"]').first
        self.remplit(**saisie)
        self._taille(self._ecran())
        with self.page.expect_navigation(wait_until="domcontentloaded") as suite:
            bouton.evaluate("(b) => b.form.requestSubmit(b)")
        obtenu = suite.value.status if suite.value else 0
        if obtenu != statut:
            self.releve.fautes.append(f"{action} ({etat}) : {obtenu} au lieu de {statut}")
        self.regarde(etat, statut=obtenu)

    def montre(self, statut: int, gabarit: str = "") -> None:
        """Look at an error page that no address gives at will."""
        self._taille(self._ecran())
        self.page.goto(self.site.url + "/sante/")
        self.page.set_content(page_erreur(statut, gabarit=gabarit).content.decode(), wait_until="load")
        self.regarde(f"erreur {statut}", statut=statut, nom="erreur")

    def regarde(self, etat: str, *, statut: int = 200, nom: str = "") -> None:
        """Check the screen as it is now.

        Args:
            etat: what it shows.
            statut: its status.
            nom: name in the report, when its address says nothing of it.
        """
        nom = nom or self._nom(self.page.url)
        ou = f"{nom} [{etat}, {self.qui}, {self.langue}]"
        self.releve.ecrans.append((nom, etat, self.qui, self.langue))
        if statut == 200:
            self.releve.montrees.add(nom)
        fautes = self._axe(nom) + self._tete(nom, statut) + self._mesures(nom)
        self.releve.fautes += [f"{ou} : {faute}" for faute in fautes]
        self._photographier(ou)

    def _axe(self, nom: str) -> list[str]:
        liens = self._premiere_fois("liens", nom, self.qui, self.langue)
        resultat = self.page.evaluate(LANCER_AXE, [ETIQUETTES, self._deja_vu(CADRE), liens])
        self.releve.version = resultat["version"]
        self.releve.passees |= set(resultat["passees"])
        self.releve.a_voir.update(resultat["a_voir"])
        return [
            f"axe {regle} ({n} fois) {html} {dit[:200]}".replace("\n", " ")
            for regle, n, html, dit in resultat["fautes"]
        ]

    def _tete(self, nom: str, statut: int) -> list[str]:
        """The title and the focus, that axe does not know what to expect of."""
        tete = self.page.evaluate(TETE)
        titre, fautes = tete["titre"], []
        if self.langue == "fr" and statut == 200:
            self.releve.titres.setdefault(titre, set()).add(self._vue(nom))
        if not titre.endswith("— PlaniPref"):
            fautes.append(f"titre « {titre} »")
        if statut == 422 and nom != "erreur":
            if self.langue == "fr" and not titre.startswith("Erreur : "):
                fautes.append(f"titre sans « Erreur : » : « {titre} »")
            if not tete["focus"]:
                fautes.append("le focus n’est pas sur l’erreur")
        return fautes if tete["titres"] == 1 else [*fautes, f"{tete['titres']} titres de niveau 1"]

    def _mesures(self, nom: str) -> list[str]:
        """Reflow on a narrow screen each time; letters twice as big once per address and person."""
        self._taille(ETROIT)
        fautes = [f"à 320 px, {f}" for f in self.page.evaluate(MESURER)]
        if self._premiere_fois("grossi", nom, self.qui, self.langue):
            self._taille(LARGE)
            self.page.evaluate("document.documentElement.style.fontSize = '200%'")
            fautes += [f"texte à 200 %, {f}" for f in self.page.evaluate(MESURER)]
            self.page.evaluate("document.documentElement.style.fontSize = ''")
        return fautes

    def _deja_vu(self, cadre: list[str]) -> list[str]:
        return [] if self._premiere_fois("cadre", self.qui, self.langue) else cadre

    def _premiere_fois(self, *quoi: str) -> bool:
        premiere = quoi not in self._faits
        self._faits.add(quoi)
        return premiere

    def _envoyer_vides(self, chemin: str, etat: str) -> None:
        """Send each form with nothing in it, and look at what is answered, once per form and page."""
        ici, fraiche = re.sub(r"\d+", "n", self.page.title()), True
        for rang, formulaire in enumerate(self.page.evaluate(FORMULAIRES)):
            cible = self._nom(formulaire["action"])
            if not formulaire["saisie"] or not self._premiere_fois("vide", ici, cible):
                continue
            with self.site.pour_rien():
                self._taille(self._ecran())
                if not fraiche:
                    self.page.goto(self.site.url + chemin, wait_until="domcontentloaded")
                with self.page.expect_navigation(wait_until="domcontentloaded") as suite:
                    self.page.evaluate(VIDER, rang)
                fraiche = False
                statut = suite.value.status if suite.value else 0
                if statut >= 400:
                    self.regarde(f"{etat}, envoyé vide", statut=statut)

    def _nom(self, adresse: str) -> str:
        """Name of the view of an address."""
        trouvee = _resoudre(adresse)
        return trouvee.view_name if trouvee else "inconnue"

    def _vue(self, nom: str) -> str:
        """Name the function behind the address of the page now shown, or the page that has no address."""
        trouvee = _resoudre(self.page.url)
        return f"{trouvee.func.__module__}.{getattr(trouvee.func, '__qualname__', nom)}" if trouvee else nom

    def _photographier(self, ou: str) -> None:
        """Keep images where `CAPTURES` says, to look at the screens."""
        if dossier := os.environ.get("CAPTURES"):
            fichier = re.sub(r"\W+", "-", ou)
            for largeur in (390, 1280):
                self._taille(ViewportSize(width=largeur, height=900))
                self.page.screenshot(path=Path(dossier) / f"{fichier}-{largeur}.png", full_page=True)


def _resoudre(adresse: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(adresse).path)
    except Resolver404:
        return None
