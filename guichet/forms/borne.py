"""What the kiosk asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from demandes.calculs.numeros import lire_numero
from demandes.models import Motif
from guichet.services.borne import NOM_MAX
from planipref.commun.formulaires import ChampDateNaissance, FormulaireDsfr
from planipref.commun.templatetags.planipref import traduit


def _priorite() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("J’ai besoin de passer en priorité (grossesse, handicap, âge)"),
        required=False,
        help_text=_("Facultatif. Vous n’avez pas à expliquer pourquoi."),
    )


class FormulairePresence(FormulaireDsfr):
    """Number of the demande, read from the QR code or typed, and birth date."""

    numero = forms.CharField(
        label=_("Numéro de la demande"),
        max_length=20,
        help_text=_("Montrez le code QR de votre rendez-vous au lecteur, ou écrivez le numéro : 67-2026-000123."),
        widget=forms.TextInput(
            {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters", "autofocus": True}
        ),
    )
    date_naissance = ChampDateNaissance(label=_("Date de naissance"))
    priorite = _priorite()

    def clean_numero(self) -> str:
        """Return the number as it is stored, with or without its dashes."""
        return lire_numero(self.cleaned_data["numero"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["date_naissance"].widget.attrs["autocomplete"] = "off"


class FormulaireTicket(FormulaireDsfr):
    """What somebody without appointment comes for."""

    motif = forms.ChoiceField(label=_("Pourquoi venez-vous ?"), widget=forms.RadioSelect)
    priorite = _priorite()

    def __init__(self, *args: Any, motifs: Sequence[Motif], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.motifs = {m.code: m for m in motifs}
        self.fields["motif"].choices = [(m.code, traduit(m.libelle)) for m in motifs]

    def clean_motif(self) -> Motif:
        """Return the motif chosen."""
        return self.motifs[self.cleaned_data["motif"]]


class FormulaireBorne(FormulaireDsfr):
    """Name of the kiosk to install."""

    nom = forms.CharField(label="Nom de la borne", max_length=NOM_MAX, help_text="Par exemple « Hall ».")
