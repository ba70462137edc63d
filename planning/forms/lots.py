"""What an agent says once for many persons, and what a manager answers who is asked for places."""

from __future__ import annotations

from typing import Any

from django import forms

from planipref.commun.formulaires import FormulaireDsfr


class FormulaireLot(FormulaireDsfr):
    """Why they come, and where.

    Args:
        sites: choices ``(identifier, label)``.
    """

    motivation = forms.CharField(
        label="Pourquoi ces personnes doivent-elles venir ?",
        help_text="Chacune lira ce texte, le même pour toutes.",
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        error_messages={"required": "Dites pourquoi ces personnes doivent venir."},
    )
    sites = forms.TypedMultipleChoiceField(
        label="Sites où elles peuvent prendre rendez-vous",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un site."},
    )

    def __init__(self, *args: Any, sites: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].choices = sites


class FormulaireOuverture(FormulaireDsfr):
    """What the manager answers."""

    raison = forms.CharField(
        label="Votre réponse",
        help_text="Obligatoire pour refuser, ou s’il manque encore des places. L’agent la lira.",
        required=False,
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
