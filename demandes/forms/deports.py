"""Whom an agent must not handle."""

from __future__ import annotations

from typing import Any

from django import forms

from demandes.calculs.numeros import lire_numero
from demandes.querysets import NUMERO
from demandes.services.deports import Vise
from planipref.commun.champs import SaisieDate
from planipref.commun.formulaires import ChampDate, ChampDateNaissance, FormulaireDsfr

SANS_AIDE = {"autocomplete": "off", "spellcheck": "false"}


class FormulaireDeport(FormulaireDsfr):
    """One way to say whom, and until when."""

    numero_etranger = forms.CharField(
        label="Numéro étranger",
        required=False,
        max_length=20,
        widget=forms.TextInput({**SANS_AIDE, "inputmode": "numeric"}),
        help_text="10 chiffres, ou 9 sur d’anciens titres.",
    )
    nom = forms.CharField(label="Ou nom de famille", required=False, max_length=100, widget=forms.TextInput(SANS_AIDE))
    date_naissance = ChampDateNaissance(
        label="et date de naissance", required=False, widget=SaisieDate({"autocomplete": "off"})
    )
    numero_demande = forms.CharField(
        label="Ou numéro de la demande",
        required=False,
        max_length=24,
        widget=forms.TextInput({**SANS_AIDE, "autocapitalize": "characters"}),
        help_text="Exemple : 67-2026-000123",
    )
    jusqu_au = ChampDate(label="Jusqu’au (compris)", required=False, help_text="Vide : sans fin.")

    def clean_numero_etranger(self) -> str:
        """Keep the digits."""
        numero = "".join(str(self.cleaned_data["numero_etranger"]).split())
        if numero and (not numero.isascii() or not numero.isdigit() or len(numero) not in (9, 10)):
            raise forms.ValidationError("Le numéro étranger compte 10 chiffres (9 sur d’anciens titres).")
        return numero

    def clean_numero_demande(self) -> str:
        """Read the number as it is stored."""
        numero = lire_numero(self.cleaned_data["numero_demande"])
        if numero and (len(numero) > 16 or not NUMERO.fullmatch(numero)):
            raise forms.ValidationError("Un numéro de demande s’écrit comme ceci : 67-2026-000123.")
        return numero

    def clean(self) -> dict[str, Any]:
        """Ask for one way, and no other."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return donnees
        voies = [donnees["numero_etranger"], donnees["nom"] or donnees["date_naissance"], donnees["numero_demande"]]
        if sum(map(bool, voies)) != 1:
            raise forms.ValidationError("Remplissez une seule de ces trois façons de dire qui.")
        if bool(donnees["nom"]) != bool(donnees["date_naissance"]):
            manque = "date_naissance" if donnees["nom"] else "nom"
            self.add_error(manque, "Le nom et la date de naissance vont ensemble.")
        return donnees

    @property
    def vise(self) -> Vise:
        """Whom."""
        champs = ("numero_etranger", "nom", "date_naissance", "numero_demande")
        return Vise(**{c: self.cleaned_data[c] for c in champs})
