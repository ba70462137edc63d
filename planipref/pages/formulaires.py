"""Forms of the follow-up pages."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from planipref.commun.formulaires import ChampDateNaissance, ChampFichiers, FormulaireDsfr

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
