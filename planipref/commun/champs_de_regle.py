"""Form fields of a rule that a place may set, else the country: named by its model, each beside the value above."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

AUCUN = "0"


class ChampJours(forms.CharField):
    """Numbers of days with commas between; 0 for none.

    Args:
        bornes: least and greatest day.
        au_plus: how many.
    """

    def __init__(self, *, bornes: tuple[int, int], au_plus: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput({"autocomplete": "off", "inputmode": "text"}), max_length=40, **kwargs)
        self.bornes, self.au_plus = bornes, au_plus

    def prepare_value(self, value: Any) -> Any:
        """Write a list as people read it."""
        return ecrire_jours(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[int] | None:
        """Return the days, the farthest first; an empty list for none, None for nothing typed."""
        texte = super().clean(value)
        if not texte:
            return None
        if texte == AUCUN:
            return []
        mots = [mot for mot in re.split(r"[\s,;]+", texte) if mot]
        jours = {int(mot) for mot in mots if mot.isascii() and mot.isdecimal() and len(mot) < 4}
        least, greatest = self.bornes
        hors = any(not least <= jour <= greatest for jour in jours)
        if hors or len(jours) != len(mots) or len(jours) > self.au_plus:
            message = f"Au plus {self.au_plus} nombres de jours, de {least} à {greatest}, avec des virgules."
            raise ValidationError(message, code="jours")
        return sorted(jours, reverse=True)


def ecrire_jours(jours: Iterable[int]) -> str:
    """Return days as people type them."""
    return ", ".join(map(str, jours)) or AUCUN


def champ_de_regle(
    modele: type[models.Model],
    nom: str,
    bornes: Mapping[str, tuple[int, int]],
    au_dessus: object,
    *,
    au_plus: int = 1,
    source: str = "la valeur nationale",
) -> forms.Field:
    """Return the field of a rule; an empty one follows the value above, which its hint says.

    Args:
        modele: of the rule.
        nom: name of its field.
        bornes: least and greatest value by name, but for times.
        au_dessus: value that holds when this one is empty: a number, a time or days.
        au_plus: most days of a list.
        source: whose value is above.
    """
    champ: models.Field[Any, Any] = modele._meta.get_field(nom)  # type: ignore[assignment]  # noqa: SLF001
    libelle = str(champ.verbose_name)
    jours = isinstance(au_dessus, tuple | list)
    dite = ecrire_jours(au_dessus) if jours else f"{au_dessus:%H:%M}" if isinstance(au_dessus, time) else str(au_dessus)  # type: ignore[arg-type]
    commun: dict[str, Any] = {
        "label": libelle[0].upper() + libelle[1:],
        "help_text": f"{champ.help_text} Vide : {source}, {dite}.".strip(),
        "required": False,
    }
    if isinstance(au_dessus, time):
        widget = forms.TimeInput({"type": "time", "step": "300", "autocomplete": "off"}, format="%H:%M")
        return forms.TimeField(
            **commun, widget=widget, error_messages={"invalid": "Écrivez l’heure comme ceci : 09:00."}
        )
    if jours:
        return ChampJours(**commun, bornes=bornes[nom], au_plus=au_plus)
    least, greatest = bornes[nom]
    widget_nombre = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(**commun, min_value=least, max_value=greatest, widget=widget_nombre)
