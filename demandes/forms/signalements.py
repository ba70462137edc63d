"""What an agent says of a signal, and the thresholds from which there is one."""

from __future__ import annotations

from typing import Any

from django import forms

from demandes.calculs.signalements import ReglesSignalements
from demandes.models import RegleSignalements
from demandes.models.signalements import BORNES
from demandes.selectors_signalements import CHAMPS
from planipref.commun.champs_de_regle import champ_de_regle
from planipref.commun.formulaires import ChampDate, FormulaireDsfr


class FormulaireJugement(FormulaireDsfr):
    """What was found."""

    note = forms.CharField(
        label="Ce que vous avez constaté",
        help_text="Obligatoire pour confirmer. N’écrivez rien sur la vie privée des personnes.",
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
    )


class FormulaireConnue(FormulaireDsfr):
    """Who shares a connection, and until when."""

    raison = forms.CharField(
        label="Qui partage cette connexion ?",
        help_text="Par exemple : France Services de Bitche, médiathèque, foyer.",
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Dites qui partage cette connexion."},
    )
    jusqu_au = ChampDate(label="Jusqu’au")


class FormulaireSeuils(FormulaireDsfr):
    """The thresholds of a préfecture, or of the country; an empty field follows what is above."""

    def __init__(self, *args: Any, au_dessus: ReglesSignalements, national: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = "la valeur de PlaniPref" if national else "la valeur nationale"
        for nom in CHAMPS:
            self.fields[nom] = champ_de_regle(RegleSignalements, nom, BORNES, getattr(au_dessus, nom), source=source)
