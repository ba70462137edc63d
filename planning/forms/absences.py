"""An agent's absence, as the manager types it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from demandes.models import Agent, Prefecture
from planipref.commun.formulaires import ChampDate, FormulaireDsfr
from planning.models import Absence
from planning.services.conges import APRES_MIDI, JOURNEE, MATIN, Jours

PARTIES = ((JOURNEE, "Toute la journée"), (MATIN, "Le matin seulement"), (APRES_MIDI, "L’après-midi seulement"))


class FormulaireAbsence(FormulaireDsfr):
    """Who is away, why and when."""

    agent = forms.ChoiceField(label="Agent")
    genre = forms.ChoiceField(label="Raison", choices=Absence.Genre.choices)
    du = ChampDate(label="Premier jour")
    au = ChampDate(label="Dernier jour (compris)")
    partie = forms.ChoiceField(label="Partie de la journée", choices=PARTIES)

    def __init__(self, *args: Any, agents: Sequence[tuple[Agent, Prefecture]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agents = {str(agent.pk): (agent, prefecture) for agent, prefecture in agents}
        self.fields["agent"].choices = [("", "Choisissez"), *((pk, str(a)) for pk, (a, _) in self.agents.items())]

    def clean_agent(self) -> tuple[Agent, Prefecture]:
        """Return the agent chosen, and where they work."""
        return self.agents[self.cleaned_data["agent"]]

    @property
    def jours(self) -> Jours:
        """The days typed."""
        return Jours(self.cleaned_data["du"], self.cleaned_data["au"], self.cleaned_data["partie"])
