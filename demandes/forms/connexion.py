"""The agents' login form."""

from __future__ import annotations

from django import forms

from planipref.commun.formulaires import FormulaireDsfr


class FormulaireConnexion(FormulaireDsfr):
    """Account and password; the names of the fields are those password managers know."""

    username = forms.CharField(
        label="Identifiant",
        max_length=150,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Écrivez votre identifiant."},
    )
    password = forms.CharField(
        label="Mot de passe",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": "Écrivez votre mot de passe."},
    )
