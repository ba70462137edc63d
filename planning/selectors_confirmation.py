"""Reads of the appointments taken over whose person has still to say that they will come."""

from __future__ import annotations

from datetime import datetime

from demandes.droits import Droit
from demandes.models import Agent, Demande, Prefecture
from planning.models import RendezVous
from planning.querysets import RendezVousQuerySet


def a_confirmer(agent: Agent, prefecture: Prefecture, *, maintenant: datetime) -> RendezVousQuerySet:
    """Return those of a préfecture that an agent may handle, the first to come first: not those of their déports.

    Args:
        agent: who plans there.
        prefecture: of the slots.
        maintenant: instant.
    """
    ici = _a_portee(agent).a_confirmer(maintenant).filter(creneau__file__site__prefecture=prefecture)
    return ici.order_by("creneau__debut", "pk")


def rendez_vous_montre(agent: Agent, pk: int) -> RendezVous | None:
    """Return an appointment where the agent plans, as shown to them; confirmed, moved or past since, perhaps."""
    prefectures = Prefecture.objects.visibles_par(agent, Droit.PLANIFIER)
    montres = _a_portee(agent).filter(pk=pk, a_confirmer=True, creneau__file__site__prefecture__in=prefectures)
    return montres.first()


def _a_portee(agent: Agent) -> RendezVousQuerySet:
    return RendezVous.objects.filter(convocation__demande__in=Demande.objects.visibles_par(agent)).select_related(
        "creneau__file__site__prefecture",
        "convocation__demande__usager",
        "convocation__demande__motif",
        "convocation__demande__prefecture",
    )
