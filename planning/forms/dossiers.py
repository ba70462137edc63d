"""Whether the files of a service are given out each night, and over how many days."""

from __future__ import annotations

from typing import Any

from django import forms

from planipref.commun.formulaires import FormulaireDsfr
from planning.selectors_dossiers import ReglesDossiers

CHOIX = {"": None, "oui": True, "non": False}


class FormulaireRegleDossiers(FormulaireDsfr):
    """The rule of a service; what is left empty follows the country."""

    automatique = forms.ChoiceField(label="Quand les dossiers sont-ils confiés ?", required=False)
    horizon_jours = forms.IntegerField(
        label="Jours ouvrés de travail à répartir",
        required=False,
        min_value=1,
        max_value=60,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, nationales: ReglesDossiers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pays = "chaque nuit" if nationales.automatique else "à la main"
        champ: Any = self.fields["automatique"]
        champ.choices = [("", f"Comme le pays : {pays}"), ("oui", "Chaque nuit"), ("non", "À la main")]
        self["horizon_jours"].help_text = f"Vide : la valeur nationale, {nationales.horizon_jours}."

    def clean_automatique(self) -> bool | None:
        """Return what was chosen; None to follow the country."""
        return CHOIX[self.cleaned_data["automatique"]]
