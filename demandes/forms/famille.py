"""Forms of a family: for whom one deposits next, and the own access of a person of age."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from demandes.models import Demande, Motif
from planipref.commun.formulaires import ChampCourriel, FormulaireDsfr
from planipref.commun.templatetags.planipref import traduit


class FormulaireProche(FormulaireDsfr):
    """Who the next person is, and what they ask for."""

    lien = forms.ChoiceField(
        label=_("Qui est cette personne pour vous ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Dites qui est cette personne pour vous.")},
    )
    motif = forms.ChoiceField(
        label=_("Pour quelle démarche ?"),
        help_text=_("La même que la vôtre, ou une autre."),
        error_messages={"required": _("Choisissez une démarche.")},
    )

    def __init__(self, *args: Any, motifs: Sequence[Motif], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.motifs = {m.code: m for m in motifs}
        self.fields["lien"].choices = [(valeur, traduit(nom)) for valeur, nom in Demande.LienFamilial.choices]
        self.fields["motif"].choices = [
            (traduit(service), [(m.code, traduit(m.libelle)) for m in groupe])
            for service, groupe in groupby(motifs, key=lambda m: m.get_genre_service_display())
        ]

    def clean_motif(self) -> Motif:
        """Return the motif chosen."""
        return self.motifs[self.cleaned_data["motif"]]


class FormulaireAccesPropre(FormulaireDsfr):
    """The own address of a person of age who leaves the family's follow-up."""

    courriel = ChampCourriel(
        label=_("Quelle est l’adresse de courriel de cette personne ?"),
        help_text=_("Elle y reçoit l’accusé de réception et le lien de suivi."),
        max_length=254,
    )
