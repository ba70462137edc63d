"""Forms of the texts of messages: which one, then its words with their faults beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from demandes.calculs.modeles_messages import ETAPES, OBJET_MAX, SMS, Etape, analyser, analyser_objet
from demandes.models import Motif, Notification
from planipref.commun.formulaires import FormulaireDsfr

TOUTES = "toutes"
# Of `Usager.Langue`, as an agent names them.
LANGUES: dict[str, str] = {
    "fr": "français",
    "falc": "français facile (FALC)",
    "en": "anglais",
    "ar": "arabe",
    "es": "espagnol",
    "pt": "portugais",
    "ru": "russe",
    "tr": "turc",
    "zh": "chinois",
}


class FormulaireChoixModele(FormulaireDsfr):
    """Which text to write."""

    etape = forms.ChoiceField(label="Message", choices=[(e.code, e.libelle) for e in ETAPES.values()])
    canal = forms.ChoiceField(label="Envoyé par", choices=Notification.Canal.choices)
    langue = forms.ChoiceField(label="Langue", choices=LANGUES.items())
    motif = forms.ChoiceField(label="Démarche")

    def __init__(self, *args: Any, motifs: Iterable[Motif], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["motif"].choices = [
            (TOUTES, "Toutes les démarches"),
            *((m.code, f"{m.code} — {m.libelle_court}") for m in motifs),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a channel that the message never takes."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        etape = ETAPES.get(donnees.get("etape", ""))
        if etape and "canal" in donnees and donnees["canal"] not in etape.canaux():
            self.add_error("canal", "Ce message ne part jamais par SMS.")
        return donnees


class FormulaireModele(FormulaireDsfr):
    """The words of a message."""

    objet = forms.CharField(
        label="Objet",
        required=False,
        max_length=OBJET_MAX,
        help_text="Vide : l’objet de PlaniPref.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    texte = forms.CharField(
        label="Texte",
        strip=False,
        error_messages={"required": "Écrivez le texte du message."},
        widget=forms.Textarea({"rows": 12, "autocomplete": "off", "dir": "auto"}),
        help_text="Une ligne vide sépare deux paragraphes.",
    )
    numero = forms.CharField(
        label="Aperçu avec la demande numéro",
        required=False,
        max_length=20,
        help_text="Vide : le dernier message envoyé.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, etape: Etape, canal: str, lit_des_dossiers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.etape, self.canal = etape, canal
        if canal == SMS:
            del self.fields["objet"]
        if not lit_des_dossiers:
            del self.fields["numero"]

    def clean_objet(self) -> str:
        """Refuse what is no subject."""
        objet: str = self.cleaned_data["objet"]
        if fautes := analyser_objet(objet, self.etape, self.canal):
            raise forms.ValidationError(fautes)
        return objet

    def clean_texte(self) -> str:
        """Refuse a text that could not leave."""
        texte: str = self.cleaned_data["texte"]
        if fautes := analyser(texte, self.etape, self.canal):
            raise forms.ValidationError(fautes)
        return texte
