"""The changeover from the former booking module, as a webmestre types it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from demandes.models import Motif
from planipref.commun.formulaires import ChampDate, FormulaireDsfr


class _FormulaireDeMotif(FormulaireDsfr):
    """A form that chooses a démarche."""

    motif = forms.ChoiceField(label="Démarche")

    def __init__(self, *args: Any, motifs: Iterable[Motif], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.motifs = {m.code: m for m in motifs}
        choix = [(code, m.libelle_court) for code, m in self.motifs.items()]
        self.fields["motif"].choices = [("", "Choisissez"), *choix]

    def clean_motif(self) -> Motif:
        """Return the motif chosen."""
        return self.motifs[self.cleaned_data["motif"]]


class FormulaireBascule(_FormulaireDeMotif):
    """From which day a démarche is served here."""

    du = ChampDate(label="Servie ici à partir du", help_text="Dès minuit, à l’heure de la préfecture. JJ/MM/AAAA.")
    adresse = forms.CharField(
        label="Adresse du module actuel, jusqu’à cette date",
        max_length=300,
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text="En https://, sur un site en gouv.fr.",
    )


class FormulaireAncienneAdresse(_FormulaireDeMotif):
    """Where an old address leads."""

    chemin = forms.CharField(
        label="Début de l’ancienne adresse",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text="Sans le nom du site : /booking/create/12345. Ce qui suit mène au même endroit.",
    )
    field_order = ["chemin", "motif"]
