"""Whether the files of a service are given out each night, and over how many days."""

from __future__ import annotations

from typing import Any

from django import forms

from planipref.commun.champs_de_regle import champ_de_regle
from planipref.commun.formulaires import FormulaireDsfr
from planning.models import RegleDossiers
from planning.selectors_dossiers import ReglesDossiers

BORNES = {"horizon_jours": (1, 60)}
CHOIX = {"": None, "oui": True, "non": False}


class FormulaireRegleDossiers(FormulaireDsfr):
    """The rule of a service; what is left empty follows the country."""

    automatique = forms.ChoiceField(label="Quand les dossiers sont-ils confiés ?", required=False)

    def __init__(self, *args: Any, nationales: ReglesDossiers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pays = "chaque nuit" if nationales.automatique else "à la main"
        champ: Any = self.fields["automatique"]
        champ.choices = [("", f"Comme le pays : {pays}"), ("oui", "Chaque nuit"), ("non", "À la main")]
        self.fields["horizon_jours"] = champ_de_regle(RegleDossiers, "horizon_jours", BORNES, nationales.horizon_jours)

    def clean_automatique(self) -> bool | None:
        """Return what was chosen; None to follow the country."""
        return CHOIX[self.cleaned_data["automatique"]]
