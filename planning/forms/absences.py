"""An agent's absence, as the manager types it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from demandes.models import Agent, Prefecture
from demandes.selectors_agents import noms_des_agents
from planipref.commun.formulaires import ChampDate, FormulaireDsfr
from planning.models import Absence
from planning.models.echanges import MOT_MAX
from planning.services.conges import APRES_MIDI, JOURNEE, MATIN, Jours

PARTIES = ((JOURNEE, "Toute la journée"), (MATIN, "Le matin seulement"), (APRES_MIDI, "L’après-midi seulement"))


class FormulaireJours(FormulaireDsfr):
    """Why one is away and when."""

    genre = forms.ChoiceField(label="Raison", choices=Absence.Genre.choices)
    du = ChampDate(label="Premier jour")
    au = ChampDate(label="Dernier jour (compris)")
    partie = forms.ChoiceField(label="Partie de la journée", choices=PARTIES)

    @property
    def jours(self) -> Jours:
        """The days typed."""
        return Jours(self.cleaned_data["du"], self.cleaned_data["au"], self.cleaned_data["partie"])


def _mot(libelle: str, **options: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": "2"})
    return forms.CharField(label=libelle, max_length=MOT_MAX, required=False, widget=widget, **options)


class FormulaireDemandeConge(FormulaireJours):
    """Leave that an agent asks for."""

    prefecture = forms.ChoiceField(label="Préfecture", help_text="Celle dont le chef de service répond.")
    mot = _mot("Un mot pour votre chef de service", help_text="Sans raison médicale.")
    field_order = ["prefecture"]

    def __init__(self, *args: Any, prefectures: Sequence[Prefecture], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefectures = {str(p.pk): p for p in prefectures}
        if len(prefectures) > 1:
            choix = [(pk, p.nom) for pk, p in self.prefectures.items()]
            self.fields["prefecture"].choices = [("", "Choisissez"), *choix]
        else:
            del self.fields["prefecture"]
        # Sickness is not asked for.
        self.fields["genre"].choices = [c for c in Absence.Genre.choices if c[0] != Absence.Genre.MALADIE]

    @property
    def prefecture_choisie(self) -> Prefecture:
        """Who answers: the préfecture chosen, or the only one."""
        return self.prefectures[self.cleaned_data.get("prefecture") or next(iter(self.prefectures))]


class FormulaireEchange(FormulaireDsfr):
    """To whom an agent proposes a half-day, and for what."""

    contre = forms.ChoiceField(label="Avec qui, et contre quoi", error_messages={"required": "Choisissez un collègue."})
    mot = _mot("Un mot pour votre collègue")

    def __init__(self, *args: Any, choix: Sequence[tuple[str, Sequence[tuple[str, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contre"].choices = [("", "Choisissez"), *choix]

    def clean_contre(self) -> tuple[int, int | None]:
        """Return the colleague, and the half-day of theirs, if any."""
        collegue, _, rendue = self.cleaned_data["contre"].partition("-")
        return int(collegue), int(rendue) if rendue else None


class FormulaireReponse(FormulaireDsfr):
    """What the manager answers."""

    reponse = _mot("Un mot pour l’agent", help_text="Obligatoire pour refuser.")


class FormulaireAbsence(FormulaireJours):
    """Who is away, why and when."""

    agent = forms.ChoiceField(label="Agent")
    field_order = ["agent"]

    def __init__(self, *args: Any, agents: Sequence[tuple[Agent, Prefecture]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agents = {str(agent.pk): (agent, prefecture) for agent, prefecture in agents}
        self.fields["agent"].choices = [("", "Choisissez"), *noms_des_agents(a for a, _ in agents).items()]

    def clean_agent(self) -> tuple[Agent, Prefecture]:
        """Return the agent chosen, and where they work."""
        return self.agents[self.cleaned_data["agent"]]
