"""Leave of CASPER: a file, and what the words of CASPER mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from demandes.models import Agent
from demandes.selectors_agents import noms_des_agents
from planipref.commun.formulaires import ChampFichier, FormulaireDsfr
from planipref.commun.tableur import cle_de_colonne
from planning.models import Absence, ReglagesCasper
from planning.selectors_lecture_casper import COLONNES, FACULTATIVES, OCTETS_MAX
from planning.services.casper import MotsCasper

PAS_UNE_ABSENCE = "aucune"


def _texte(libelle: str, longueur: int, **options: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=libelle, max_length=longueur, widget=widget, **options)


class FormulaireImportCasper(FormulaireDsfr):
    """A leave file."""

    fichier = ChampFichier(
        label="Votre fichier",
        formats=("csv", "txt", "json"),
        taille_maximale=OCTETS_MAX,
        help_text="Format CSV ou JSON, tel que CASPER l’exporte.",
    )


class FormulaireConfirmationCasper(FormulaireDsfr):
    """The file that was shown, sent back to be written; nothing of it is kept on the server in between."""

    contenu = forms.CharField(widget=forms.HiddenInput, strip=False)


class FormulaireMotsCasper(FormulaireDsfr):
    """Headings of the file, and words of its cells."""

    mots_matin = _texte("Mots pour « le matin »", 200, required=False, help_text="Séparés par des virgules.")
    mots_apres_midi = _texte("Mots pour « l’après-midi »", 200, required=False, help_text="Séparés par des virgules.")
    mots_annules = _texte(
        "États d’une absence qui n’a pas lieu", 200, required=False, help_text="Séparés par des virgules."
    )
    complet = forms.BooleanField(
        label="Chaque fichier contient toutes les absences de sa période : celles qui n’y sont plus sont retirées",
        required=False,
    )

    def __init__(self, *args: Any, reglages: ReglagesCasper, **kwargs: Any) -> None:
        noms = ("mots_matin", "mots_apres_midi", "mots_annules", "complet")
        initial = {nom: getattr(reglages, nom) for nom in noms}
        initial |= {f"colonne_{c}": reglages.colonnes.get(c, c) for c in COLONNES}
        super().__init__(*args, initial=initial, **kwargs)
        for colonne, aide in COLONNES.items():
            champ = _texte(f"Colonne : {aide}", 60, required=colonne not in FACULTATIVES)
            self.fields[f"colonne_{colonne}"] = champ
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
    def mots(self) -> MotsCasper:
        """The words typed."""
        donnees = dict(self.cleaned_data)
        return MotsCasper({c: donnees.pop(f"colonne_{c}") for c in COLONNES}, **donnees)


class FormulaireCodeCasper(FormulaireDsfr):
    """What a code means."""

    code = _texte("Code dans CASPER", 40)
    genre = forms.ChoiceField(
        label="Ce qu’il veut dire ici",
        choices=[("", "Choisissez"), *Absence.Genre.choices, (PAS_UNE_ABSENCE, "Pas une absence (à ignorer)")],
    )

    def clean_genre(self) -> str:
        """Return the kind of absence, empty when it is none."""
        genre = str(self.cleaned_data["genre"])
        return "" if genre == PAS_UNE_ABSENCE else genre


class FormulaireAgentCasper(FormulaireDsfr):
    """What CASPER calls an agent."""

    identifiant = _texte("Identifiant dans CASPER", 60, help_text="Par exemple son matricule.")
    agent = forms.ChoiceField(label="Agent")

    def __init__(self, *args: Any, agents: Sequence[Agent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agents = {str(agent.pk): agent for agent in agents}
        self.fields["agent"].choices = [("", "Choisissez"), *noms_des_agents(self.agents.values()).items()]

    def clean_agent(self) -> Agent:
        """Return the agent chosen."""
        return self.agents[self.cleaned_data["agent"]]
