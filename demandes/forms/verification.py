"""Agents' forms about the pieces and the messages of a file."""

from __future__ import annotations

from django import forms

from planipref.commun.formulaires import ChampFichier, ChampFichiers, FormulaireDsfr


class FormulaireConforme(FormulaireDsfr):
    """Nothing to fill in: the piece is right."""


class FormulaireNonConforme(FormulaireDsfr):
    """Why a piece is not right."""

    raison = forms.CharField(
        label="Pourquoi n’est-elle pas conforme ?",
        help_text="L’usager lira cette phrase.",
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Dites pourquoi la pièce n’est pas conforme."},
    )


class FormulaireAjout(FormulaireDsfr):
    """A file that the agent scans for the usager."""

    fichier = ChampFichier(label="Fichier à ajouter")


class FormulaireMessage(FormulaireDsfr):
    """A message to the usager."""

    corps = forms.CharField(
        label="Votre message à l’usager",
        help_text="Il est prévenu par courriel et le lit dans son suivi.",
        max_length=5000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre message."},
    )
    fichiers = ChampFichiers(label="Un document à joindre", required=False)
