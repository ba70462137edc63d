"""What the plan knows of an agent and of a site, as the manager types it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms

from planipref.commun.formulaires import ChampDate, FormulaireDsfr
from planning.forms.ouvertures import champ_heure, champ_nombre, choix_de_files
from planning.models import FileGuichet, Habilitation, RegimeTravail, ReglesPlanning
from planning.selectors_semaine import DEMI_JOURNEES, quand
from planning.services.fiches import ValeursHabilitation, ValeursRegime

DEMIES = [(str(h), quand(h).capitalize()) for h in range(DEMI_JOURNEES)]


def dernier_jour(pendant: Any) -> Any:
    """Return the last day of a period, included; None without end."""
    return pendant.upper - timedelta(days=1) if pendant.upper else None


class FormulaireHabilitation(FormulaireDsfr):
    """A queue that an agent may serve."""

    file = forms.ChoiceField(label="File d’attente")
    niveau = forms.TypedChoiceField(
        label="Niveau",
        choices=Habilitation.Niveau.choices,
        coerce=int,
        help_text="Un référent est compté comme agent expérimenté.",
    )
    du = ChampDate(label="À partir du")
    au = ChampDate(label="Jusqu’au (dernier jour compris)", required=False)

    def __init__(self, *args: Any, files: Sequence[FileGuichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files = {str(f.pk): f for f in files}
        self.fields["file"].choices = [("", "Choisissez"), *choix_de_files(files)]

    def clean_file(self) -> FileGuichet:
        """Return the queue chosen."""
        return self.files[self.cleaned_data["file"]]

    @property
    def valeurs(self) -> ValeursHabilitation:
        """The habilitation typed."""
        return ValeursHabilitation(**self.cleaned_data)

    @staticmethod
    def depuis(habilitation: Habilitation) -> dict[str, Any]:
        """Return the initial values that show a habilitation."""
        pendant = habilitation.pendant
        return {
            "file": str(habilitation.file_id),
            "niveau": habilitation.niveau,
            "du": pendant.lower,
            "au": dernier_jour(pendant),
        }


def _demies(libelle: str, aide: str = "") -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=libelle,
        choices=DEMIES,
        coerce=int,
        required=False,
        help_text=aide,
        widget=forms.CheckboxSelectMultiple,
    )


class FormulaireRegime(FormulaireDsfr):
    """How much an agent works, when and where."""

    quotite = champ_nombre("Quotité, en pour cent", 10, 100)
    du = ChampDate(label="À partir du")
    au = ChampDate(label="Jusqu’au (dernier jour compris)", required=False)
    arrivee = champ_heure(
        "Arrive à",
        required=False,
        help_text="Vide : dès l’ouverture. Sinon, pas de poste sur une demi-journée commencée.",
    )
    depart = champ_heure("Part à", required=False, help_text="Vide : à la fermeture.")
    libres = _demies("Demi-journées non travaillées")
    teletravail = _demies("Demi-journées de télétravail", "L’agent n’y tient ni guichet ni accueil.")
    preference = forms.ChoiceField(label="File préférée", required=False)

    def __init__(self, *args: Any, files: Sequence[FileGuichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files = {str(f.pk): f for f in files}
        self.fields["preference"].choices = [("", "Aucune"), *choix_de_files(files)]

    def clean_preference(self) -> FileGuichet | None:
        """Return the queue chosen, if any."""
        return self.files.get(self.cleaned_data["preference"])

    @property
    def valeurs(self) -> ValeursRegime:
        """The regime typed."""
        return ValeursRegime(**self.cleaned_data)

    @staticmethod
    def depuis(regime: RegimeTravail) -> dict[str, Any]:
        """Return the initial values that show a regime."""
        champs = ("quotite", "arrivee", "depart", "libres", "teletravail")
        dates = {"du": regime.pendant.lower, "au": dernier_jour(regime.pendant)}
        return {c: getattr(regime, c) for c in champs} | dates | {"preference": str(regime.preference_id or "")}


class FormulaireReglesSite(FormulaireDsfr):
    """What a site asks of a week, and its sensitive queues."""

    agents_accueil = champ_nombre("Agents à l’accueil quand le site est ouvert", 0, 20)
    agents_arriere = champ_nombre("Agents à l’arrière-guichet", 0, 50)
    max_guichet = champ_nombre("Demi-journées de guichet par agent et par semaine, au plus", 1, 12)
    max_sensible = champ_nombre("Demi-journées par agent et par semaine sur une file sensible, au plus", 1, 12)
    sensibles = forms.TypedMultipleChoiceField(
        label="Files sensibles",
        coerce=int,
        required=False,
        help_text="Un même agent n’y reste pas toute la semaine (rotation contre la fraude).",
        widget=forms.CheckboxSelectMultiple,
    )

    echanges_automatiques = forms.BooleanField(
        label="Un échange de demi-journées accepté par le collègue se fait sans le chef de service", required=False
    )

    def __init__(self, *args: Any, files: Sequence[FileGuichet], regles: ReglesPlanning, **kwargs: Any) -> None:
        initial: dict[str, Any] = {c: getattr(regles, c) for c in self.base_fields if c != "sensibles"}
        initial["sensibles"] = [f.pk for f in files if f.sensible]
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["sensibles"].choices = [(f.pk, f.nom) for f in files]
