"""What is filled in for the person in hand: a scan for one piece, their next appointment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from demandes.forms.verification import FormulaireAjout
from demandes.models import Demande
from guichet.selectors import PieceAuGuichet
from planipref.commun.formulaires import FormulaireDsfr
from planipref.commun.templatetags.planipref import heure, jour_long
from planning.models import Creneau


class FormulaireScan(FormulaireAjout):
    """Files for one piece, and whether the original was seen."""

    piece = forms.TypedChoiceField(label="Pour quelle pièce ?", coerce=int)
    vue = forms.BooleanField(label="J’ai comparé avec l’original : conforme", required=False)
    field_order = ["piece", "fichiers", "vue"]

    def __init__(self, *args: Any, demande: Demande, pieces: Sequence[PieceAuGuichet], **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"scan-{demande.pk}_%s")
        super().__init__(*args, **kwargs)
        champ: Any = self.fields["piece"]
        champ.choices = [(p.attendue.requise.pk, p.attendue.requise.libelle) for p in pieces if p.a_numeriser]

    def lus(self) -> list[tuple[str, bytes]]:
        """Return the name and the bytes of each file."""
        return [(f.name or "", f.read()) for f in self.cleaned_data["fichiers"]]


class FormulaireRetour(FormulaireDsfr):
    """The slot of the next appointment, the first free one chosen, and why the person comes again, unless they know."""

    creneau = forms.ChoiceField(
        label="Jour et heure",
        error_messages={
            "invalid_choice": "Ce créneau vient d’être pris ou n’est plus proposé. Choisissez-en un autre."
        },
    )
    motivation = forms.CharField(
        label="Pourquoi revient-elle ?",
        help_text="La personne lira cette phrase.",
        max_length=500,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, demande: Demande, creneaux: Sequence[Creneau], deplace: bool = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("auto_id", f"retour-{demande.pk}_%s")
        super().__init__(*args, **kwargs)
        if deplace:
            del self.fields["motivation"]
        self.creneaux = {str(c.pk): c for c in creneaux}
        zone = ZoneInfo(demande.prefecture.fuseau)
        locaux = [(c.debut.astimezone(zone), cle) for cle, c in self.creneaux.items()]
        champ: Any = self.fields["creneau"]
        champ.choices = [
            (jour_long(jour), [(cle, f"{jour_long(jour)}, {heure(debut.time())}") for debut, cle in groupe])
            for jour, groupe in groupby(locaux, key=lambda c: c[0].date())
        ]

    def clean_creneau(self) -> Creneau:
        """Return the slot itself."""
        return self.creneaux[self.cleaned_data["creneau"]]
