"""Makes the screenshots of the guides again, from a running demonstration, only through what its pages show.

`python outils/captures.py [ADDRESS]`: the demande of a made-up person goes the whole way there, and stays in it.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, BrowserContext, Error, FilePayload, Page, sync_playwright

RACINE = Path(__file__).resolve().parent.parent
DOSSIER = RACINE / "docs" / "images"
BASE = "http://localhost:8000"
MOT_DE_PASSE = "Demonstration-2026"
PREFECTURE, MOTIF = "67", "ETR-RES10-REN"
TELEPHONE, BUREAU = 390, 1280
COULEURS = 128
PATIENCE = 90  # seconds: the worker sends the messages each minute at the latest
FILE_MAX = 40

IDENTITE = {
    "nom": "Ben Ali",
    "prenoms": "Amina",
    "date_naissance": "17/05/1980",
    "commune_naissance": "Mulhouse, France",
    "nationalite": "tunisienne",
    "numero_etranger": "6703001234",
    "courriel": "amina.benali@exemple.fr",
    "telephone": "06 12 34 56 78",
    "adresse": "1 rue des Juifs",
    "code_postal": "67000",
    "commune": "Strasbourg",
}
VISITEUR = {
    "nom": "Moreau",
    "prenoms": "Jean",
    "date_naissance": "04/11/1962",
    "telephone": "06 98 76 54 32",
    "adresse": "8 quai des Bateliers, 67000 Strasbourg",
}


class Refus(Exception):
    """The screenshots cannot be made; the message says why, in one French sentence."""


class Personne:
    """Somebody in front of a browser of one width."""

    def __init__(self, contexte: BrowserContext, base: str) -> None:
        self.contexte = contexte
        self.base = base
        self.page: Page = contexte.new_page()
        self.page.set_default_timeout(20_000)

    def va(self, chemin: str) -> None:
        """Go to an address."""
        reponse = self.page.goto(chemin if "://" in chemin else f"{self.base}{chemin}")
        if reponse is None or reponse.status >= 400:
            raise Refus(f"{self.page.url} répond {reponse.status if reponse else 'rien'}.")

    def a(self, action: str, *, dans: str = "") -> bool:
        """Say whether the page offers this act."""
        return self.page.locator(f'{dans} [data-action="{action}"]').count() > 0

    def fait(self, action: str, *, dans: str = "", rang: int = 0) -> None:
        """Press what carries this `data-action`, and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(f'{dans} [data-action="{action}"]').nth(rang).click()

    def remplit(self, **valeurs: str | bool) -> None:
        """Fill the fields by name; those that the page has not are left."""
        for nom, valeur in valeurs.items():
            champ = self.page.locator(f'main [name="{nom}"]:not([type="hidden"])').first
            if not champ.count():
                continue
            if champ.evaluate("e => e.tagName") == "SELECT":
                champ.select_option(str(valeur))
            elif isinstance(valeur, bool):
                champ.check(force=True)
            else:
                champ.fill(valeur)

    def choisit(self, nom: str, contient: str = "") -> None:
        """Choose in a list the first real option that holds these words."""
        options = self.page.locator(f'main [name="{nom}"] option')
        textes = [(o.get_attribute("value") or "", o.text_content() or "") for o in options.all()]
        valeur = next(v for v, texte in textes if v and contient in texte)
        self.page.locator(f'main [name="{nom}"]').first.select_option(valeur)

    def repond(self) -> None:
        """Answer every question still empty: no first, then the first choice, a coming date, a word."""
        for champ in self.page.locator("main form :is(input, select, textarea)[name]").all():
            genre, nom = champ.get_attribute("type") or "", champ.get_attribute("name")
            if genre in ("hidden", "file", "submit", "button", "checkbox", "search"):
                continue
            if genre == "radio":
                if not self.page.locator(f'main [name="{nom}"]:checked').count():
                    non = self.page.locator(f'main [name="{nom}"][value="non"]')
                    (non if non.count() else champ).first.check(force=True)
            elif champ.input_value():
                continue
            elif champ.evaluate("e => e.tagName") == "SELECT":
                champ.select_option(index=1)
            elif "facultatif" not in self.page.locator(f'label[for="{champ.get_attribute("id")}"]').inner_text():
                champ.fill("15/01/2027" if champ.get_attribute("inputmode") == "numeric" else "Sans objet")

    def joint(self) -> None:
        """Give a specimen for each piece that the page asks for."""
        for champ in self.page.locator("main input[type=file]").all():
            etiquette = self.page.locator(f'label[for="{champ.get_attribute("id")}"] strong').inner_text()
            champ.set_input_files([specimen(etiquette)])

    def se_connecte(self, role: str) -> None:
        """Log in with the demonstration's account of a role."""
        self.va("/connexion/")
        self.remplit(username=f"{role}{PREFECTURE}", password=MOT_DE_PASSE)
        self.fait("connexion")
        if "/connexion/" in self.page.url:
            raise Refus(f"Le compte {role}{PREFECTURE} n’ouvre pas : « make demo-reset », puis « make demo ».")

    def lien(self, fragment: str, *mots: str) -> str:
        """Wait for a message to Amina whose subject holds these words, and return its link that holds a fragment."""
        limite = time.monotonic() + PATIENCE
        while time.monotonic() < limite:
            boite = self.contexte.request.get(f"{self.base}/demo/boite.json", params={"a": IDENTITE["courriel"]})
            for recu in boite.json():
                liens = [str(lien) for lien in recu["liens"] if fragment in lien]
                if liens and all(mot in recu["objet"] for mot in mots):
                    return f"{self.base}/{liens[0].split('/', 3)[3]}"
            time.sleep(1)
        raise Refus(f"Aucun message n’est arrivé avec un lien {fragment} : le travailleur de tâches tourne-t-il ?")

    @property
    def numero(self) -> str:
        """Number of the demande shown."""
        return self.page.locator("[data-numero]").first.get_attribute("data-numero") or ""

    def garde(self, nom: str, *, depuis: str = "main", hauteur: int = 800) -> None:
        """Keep a picture: the full width, from the top of an element, no further than the end of the page's body."""
        haut = self._haut_de(depuis)
        bas = self._haut_de("footer")
        zone = {"x": 0.0, "y": haut, "width": float(self._largeur()), "height": min(float(hauteur), bas - haut)}
        self.page.evaluate("document.activeElement?.blur()")
        brut = self.page.screenshot(full_page=True, animations="disabled", clip=zone)  # type: ignore[arg-type]
        with Image.open(io.BytesIO(brut)) as image:
            reduite = image.convert("RGB").quantize(
                COULEURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
            )
        reduite.save(DOSSIER / f"{nom}.png", optimize=True)
        print(f"  {nom}.png : {(DOSSIER / f'{nom}.png').stat().st_size // 1000} ko", flush=True)

    def _haut_de(self, cible: str) -> float:
        marge = 0 if cible in ("header", "footer") else 12
        haut = self.page.locator(cible).first.evaluate("e => e.getBoundingClientRect().top + window.scrollY")
        return max(0.0, float(haut) - marge)

    def _largeur(self) -> int:
        return self.page.viewport_size["width"] if self.page.viewport_size else BUREAU


