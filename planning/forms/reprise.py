"""The former booking module: a file, its words, and what becomes of a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from demandes.models import Motif
from planipref.commun.formulaires import ChampFichier, FormulaireDsfr
from planipref.commun.tableur import cle_de_colonne
from planning.models import FileGuichet, ReglagesReprise
from planning.selectors_lecture_reprise import COLONNES, OBLIGATOIRES, OCTETS_MAX


def _texte(libelle: str, longueur: int, **options: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=libelle, max_length=longueur, widget=widget, **options)


class FormulaireImportReprise(FormulaireDsfr):
    """A file of appointments."""

    fichier = ChampFichier(
        label="Votre fichier",
        formats=("csv", "txt", "ics"),
        taille_maximale=OCTETS_MAX,
        help_text="Format CSV ou ICS, tel que l’ancien module l’exporte.",
    )


class FormulaireConfirmationReprise(FormulaireDsfr):
    """The file that was shown, sent back to be written; nothing of it is kept on the server in between."""

    contenu = forms.CharField(widget=forms.HiddenInput, strip=False)


class FormulaireColonnesReprise(FormulaireDsfr):
    """Headings of the file, and whether each file holds everything."""

    complet = forms.BooleanField(
        label="Chaque fichier contient tous les rendez-vous à venir : ceux qui n’y sont plus vous sont signalés",
        required=False,
    )

    def __init__(self, *args: Any, reglages: ReglagesReprise, **kwargs: Any) -> None:
        initial: dict[str, Any] = {f"colonne_{c}": reglages.colonnes.get(c, c) for c in COLONNES}
        super().__init__(*args, initial=initial | {"complet": reglages.complet}, **kwargs)
        for colonne, aide in COLONNES.items():
            self.fields[f"colonne_{colonne}"] = _texte(f"Colonne : {aide}", 60, required=colonne in OBLIGATOIRES)
        self.order_fields([f"colonne_{c}" for c in COLONNES])

    def clean(self) -> dict[str, Any]:
        """Refuse one heading for two columns."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        vues: set[str] = set()
        for colonne in COLONNES:
            cle = cle_de_colonne(donnees.get(f"colonne_{colonne}", ""))
            if cle and cle in vues:
                self.add_error(f"colonne_{colonne}", ValidationError("Une autre colonne porte déjà ce nom."))
            vues.add(cle)
        return donnees

    @property
    def colonnes(self) -> dict[str, str]:
        """The headings typed."""
        return {c: self.cleaned_data[f"colonne_{c}"] for c in COLONNES}


class FormulaireMotifRepris(FormulaireDsfr):
    """What an object of the former module is here."""

    libelle = _texte("Motif dans l’ancien module", 200, help_text="Tel qu’il est écrit dans le fichier.")
    motif = forms.ChoiceField(label="Démarche")
    file = forms.ChoiceField(label="File qui reçoit")

    def __init__(self, *args: Any, motifs: Iterable[Motif], files: Iterable[FileGuichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.motifs = {str(m.pk): m for m in motifs}
        self.files = {str(f.pk): f for f in files}
        vide = [("", "Choisissez")]
        self.fields["motif"].choices = vide + [(pk, m.libelle_court) for pk, m in self.motifs.items()]
        self.fields["file"].choices = vide + [(pk, f"{f.site.nom} : {f.nom}") for pk, f in self.files.items()]

    def clean_motif(self) -> Motif:
        """Return the motif chosen."""
        return self.motifs[self.cleaned_data["motif"]]

    def clean_file(self) -> FileGuichet:
        """Return the queue chosen."""
        return self.files[self.cleaned_data["file"]]


class FormulaireEcarter(FormulaireDsfr):
    """Why a line is set aside."""

    raison = _texte("Pourquoi ?", 200, help_text="Par exemple : appelée le 3 mars, ne vient plus.")
