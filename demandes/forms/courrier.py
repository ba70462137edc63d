"""What an agent writes about a message that did not arrive."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from demandes.models import Usager
from demandes.services.non_remis import Coordonnees
from planipref.commun.formulaires import ChampCourriel, ChampTelephone, FormulaireDsfr

SANS_AIDE = {"autocomplete": "off"}


class FormulairePrevenu(FormulaireDsfr):
    """How the person was told."""

    note = forms.CharField(
        label="Comment la personne a-t-elle été prévenue ?",
        max_length=300,
        widget=forms.TextInput(SANS_AIDE),
        help_text="Exemple : au téléphone, par son assistante sociale. Pas d’autre détail.",
    )


class FormulaireCoordonnees(FormulaireDsfr):
    """How to reach the person from now on."""

    courriel = ChampCourriel(label="Courriel", required=False, help_text="", max_length=254)
    telephone = ChampTelephone(label="Téléphone", required=False, help_text="")
    adresse = forms.CharField(label="Numéro et rue", required=False, max_length=250, widget=forms.TextInput(SANS_AIDE))
    code_postal = forms.CharField(
        label="Code postal",
        required=False,
        max_length=5,
        validators=[RegexValidator(r"\A[0-9]{5}\Z", "Le code postal compte 5 chiffres. Exemple : 67000")],
        widget=forms.TextInput({**SANS_AIDE, "inputmode": "numeric"}),
    )
    commune = forms.CharField(label="Commune", required=False, max_length=80, widget=forms.TextInput(SANS_AIDE))

    def __init__(self, *args: Any, usager: Usager, **kwargs: Any) -> None:
        valeurs = {c: getattr(usager, c) for c in Coordonnees.__dataclass_fields__}
        super().__init__(*args, initial=valeurs, **kwargs)
        for nom in ("courriel", "telephone"):
            self.fields[nom].widget.attrs["autocomplete"] = "off"

    @property
    def coordonnees(self) -> Coordonnees:
        """What was typed."""
        return Coordonnees(**{c: self.cleaned_data[c] for c in Coordonnees.__dataclass_fields__})
