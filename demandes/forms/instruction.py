"""Agents' forms of the transitions: what each act needs beyond a press on its button."""

from __future__ import annotations

from collections.abc import Sequence
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
        famille: choices ``(identifier, label)`` of the demandes of the family that are ready for the same visit.
        empechees: why others of the family cannot come to the same visit; empty when none is in this case.
        penurie: what to know when no place is left to promise; empty otherwise.
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

    avec = forms.TypedMultipleChoiceField(
        label="Convoquer aussi, au même rendez-vous",
        help_text="Un seul lien, un seul rendez-vous, assez long pour tous.",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    prioritaire = forms.BooleanField(
        label="Donner aussi les places gardées pour les personnes vulnérables",
        help_text="Pour une situation fragile ou urgente. La raison n’est pas enregistrée.",
        required=False,
    )
    field_order = ["avec", "motivation", "sites", "personnes", "prioritaire"]

    def __init__(
        self,
        *args: Any,
        sites: list[tuple[int, str]],
        famille: Sequence[tuple[int, str]] = (),
        empechees: str = "",
        penurie: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].choices = sites
        self.fields["avec"].choices = famille
        if empechees:
            self._aider("avec" if famille else "sites", empechees)
        if penurie:
            self._aider("sites", penurie)
        if not famille:
            del self.fields["avec"]

    def _aider(self, nom: str, texte: str) -> None:
        """Add a sentence to the help of a field; what shows it has been made already."""
        aide = f"{self.fields[nom].help_text} {texte}".strip()
        self.fields[nom].help_text = self[nom].help_text = aide


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
