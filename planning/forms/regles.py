"""The rules of a site's slots, each beside the value of the country."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from planipref.commun.formulaires import FormulaireDsfr
from planning.calculs.regles import ReglesCreneaux
from planning.models import RegleCreneaux
from planning.models.regle import BORNES
from planning.selectors_regles import CHAMPS

HEURE = "heure_ouverture"


def _champ(nom: str, nationale: object) -> forms.Field:
    champ: models.Field[Any, Any] = RegleCreneaux._meta.get_field(nom)  # type: ignore[assignment]  # noqa: SLF001
    libelle = str(champ.verbose_name)
    dite = f"{nationale:%H:%M}" if nom == HEURE else str(nationale)
    aide = f"{champ.help_text} Vide : la valeur nationale, {dite}.".strip()
    commun: dict[str, Any] = {"label": libelle[0].upper() + libelle[1:], "help_text": aide, "required": False}
    if nom == HEURE:
        widget = forms.TimeInput({"type": "time", "step": "300", "autocomplete": "off"}, format="%H:%M")
        return forms.TimeField(
            **commun, widget=widget, error_messages={"invalid": "Écrivez l’heure comme ceci : 09:00."}
        )
    least, greatest = BORNES[nom]
    widget_nombre = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(**commun, min_value=least, max_value=greatest, widget=widget_nombre)


class FormulaireRegles(FormulaireDsfr):
    """The rules of a site; an empty field follows the country."""

    def __init__(self, *args: Any, nationales: ReglesCreneaux, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom in CHAMPS:
            self.fields[nom] = _champ(nom, getattr(nationales, nom))
