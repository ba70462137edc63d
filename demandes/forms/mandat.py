"""Forms of mandates: the person's second check, and what an aidant writes of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from demandes.droits import LIBELLES_PORTEES, Portee
from demandes.models import Demande, Mandat
from planipref.commun.formulaires import (
    ChampCourriel,
    ChampDate,
    ChampDateNaissance,
    ChampNom,
    ChampTelephone,
    FormulaireDsfr,
)

PORTEES = [(p.value, LIBELLES_PORTEES[p].capitalize()) for p in Portee]
SANS_AUTOCOMPLETION = {"autocomplete": "off", "spellcheck": "false"}


class FormulaireNaissance(FormulaireDsfr):
    """Second check of the link of a mandate."""

    date_naissance = ChampDateNaissance(label=_("Quelle est votre date de naissance ?"))


class FormulaireTermes(FormulaireDsfr):
    """What a mandate allows, and until when."""

    portee = forms.MultipleChoiceField(
        label="Qu’est-ce que la personne vous permet de faire ?",
        choices=PORTEES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une action."},
    )
    fin = ChampDate(
        label="Jusqu’à quelle date ?",
        help_text="Un an au plus. Format attendu : JJ/MM/AAAA.",
    )

    def __init__(self, *args: Any, jour: date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "portee": [p for p, _libelle in PORTEES],
            "fin": jour + timedelta(days=180),
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class FormulairePersonne(FormulaireTermes):
    """A person who comes for the first time: who they are, what they ask for, how they sign."""

    nom = ChampNom(label="Nom de famille de la personne", help_text="Le nom de naissance.", autocomplete="off")
    prenoms = ChampNom(label="Prénoms", max_length=150, autocomplete="off")
    date_naissance = ChampDateNaissance(label="Date de naissance")
    courriel = ChampCourriel(
        label="Courriel de la personne",
        help_text="Le sien, pas celui de votre organisme. Elle y est prévenue de tout ce que vous faites pour elle.",
        required=False,
        max_length=254,
    )
    telephone = ChampTelephone(label="Téléphone", required=False)
    prefecture = forms.ChoiceField(label="Préfecture", widget=forms.Select)
    motif = forms.ChoiceField(label="Démarche", widget=forms.Select)
    signature = forms.ChoiceField(
        label="Comment la personne donne-t-elle son mandat ?", choices=Mandat.Signature, widget=forms.RadioSelect
    )
    signe_le = ChampDate(
        label="Date de la signature sur papier",
        help_text="Seulement si le mandat est sur papier. Format attendu : JJ/MM/AAAA.",
        required=False,
    )
    original_garde = forms.BooleanField(
        label="J’atteste que la personne a signé ce mandat et que mon organisme garde l’original.",
        help_text="Seulement si le mandat est sur papier. La préfecture peut le demander.",
        required=False,
    )
    field_order = [
        "nom", "prenoms", "date_naissance", "courriel", "telephone", "prefecture", "motif", "portee", "fin",
        "signature", "signe_le", "original_garde",
    ]  # fmt: skip

    def __init__(
        self,
        *args: Any,
        prefectures: Sequence[tuple[str, str]],
        motifs: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        vide = [("", "Choisissez")]
        self.fields["prefecture"].choices = [*([] if len(prefectures) == 1 else vide), *prefectures]
        self.fields["motif"].choices = [*vide, *motifs]
        for nom in ("date_naissance", "courriel", "telephone"):
            self.fields[nom].widget.attrs["autocomplete"] = "off"  # somebody else's than who types

    def clean(self) -> dict[str, Any]:
        """Ask for the date and the attestation of a mandate on paper; drop them otherwise."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        if donnees.get("signature") != Mandat.Signature.PAPIER:
            return {**donnees, "signe_le": None, "original_garde": False}
        if not donnees.get("signe_le") and "signe_le" not in self.errors:
            self.add_error("signe_le", "Indiquez la date de la signature.")
        if not donnees.get("original_garde"):
            self.add_error("original_garde", "Attestez que votre organisme garde l’original signé.")
        return donnees


class FormulaireProcheAccompagne(FormulairePersonne):
    """The next person of a family already accompanied: who they are for the first one too."""

    lien = forms.ChoiceField(
        label="Qui est cette personne pour la première ?",
        choices=Demande.LienFamilial,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites qui est cette personne pour la première."},
    )
    field_order = ["lien", *FormulairePersonne.field_order]


class FormulaireRecherche(FormulaireDsfr):
    """A name or a number among the people accompanied; sent in the body: no name goes into an address."""

    texte = forms.CharField(
        label="Nom de la personne, ou numéro de la demande",
        max_length=100,
        required=False,
        widget=forms.TextInput(SANS_AUTOCOMPLETION),
    )
