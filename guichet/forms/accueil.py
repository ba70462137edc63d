"""Walk-ins: a demande already known, or a new one in eight fields."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms

from demandes.calculs.adresse_postale import manques_a_l_adresse
from demandes.calculs.numeros import lire_numero
from demandes.models import Motif
from guichet.models import Passage
from planipref.commun.formulaires import (
    ChampCourriel,
    ChampDateNaissance,
    ChampNom,
    ChampTelephone,
    FormulaireDsfr,
)

ADRESSE_INCOMPLETE = (
    "Aucune lettre n’arriverait : ajoutez le code postal et la commune (1 rue des Juifs, 67000 Strasbourg), "
    "ou effacez l’adresse."
)
AIDE_PRIORITE = "Handicap, grossesse, grand âge."


def _priorite() -> forms.BooleanField:
    return forms.BooleanField(label="Prioritaire", required=False, help_text=AIDE_PRIORITE)


class FormulaireNumero(FormulaireDsfr):
    """The demande of a person, by its number."""

    numero = forms.CharField(
        label="Numéro de la demande",
        max_length=16,
        help_text="Par exemple 67-2026-000123.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean_numero(self) -> str:
        """Return the number as it is stored."""
        return lire_numero(self.cleaned_data["numero"])


class FormulaireNumeroOuNom(FormulaireNumero):
    """The demande of the person at the counter, by its number or by a name, of which the demandes are then shown."""

    numero = forms.CharField(
        label="Numéro de la demande, ou nom de la personne",
        max_length=100,
        help_text="Par exemple 67-2026-000123, ou Ben Ali.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class FormulaireRattachement(FormulaireNumero):
    """Give a ticket for a demande by its number."""

    priorite = _priorite()

    def clean_priorite(self) -> int:
        """Return the rank of priority."""
        return int(Passage.Priorite.PRIORITAIRE if self.cleaned_data["priorite"] else Passage.Priorite.NORMALE)


IDENTITE = ("nom", "prenoms", "date_naissance", "courriel", "telephone", "adresse")


class FormulaireSansRdv(FormulaireDsfr):
    """Open a demande for someone who comes without one: eight fields, four of them mandatory.

    The browser must not remember one usager's identity for the next: no autocomplete.
    """

    motif = forms.ChoiceField(label="Pour quoi vient la personne ?")
    nom = ChampNom(label="Nom de famille", autocomplete="off")
    prenoms = ChampNom(label="Prénoms", autocomplete="off", max_length=150)
    date_naissance = ChampDateNaissance(label="Date de naissance", help_text="JJ/MM/AAAA ; 00 si inconnu.")
    courriel = ChampCourriel(label="Courriel", required=False, help_text="")
    telephone = ChampTelephone(label="Téléphone", required=False, help_text="")
    adresse = forms.CharField(
        label="Adresse postale",
        required=False,
        max_length=250,
        help_text="Avec le code postal et la commune : sans courriel, les lettres y partent.",
    )
    priorite = _priorite()
    # Sent again by a double press or a page reloaded, the same form opens no second demande.
    saisie = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, motifs: Sequence[Motif], curseur: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "nouvelle_%s")
        super().__init__(*args, **kwargs)
        self.motifs = {m.code: m for m in motifs}
        self.fields["motif"].choices = [
            ("", "Choisissez"),
            *(
                (service, [(m.code, m.libelle_court) for m in groupe])
                for service, groupe in groupby(motifs, key=lambda m: m.get_genre_service_display())
            ),
        ]
        for nom in ("date_naissance", "courriel", "telephone", "adresse"):
            self.fields[nom].widget.attrs["autocomplete"] = "off"
        self.fields["motif"].widget.attrs["data-raccourci"] = "n"
        if curseur:
            self.fields["motif"].widget.attrs["autofocus"] = True

    def clean_motif(self) -> Motif:
        """Return the motif chosen."""
        return self.motifs[self.cleaned_data["motif"]]

    def clean_adresse(self) -> str:
        """Ask at once for what a letter would lack: the person is there to say it."""
        adresse: str = self.cleaned_data["adresse"].strip()
        if not self.cleaned_data.get("courriel") and manques_a_l_adresse(adresse, "", ""):
            raise forms.ValidationError(ADRESSE_INCOMPLETE, code="adresse_incomplete")
        return adresse

    def clean_priorite(self) -> int:
        """Return the rank of priority."""
        return int(Passage.Priorite.PRIORITAIRE if self.cleaned_data["priorite"] else Passage.Priorite.NORMALE)

    @property
    def identite(self) -> dict[str, Any]:
        """Fields of the usager's identity, as the service takes them."""
        return {c: self.cleaned_data[c] for c in IDENTITE if c in self.cleaned_data}


class FormulaireOuverture(FormulaireSansRdv):
    """Open a demande for somebody already at the counter: their ticket says when they came, and whether first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["priorite"], self.fields["saisie"]
