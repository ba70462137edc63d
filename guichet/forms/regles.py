"""The rules of call of a site, each beside the value of the country."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from guichet.calculs.ordre import Regles, Retard
from guichet.models import RegleAppel
from guichet.models.regle import APPELS_MAX, MINUTES_MAX
from guichet.selectors import CHAMPS_REGLES
from planipref.commun.champs_de_regle import champ_de_regle
from planipref.commun.formulaires import FormulaireDsfr

RETARD, APPELS = "retard", "appels_avant_absence"


class FormulaireRegleAppel(FormulaireDsfr):
    """The rules of a site; an empty field follows the country."""

    def __init__(self, *args: Any, nationales: Regles, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nom in CHAMPS_REGLES:
            self.fields[nom] = _champ(nom, getattr(nationales, nom))


def _champ(nom: str, nationale: int | Retard) -> forms.Field:
    if nom != RETARD:
        return champ_de_regle(RegleAppel, nom, {nom: (1, APPELS_MAX) if nom == APPELS else (0, MINUTES_MAX)}, nationale)
    champ: models.Field[Any, Any] = RegleAppel._meta.get_field(nom)  # type: ignore[assignment]  # noqa: SLF001
    libelle = str(champ.verbose_name)
    dite = RegleAppel.Retards(str(nationale)).label
    choix = [("", f"Comme dans le pays : {dite[0].lower()}{dite[1:]}"), *RegleAppel.Retards.choices]
    return forms.ChoiceField(label=libelle[0].upper() + libelle[1:], required=False, choices=choix)