def specimen(titre: str) -> FilePayload:
    """Draw a document that nobody can take for a true one."""
    image = Image.new("RGB", (900, 600), "#f6f1e4")
    dessin = ImageDraw.Draw(image)
    dessin.rectangle((20, 20, 880, 580), outline="#6a6a6a", width=3)
    dessin.rectangle((60, 180, 300, 480), fill="#d5dde6", outline="#6a6a6a")
    dessin.ellipse((130, 220, 230, 330), fill="#9fb0c3")
    dessin.pieslice((90, 340, 270, 600), 180, 360, fill="#9fb0c3")
    for rang in range(6):
        dessin.rectangle((350, 200 + rang * 48, 800 - rang % 3 * 90, 218 + rang * 48), fill="#c9c2ae")
    dessin.text((60, 60), titre[:45], fill="#161616", font=_police(32))
    dessin.text((350, 505), "SPÉCIMEN", fill="#b34000", font=_police(48))
    sortie = io.BytesIO()
    image.save(sortie, "JPEG", quality=80)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": sortie.getvalue()}


def _police(taille: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype("DejaVuSans.ttf", taille)
    except OSError:
        return ImageFont.load_default(taille)


# --- The way of the demande ---------------------------------------------------------------------


def deposer(amina: Personne) -> str:
    """Find the démarche, fill in, deposit; return the number."""
    amina.va("/")
    amina.garde("usager-accueil", depuis="header", hauteur=760)
    amina.va(f"/demarches/{MOTIF}/")
    amina.remplit(prefecture=PREFECTURE)
    amina.garde("usager-commencer", depuis='form:has([data-action="commencer"])', hauteur=330)
    amina.fait("commencer")
    for _ in range(6):
        amina.remplit(**IDENTITE)
        amina.repond()
        _photographier_le_depot(amina)
        if amina.a("deposer"):
            break
        amina.fait("suivant")
    amina.remplit(sincerite=True)
    amina.garde("usager-deposer", depuis="form section:last-of-type", hauteur=620)
    amina.fait("deposer")
    amina.garde("usager-depose", hauteur=760)
    return amina.numero


def _photographier_le_depot(amina: Personne) -> None:
    if amina.page.locator('[name="nom"]').count():
        amina.garde("usager-identite", hauteur=700)
    if amina.page.locator("input[type=file]").count():
        amina.joint()
        amina.garde("usager-documents", hauteur=800)


def demander_une_piece(chloe: Personne, numero: str) -> None:
    """Look at the pieces of the file, refuse one, ask for it again."""
    chloe.va("/agent/")
    chloe.garde("agent-travail", depuis="main", hauteur=760)
    chloe.va(f"/agent/demandes/{numero}/")
    chloe.garde("agent-dossier", depuis="header", hauteur=900)
    chloe.garde("agent-pieces", depuis="#pieces", hauteur=620)
    chloe.page.locator('[name="raison"]').first.fill("La photo est floue.")
    chloe.fait("non-conforme", dans="form")
    if not chloe.page.locator('main [name="limite"]').count():
        chloe.fait("completer")
    chloe.garde("agent-demander", depuis="#actions", hauteur=680)
    chloe.fait("completer")


def completer(amina: Personne, numero: str) -> None:
    """Send the piece asked for."""
    amina.va(amina.lien("/suivi/", numero, "manque"))
    amina.garde("usager-completer", hauteur=760)
    amina.joint()
    amina.fait("completer")


def convoquer(chloe: Personne, numero: str) -> None:
    """Find every piece right, then convoke to the main site."""
    chloe.va(f"/agent/demandes/{numero}/")
    while chloe.page.locator('button[data-action="conforme"]').count():
        chloe.fait("conforme")
    chloe.garde("agent-complet", depuis="#actions", hauteur=420)
    chloe.fait("constater-completude")
    _convoquer_au_premier_site(chloe, "agent-convoquer")


def _convoquer_au_premier_site(agent: Personne, image: str = "") -> None:
    if not agent.page.locator('main [name="motivation"]').count():
        agent.fait("convoquer")
    for rang, case in enumerate(agent.page.locator('main [name="sites"]').all()):
        case.set_checked(rang == 0, force=True)
    if image:
        agent.garde(image, depuis="#actions", hauteur=840)
    agent.fait("convoquer")


def prendre_rendez_vous(amina: Personne, numero: str) -> None:
    """Open the nominative link, give the birth date, choose a slot, look at what follows."""
    adresse = amina.lien("/rdv/", numero)
    amina.va(adresse)
    amina.remplit(date_naissance=IDENTITE["date_naissance"])
    amina.garde("usager-naissance", hauteur=560)
    amina.fait("verifier")
    amina.garde("usager-convocation", hauteur=760)
    amina.page.locator('a:has-text("Semaine suivante")').click()
    amina.page.locator("[data-creneau]").first.check(force=True)
    amina.garde("usager-creneaux", depuis="#creneaux", hauteur=620)
    amina.fait("reserver")
    amina.garde("usager-rendez-vous", hauteur=1100)
    amina.va(f"{adresse}annuler/")
    amina.garde("usager-annuler", hauteur=560)
    amina.va(f"{adresse}deplacer/")
    amina.garde("usager-deplacer", hauteur=560)
    amina.va(f"/suivi/{numero}/")
    amina.garde("usager-suivi", hauteur=860)


def accueillir(bruno: Personne, numero: str) -> str:
    """Look at the day, register a walk-in, find the demande and give a ticket; return that ticket."""
    bruno.va("/guichet/accueil/")
    if bruno.a("choisir-site"):
        bruno.choisit("site", "Strasbourg")
        bruno.fait("choisir-site")
    bruno.garde("accueil-jour", hauteur=860)
    bruno.choisit("motif", "Renseignement")
    bruno.remplit(**VISITEUR)
    bruno.garde("accueil-sans-rdv", hauteur=900)
    bruno.fait("sans-rdv", dans='form[action$="/sans-rdv/"]')
    bruno.garde("accueil-ticket", hauteur=900)
    return _donner_un_ticket(bruno, numero, image="accueil-recherche")


def _donner_un_ticket(bruno: Personne, numero: str, *, image: str = "") -> str:
    bruno.va(f"/guichet/accueil/?q={numero}")
    resultat = f'section [data-numero="{numero}"]'
    case = bruno.page.locator(f'{resultat} [name="priorite"]')
    if case.count():
        case.check(force=True)
    if image:
        bruno.garde(image, hauteur=430)
    bruno.fait("arrivee" if bruno.a("arrivee", dans=resultat) else "sans-rdv", dans=resultat)
    bruno.va(f"/guichet/accueil/?q={numero}")
    return bruno.page.locator(f"{resultat} [data-ticket]").first.get_attribute("data-ticket") or ""


def recevoir_et_accorder(denis: Personne, ticket: str) -> None:
    """Call until the person comes, receive, grant on the spot."""
    denis.va("/guichet/")
    if denis.a("choisir-guichet"):
        denis.choisit("guichet")
        denis.garde("guichet-poste", hauteur=420)
        _ouvrir_un_guichet(denis)
    denis.garde("guichet-file", hauteur=600)
    _appeler_jusqu_a(denis, ticket)
    denis.garde("guichet-appele", hauteur=560)
    denis.fait("recevoir")
    denis.garde("guichet-recu", hauteur=900)
    denis.fait("accorder")
    denis.garde("guichet-accorde", hauteur=860)
    denis.fait("terminer")


def _ouvrir_un_guichet(denis: Personne) -> None:
    """Take the first counter that a colleague of the demonstration does not hold."""
    noms = denis.page.locator('main [name="guichet"] option').all_text_contents()[1:]
    for nom in noms:
        denis.choisit("guichet", nom.strip())
        denis.fait("choisir-guichet")
        if not denis.a("choisir-guichet"):
            return
    raise Refus("Tous les guichets sont tenus.")


def _appeler_jusqu_a(denis: Personne, ticket: str) -> None:
    for _ in range(FILE_MAX):
        if denis.a("appeler"):
            denis.fait("appeler")
        if denis.page.locator(f'section[data-ticket="{ticket}"]').count():
            return
        if denis.a("recevoir"):
            denis.fait("recevoir")
        if denis.a("terminer"):
            denis.fait("terminer")
    raise Refus(f"Le ticket {ticket} n’a pas été appelé après {FILE_MAX} personnes.")


def remettre(denis: Personne, bruno: Personne, numero: str) -> None:
    """Say that the title has come, call the person again, hand it over against a signature."""
    denis.va(f"/agent/demandes/{numero}/")
    denis.fait("titre-pret")
    _convoquer_au_premier_site(denis)
    ticket = _donner_un_ticket(bruno, numero)
    denis.va("/guichet/")
    _appeler_jusqu_a(denis, ticket)
    denis.fait("recevoir")
    denis.remplit(numero_titre="67AB12345", identite_verifiee=True, signature_nom="Amina Ben Ali")
    denis.garde("guichet-remise", depuis="[id^='titre-demande']", hauteur=1080)
    denis.fait("remettre")
    denis.fait("terminer")


def decider(denis: Personne) -> None:
    """Show the decision on a file under examination, and decide nothing."""
    denis.va("/agent/?etat=en_instruction&suivant=1")
    denis.garde("agent-decider", depuis="#actions", hauteur=900)


def planifier(denis: Personne) -> None:
    """Show what a head of service sets and reads, and change nothing."""
    denis.va("/planning/")
    denis.garde("chef-ouvertures", hauteur=760)
    lien = denis.page.locator('a:has-text("Voir les créneaux")').first.get_attribute("href") or ""
    denis.va(denis.page.locator("a[data-plage]").first.get_attribute("href") or "")
    denis.garde("chef-plage", hauteur=1000)
    denis.va("/planning/")
    denis.fait("ajouter-fermeture")
    denis.remplit(libelle="Journée de formation", du="11/12/2026", au="11/12/2026")
    denis.garde("chef-fermeture", hauteur=700)
    denis.va(lien)
    denis.page.locator("a[rel=next]").click()
    denis.garde("chef-creneaux", hauteur=700)
    denis.va("/statistiques/")
    denis.garde("chef-statistiques", hauteur=900)


# --- Main ---------------------------------------------------------------------------------------


def photographier(navigateur: Browser, base: str) -> None:
    """Walk the whole way with four persons, each in a browser of their own."""
    entrer = _entrer(navigateur, base)
    amina = entrer("", TELEPHONE)
    chloe, bruno, denis = (entrer(role, BUREAU) for role in ("instructeur", "accueil", "chef"))
    numero = deposer(amina)
    demander_une_piece(chloe, numero)
    completer(amina, numero)
    convoquer(chloe, numero)
    prendre_rendez_vous(amina, numero)
    recevoir_et_accorder(denis, accueillir(bruno, numero))
    remettre(denis, bruno, numero)
    decider(denis)
    planifier(denis)


def _entrer(navigateur: Browser, base: str) -> Callable[[str, int], Personne]:
    def entrer(role: str, largeur: int) -> Personne:
        options: dict[str, Any] = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "color_scheme": "light"}
        contexte = navigateur.new_context(viewport={"width": largeur, "height": 900}, **options)
        personne = Personne(contexte, base)
        if role:
            personne.se_connecte(role)
        return personne

    return entrer


def principal() -> int:
    """Return the exit code: 0, or 2 when the screenshots could not be made."""
    base = (sys.argv[1] if len(sys.argv) > 1 else BASE).rstrip("/")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-headless-shell")
    DOSSIER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--lang=fr-FR"]
        langue: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "fr"}  # of « choisir un fichier »
        navigateur = playwright.chromium.launch(executable_path=chromium, args=options, env=langue)
        try:
            photographier(navigateur, base)
        except (Refus, Error) as refus:
            print(refus, file=sys.stderr)
            return 2
        finally:
            navigateur.close()
    return 0


if __name__ == "__main__":
    sys.exit(principal())
