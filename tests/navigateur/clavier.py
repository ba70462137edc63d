"""A person who has a keyboard and no mouse: each element they pass is in sight, uncovered, and shows the focus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Page

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
REGARDER = SCRIPT[SCRIPT.index("async (") :].rstrip().rstrip(";")
ATTEIGNABLES = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex='0']"
)].filter((e) => e.checkVisibility() && !e.disabled).length"""
CHOISI = "(nom) => document.querySelector(`main [name='${nom}']:checked`)?.value"


class Clavier:
    """One page, through `page.keyboard` only."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        page.on("filechooser", lambda _: None)  # caught from the start: to begin to listen takes longer than a key

    def va(self, chemin: str) -> None:
        """Type an address."""
        self.page.goto(self.base + chemin)

    def presse(self, touche: str) -> None:
        """Press a key."""
        self.page.keyboard.press(touche)

    def atteint(self, cible: str, *, arriere: bool = False) -> None:
        """Press Tab until the element of this selector has the focus: never longer than twice the elements of the page.

        Not once: the browser's reader of PDF has stops of its own.
        """
        limite = 2 * self.page.evaluate(ATTEIGNABLES)
        avant: list[str] = []
        ici = self.regarde(cible)
        while not ici["atteint"]:
            assert len(avant) <= limite, f"{cible} n’est pas atteint, le clavier tourne : {avant[-6:]}"
            avant.append(ici["nom"])
            self.presse("Shift+Tab" if arriere else "Tab")
            ici = self.regarde(cible, apres_tab=True)

    def regarde(self, cible: str, *, apres_tab: bool = False) -> dict[str, Any]:
        """Look at what has the focus now; fail when nobody could see it."""
        ici: dict[str, Any] = self.page.evaluate(REGARDER, [cible, apres_tab])
        assert not ici["fautes"], f"{self.page.url} : {ici['nom']} {', '.join(ici['fautes'])}"
        return ici

    def a_le_focus(self, cible: str) -> bool:
        """Tell whether the page itself gave the focus to this element."""
        return bool(self.page.evaluate("(cible) => document.activeElement.matches(cible)", cible))

    @contextmanager
    def page_suivante(self) -> Iterator[None]:
        """Wait for the page that what is pressed in the block opens."""
        with self.page.expect_navigation():
            yield

    def active(self, cible: str, *, touche: str = "Enter") -> None:
        """Reach a link or a button, press it and wait for the page that follows."""
        self.atteint(cible)
        with self.page_suivante():
            self.presse(touche)

    def fait(self, action: str, *, touche: str = "Enter") -> None:
        """Reach what carries this `data-action` in the page and press it."""
        self.active(f'main [data-action="{action}"]', touche=touche)

    def ecrit(self, **textes: str) -> None:
        """Type in fields, in the order of the page."""
        for nom, texte in textes.items():
            self.atteint(f'main [name="{nom}"]')
            self.page.keyboard.type(texte)

    def choisit(self, nom: str, valeur: str) -> None:
        """Choose with the arrows, in radio buttons or in a list."""
        champ = f'main :is(input, select)[name="{nom}"]'  # not the buttons that send a choice of their own at once
        self.atteint(champ)
        choix = self.page.locator(champ)
        liste = choix.first.evaluate("e => e.tagName") == "SELECT"
        if not liste and not self.page.evaluate(CHOISI, nom):
            self.presse("Space")
        for _ in range(30):
            if (choix.first.input_value() if liste else self.page.evaluate(CHOISI, nom)) == valeur:
                return
            self.presse("ArrowDown")
            self.regarde(champ)
        raise AssertionError(f"{nom} : {valeur} ne se choisit pas au clavier")

    def coche(self, nom: str) -> None:
        """Tick a box."""
        self.atteint(f'main [name="{nom}"]')
        self.presse("Space")
        assert self.page.evaluate(CHOISI, nom) is not None

    def joint(self, fichier: FilePayload, *, touche: str = "Enter") -> None:
        """Give a file to the first field that takes one."""
        self.atteint("main input[type=file]")
        with self.page.expect_file_chooser() as dialogue:
            self.presse(touche)
        dialogue.value.set_files([fichier])
