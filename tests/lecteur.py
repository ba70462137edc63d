"""Somebody who reads the pages without a browser nor scripts: labels, hints, required marks and hooks."""

from __future__ import annotations

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html
from PIL import Image

PAGES_DU_DEPOT = 12


def photo() -> SimpleUploadedFile:
    """A photo from the phone."""
    sortie = io.BytesIO()
    Image.new("RGB", (900, 600), "white").save(sortie, "JPEG")
    return SimpleUploadedFile("IMG_0001.jpg", sortie.getvalue(), "image/jpeg")


class Lecteur:
    """One person, one session; what they fill is sent when they press."""

    def __init__(self) -> None:
        self.client = Client()
        self.adresse = ""
        self.page: Any = None
        self.valeurs: dict[str, Any] = {}

    def va(self, adresse: str) -> None:
        """Open a page."""
        self._lire(self.client.get(adresse, follow=True))

    def _lire(self, reponse: Any) -> None:
        assert reponse.status_code == 200, (reponse.request["PATH_INFO"], reponse.status_code)
        self.adresse = reponse.request["PATH_INFO"]
        self.page = html.fromstring(reponse.content.decode()).get_element_by_id("contenu")
        self.valeurs = {}

    def a(self, action: str) -> bool:
        """Tell whether the page has the button of an action."""
        return bool(self.page.xpath(f'.//*[@data-action="{action}"]'))

    def remplit(self, **valeurs: Any) -> None:
        """Fill the fields by name; unknown ones are left."""
        connus = {c.name for c in self.champs()}
        self.valeurs |= {nom: valeur for nom, valeur in valeurs.items() if nom in connus}

    def champs(self) -> list[Any]:
        """The fields that a person may fill."""
        tous = self.page.xpath('.//form//*[self::input or self::select or self::textarea][@name][not(@type="hidden")]')
        return [c for c in tous if c.get("type") not in ("submit", "button")]

    def repond_a_tout(self) -> None:
        """Answer each question that is still empty, from its kind only, and give a photo for each piece required."""
        for champ in self.champs():
            genre, ecrit = champ.get("type"), (champ.value or "").strip() if champ.get("type") != "file" else ""
            if champ.name in self.valeurs or genre == "checkbox" or (genre != "radio" and ecrit):
                continue
            facultatif = "facultatif" in self._etiquette(champ)
            if genre == "file":
                if not facultatif:
                    self.valeurs[champ.name] = photo()
            elif genre == "radio":
                self.valeurs.setdefault(champ.name, champ.get("value"))
            elif champ.tag == "select":
                self.valeurs[champ.name] = champ.value_options[1]
            elif not facultatif:
                self.valeurs[champ.name] = self._reponse(champ)

    def _reponse(self, champ: Any) -> str:
        """What somebody would type who follows the example of the hint."""
        if champ.get("inputmode") == "numeric":
            return "01/03/2027"
        if champ.get("type") == "tel":
            return "06 12 34 56 78"
        exemple = re.search(r"Exemple\s*: (\S+)", self._etiquette(champ))
        if exemple:
            return exemple[1]
        return "3" if champ.get("inputmode") == "decimal" else "Réponse"

    def _etiquette(self, champ: Any) -> str:
        etiquettes = self.page.xpath(".//label[@for=$pour]", pour=champ.get("id"))
        return " ".join(" ".join(e.itertext()) for e in etiquettes)

    def fait(self, action: str) -> None:
        """Press what carries this `data-action`; the page that follows is read."""
        bouton = self.page.xpath(f'.//*[@data-action="{action}"]')[0]
        if bouton.tag == "a":
            self.va(bouton.get("href"))
            return
        form = next(f for f in bouton.iterancestors("form"))
        corps: dict[str, Any] = {}
        for nom, valeur in form.form_values():
            corps.setdefault(nom, []).append(valeur)
        dans = {c.get("name") for c in form.xpath(".//*[@name]")}
        corps |= {nom: valeur for nom, valeur in self.valeurs.items() if nom in dans}
        if bouton.get("name"):
            corps[bouton.get("name")] = bouton.get("value", "")
        adresse = bouton.get("formaction") or form.get("action") or self.adresse
        methode = self.client.post if form.method == "POST" else self.client.get
        self._lire(methode(adresse, corps, follow=True))

    def avance(self, jusqu_a: str, *, identite: dict[str, Any]) -> None:
        """Fill each page of the deposit without a mistake until one that has this action."""
        for _ in range(PAGES_DU_DEPOT):
            if self.a(jusqu_a):
                return
            self.remplit(**identite)
            self.repond_a_tout()
            self.fait("suivant")
        raise AssertionError(f"{jusqu_a} n’est toujours pas là : {self.adresse}")

    @property
    def numero(self) -> str:
        """Number of the demande shown."""
        return str(self.page.xpath("(.//@data-numero)[1]")[0])

    @property
    def texte(self) -> str:
        """What the page says."""
        return " ".join(self.page.itertext())
