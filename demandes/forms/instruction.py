"""Agents' forms of the transitions: what each act needs beyond a press on its button."""

from __future__ import annotations

from typing import Any

from django import forms

from planipref.commun.formulaires import ChampDate, FormulaireDsfr


class FormulaireVide(FormulaireDsfr):
    """An act that needs nothing more than a confirmation."""


class FormulaireComplements(FormulaireDsfr):
    """Deadline and words of a request for missing pieces."""

    limite = ChampDate(label="Date limite pour envoyer les pièces")
    message = forms.CharField(
        label="Message à l’usager",
        help_text="Les pièces manquantes ou non conformes sont listées d’elles-mêmes, avec leur raison.",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )


class FormulaireConvocation(FormulaireDsfr):
    """Why, where, and how many persons come.

    Args:
        sites: choices ``(identifier, label)``.
    """

    motivation = forms.CharField(
        label="Pourquoi l’usager doit-il venir ?",
        help_text="L’usager lira ce texte.",
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        error_messages={"required": "Dites à l’usager pourquoi il doit venir."},
    )
    sites = forms.TypedMultipleChoiceField(
        label="Sites où il peut prendre rendez-vous",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un site."},
    )
    personnes = forms.IntegerField(
        label="Nombre de personnes",
        min_value=1,
        max_value=10,
        initial=1,
        widget=forms.NumberInput({"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, sites: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].choices = sites


class FormulaireAccord(FormulaireDsfr):
    """Motives in fact of a grant, when the agent wants some."""

    motifs_fait = forms.CharField(
        label="Observations portées sur la décision",
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 2, "autocomplete": "off"}),
    )


class FormulaireRefus(FormulaireDsfr):
    """Motives of a refusal, in law and in fact (CRPA L211-5)."""

    motifs_droit = forms.CharField(
        label="Motifs de droit",
        help_text="Les textes qui fondent le refus.",
        max_length=5000,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        error_messages={"required": "Écrivez les textes qui fondent le refus."},
    )
    motifs_fait = forms.CharField(
        label="Motifs de fait",
        help_text="Ce qui, dans ce dossier, conduit au refus.",
        max_length=5000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        error_messages={"required": "Écrivez ce qui, dans ce dossier, conduit au refus."},
    )
