"""Forms of the follow-up pages."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from demandes.forms.mandat import FormulaireTermes
from planipref.commun.champs import SaisieDate
from planipref.commun.formulaires import ChampDateNaissance, ChampFichier, ChampFichiers, FormulaireDsfr
from planipref.pages.importation import OCTETS_MAX

NUMERO = re.compile(r"(?P<departement>\d[\dAB]\d?)-(?P<annee>\d{4})-(?P<rang>\d{1,6})")


class FormulaireSuivi(FormulaireDsfr):
    """Number and birth date."""

    numero = forms.CharField(
        label=_("Quel est le numéro de votre demande ?"),
        help_text=_("Il est sur votre accusé de réception. Exemple : 67-2026-000123"),
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    date_naissance = ChampDateNaissance(label=_("Quelle est votre date de naissance ?"))

    def clean_numero(self) -> str:
        """Forgive spaces, dashes of word processors and missing zeros."""
        brut = re.sub(r"[\s‐‑–—_/.]+", "-", str(self.cleaned_data["numero"]).strip().upper())
        lu = NUMERO.fullmatch(re.sub(r"-+", "-", brut))
        if lu is None:
            raise forms.ValidationError(_("Ce numéro n’a pas la bonne forme. Exemple : 67-2026-000123"))
        return f"{lu['departement']}-{lu['annee']}-{int(lu['rang']):06d}"


class FormulaireCode(FormulaireDsfr):
    """The six digits of the mail."""

    code = forms.CharField(
        label=_("Quel code avez-vous reçu ?"),
        help_text=_("6 chiffres. Le code est valable 15 minutes."),
        max_length=12,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """Keep the digits."""
        code = "".join(str(self.cleaned_data["code"]).split())
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError(_("Le code compte 6 chiffres."))
        return code


class FormulaireMessage(FormulaireDsfr):
    """A message to the service."""

    corps = forms.CharField(
        label=_("Votre message"),
        max_length=5000,
        widget=forms.Textarea({"rows": "4", "autocomplete": "off"}),
        error_messages={"required": _("Écrivez votre message.")},
    )
    fichiers = ChampFichiers(label=_("Un document à joindre"), required=False)


class FormulaireInvitation(FormulaireTermes):
    """A person who has a demande already: their agreement is asked for by mail."""

    numero = forms.CharField(
        label="Quel est le numéro de la demande ?",
        help_text="Il est sur l’accusé de réception. Exemple : 67-2026-000123",
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    date_naissance = ChampDateNaissance(
        label="Quelle est la date de naissance de la personne ?", widget=SaisieDate({"autocomplete": "off"})
    )
    field_order = ["numero", "date_naissance", "portee", "fin"]

    clean_numero = FormulaireSuivi.clean_numero


class FormulaireImport(FormulaireDsfr):
    """A file of mandates."""

    fichier = ChampFichier(
        label="Votre fichier",
        formats=("csv", "txt"),
        taille_maximale=OCTETS_MAX,
        help_text="Format CSV, enregistré depuis un tableur.",
    )


class FormulaireConfirmation(FormulaireDsfr):
    """The file that was shown, sent back to be registered; nothing of it is kept on the server in between."""

    contenu = forms.CharField(widget=forms.HiddenInput, strip=False)
    attestation = forms.BooleanField(
        label="J’atteste que chaque personne a signé son mandat, et que mon organisme garde les originaux sur papier.",
        error_messages={"required": "Cochez cette case pour enregistrer les mandats."},
    )
