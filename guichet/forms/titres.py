"""Titles received: one typed, a file of them, the demande that one is for, and why some are sent back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from demandes.calculs.numeros import lire_numero
from demandes.models import Site
from guichet.models import Titre
from guichet.services.lecture_titres import OCTETS_MAX, TitreRecu, lire_cellules
from planipref.commun.champs import SaisieDate
from planipref.commun.formulaires import ChampFichier, FormulaireDsfr
from planipref.commun.horloge import aujourdhui

SANS_AIDE = {"autocomplete": "off", "spellcheck": "false"}
MAJUSCULES = {**SANS_AIDE, "autocapitalize": "characters"}


class FormulaireDuSite(FormulaireDsfr):
    """Asks at which site the titles are kept, unless there is only one."""

    site = forms.TypedChoiceField(
        label="Sur quel site ces titres sont-ils gardés ?",
        error_messages={"required": "Choisissez le site.", "invalid_choice": "Choisissez un de vos sites."},
    )

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(s.pk): s for s in sites}
        champ: Any = self.fields["site"]
        choix = [(cle, f"{s.nom} ({s.prefecture.departement})") for cle, s in self.sites.items()]
        champ.choices = choix if len(choix) == 1 else [("", "Choisir"), *choix]

    def clean_site(self) -> Site:
        """Return the site itself."""
        return self.sites[self.cleaned_data["site"]]


class FormulaireTitre(FormulaireDuSite):
    """One title, typed."""

    numero_titre = forms.CharField(
        label="Numéro du titre", max_length=40, widget=forms.TextInput(MAJUSCULES), help_text="Imprimé sur la carte."
    )
    numero_etranger = forms.CharField(
        label="Numéro étranger",
        max_length=20,
        widget=forms.TextInput({**SANS_AIDE, "inputmode": "numeric"}),
        help_text="10 chiffres, ou 9 sur d’anciens titres.",
    )
    nom = forms.CharField(label="Nom imprimé", required=False, max_length=200, widget=forms.TextInput(SANS_AIDE))
    prenoms = forms.CharField(
        label="Prénoms imprimés", required=False, max_length=300, widget=forms.TextInput(SANS_AIDE)
    )
    date_reception = forms.CharField(
        label="Reçu le", required=False, widget=SaisieDate(), help_text="JJ/MM/AAAA ; vide : aujourd’hui."
    )

    field_order = ["numero_titre", "numero_etranger", "nom", "prenoms", "date_reception", "site"]

    def __init__(self, *args: Any, maintenant: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.maintenant = maintenant
        self.recu: TitreRecu | None = None

    def clean(self) -> dict[str, Any]:
        """Read the title as a line of the file is read; each refusal stands beside its field."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        ecrites = {c: str(donnees.get(c, "")) for c in ("numero_titre", "numero_etranger", "nom", "prenoms")}
        ecrites["date_reception"] = str(donnees.get("date_reception", ""))
        self.recu, raisons = lire_cellules(ecrites, self._jour(donnees.get("site")))
        for champ, raison in raisons.items():
            if champ not in self.errors:
                self.add_error(champ, ValidationError(f"{raison[0].upper()}{raison[1:]}", code=champ))
        return donnees

    def _jour(self, site: Site | None) -> date:
        """Return today where the title is; as long as no site is chosen, the latest of today among them."""
        jours = [aujourdhui(s.prefecture.fuseau, self.maintenant) for s in ([site] if site else self.sites.values())]
        return max(jours, default=self.maintenant.date())


class FormulaireImportTitres(FormulaireDuSite):
    """A file of titles."""

    fichier = ChampFichier(
        label="Votre fichier",
        formats=("csv", "txt"),
        taille_maximale=OCTETS_MAX,
        help_text="Format CSV, enregistré depuis un tableur ou reçu avec les titres.",
    )
    field_order = ["site", "fichier"]


class FormulaireConfirmationTitres(FormulaireDuSite):
    """The file that was shown, sent back to be registered; nothing of it is kept on the server in between."""

    contenu = forms.CharField(widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].widget = forms.HiddenInput()


class FormulaireRattacherTitre(FormulaireDsfr):
    """The demande that a title is for."""

    numero = forms.CharField(
        label="Numéro de la demande",
        max_length=16,
        help_text="Par exemple 67-2026-000123.",
        widget=forms.TextInput(MAJUSCULES),
    )
    malgre_le_numero = forms.BooleanField(
        label="C’est bien cette personne, malgré un numéro étranger ou un nom différent", required=False
    )

    def clean_numero(self) -> str:
        """Return the number as it is stored."""
        return lire_numero(self.cleaned_data["numero"])


class FormulaireRenvoi(FormulaireDsfr):
    """Why the titles chosen are sent back."""

    motif = forms.ChoiceField(
        label="Pourquoi les renvoyer ?",
        choices=[("", "Choisir"), *Titre.MotifRenvoi.choices],
        error_messages={"required": "Choisissez pourquoi ces titres sont renvoyés."},
    )
