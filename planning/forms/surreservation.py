"""The rules of over- and under-booking of a site, as the manager types them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms

from planipref.commun.formulaires import FormulaireDsfr
from planning.calculs.propositions import Regles
from planning.models import RegleSurreservation

OUI, NON = "oui", "non"


def _entier(libelle: str, maximum: int) -> forms.IntegerField:
    widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=libelle, min_value=0, max_value=maximum, required=False, widget=widget)


def _poids(libelle: str) -> forms.FloatField:
    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    return forms.FloatField(label=libelle, min_value=0, max_value=100, required=False, localize=True, widget=widget)


class FormulaireRegles(FormulaireDsfr):
    """A site's rules; an empty field follows the national value, which its hint says."""

    active = forms.ChoiceField(label="Proposer de la sur- et de la sous-réservation sur ce site", required=False)
    surplus_max = _entier("Places de plus que les guichets, par créneau, au plus", 20)
    retrait_max = _entier("Places de moins que les guichets, par créneau, au plus", 20)
    attente_max = _entier("Attente moyenne admise, en minutes par personne", 240)
    depassement_max = _entier("Dépassement admis par ouverture, en minutes de guichet", 2000)
    poids_attente = _poids("Poids d’une minute d’attente d’une personne")
    poids_inoccupation = _poids("Poids d’une minute d’un guichet inoccupé")
    poids_depassement = _poids("Poids d’une minute de guichet après la fermeture")

    def __init__(self, *args: Any, nationales: Regles, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        national = "oui" if nationales.active else "non"
        self.fields["active"].choices = [("", f"Comme le pays ({national})"), (OUI, "Oui"), (NON, "Non")]
        for nom in self.fields:
            if nom != "active":
                valeur = f"{getattr(nationales, nom):g}".replace(".", ",")
                self[nom].help_text = f"Vide : la valeur nationale, {valeur}."

    @staticmethod
    def depuis(posee: RegleSurreservation | None) -> dict[str, Any]:
        """Return the initial values that show what a site has set."""
        if posee is None:
            return {}
        active = "" if posee.active is None else (OUI if posee.active else NON)
        return {c.name: getattr(posee, c.name) for c in fields(Regles)} | {"active": active}

    def clean_active(self) -> bool | None:
        """Return yes, no, or None for the national value."""
        choix = self.cleaned_data["active"]
        return choix == OUI if choix else None
