"""Sending a person on, and going on a pause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from guichet.models import Passage, Pause
from guichet.models.passage import NOTE_MAX
from planipref.commun.formulaires import FormulaireDsfr
from planning.models import FileGuichet, Guichet


def _nommer(guichet: Guichet) -> str:
    """Name a counter of `guichet.selectors.destinations`, with a warning when nobody seems to be there."""
    return str(guichet) if getattr(guichet, "tenu", False) else f"{guichet} (personne n’y reçoit en ce moment)"


class FormulaireTransfert(FormulaireDsfr):
    """Queue or counter where a person goes on, and a word for who takes over."""

    vers = forms.ChoiceField(label="Envoyer vers")
    note = forms.CharField(
        label="Note pour la suite",
        required=False,
        help_text="Lue par l’agent qui prendra la suite, jamais affichée au public.",
        widget=forms.TextInput({"autocomplete": "off", "maxlength": NOTE_MAX}),
    )

    def __init__(
        self, *args: Any, passage: Passage, files: Sequence[FileGuichet], guichets: Sequence[Guichet], **kwargs: Any
    ) -> None:
        kwargs.setdefault("auto_id", "transfert_%s")
        super().__init__(*args, **kwargs)
        self.destinations: dict[str, tuple[FileGuichet, Guichet | None]] = {f"file-{f.pk}": (f, None) for f in files}
        for guichet in guichets:
            servies = [f for f in guichet.files.all() if f.actif]
            if servies:
                file = next((f for f in servies if f.pk == passage.file_id), servies[0])
                self.destinations[f"guichet-{guichet.pk}"] = (file, guichet)
        choix = [(cle, _nommer(g) if g else str(f)) for cle, (f, g) in self.destinations.items()]
        self.fields["vers"].choices = [
            ("", "Choisissez"),
            ("Files", [(cle, nom) for cle, nom in choix if cle.startswith("file-")]),
            ("Guichets", [(cle, nom) for cle, nom in choix if cle.startswith("guichet-")]),
        ]

    def clean_vers(self) -> tuple[FileGuichet, Guichet | None]:
        """Return the queue, and the counter when one is meant."""
        return self.destinations[self.cleaned_data["vers"]]


class FormulairePause(FormulaireDsfr):
    """Why one stops calling."""

    raison = forms.ChoiceField(label="Raison", choices=[("", "Choisissez"), *Pause.Raison.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "pause_%s")
        super().__init__(*args, **kwargs)
