"""Agents' forms about the pieces and the messages of a file."""

from __future__ import annotations

from django import forms

from planipref.commun.formulaires import ChampFichiers, FormulaireDsfr


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
    """What the agent scans for the usager: several files make one document."""

    fichiers = ChampFichiers(
        label="Fichiers à ajouter",
        help_text="Une ou plusieurs photos nettes, ou des PDF : ils font un seul document, dans cet ordre.",
    )


class FormulaireMessage(FormulaireDsfr):
    """A message to the usager."""

    corps = forms.CharField(
        label="Votre message à l’usager",
        help_text="Il en est prévenu comme le dit sa fiche (« Prévenu par »), et le lit dans son suivi.",
        max_length=5000,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        error_messages={"required": "Écrivez votre message."},
    )
    fichiers = ChampFichiers(label="Un document à joindre", required=False)
