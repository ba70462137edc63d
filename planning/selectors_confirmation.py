"""Reads of the appointments taken over whose person has still to say that they will come."""

from __future__ import annotations

from datetime import datetime

from demandes.droits import Droit
from demandes.models import Agent, Demande, Prefecture, Site
from planning.models import RendezVous
from planning.querysets import RendezVousQuerySet


def a_confirmer(agent: Agent, prefecture: Prefecture, *, maintenant: datetime) -> RendezVousQuerySet:
    """Return those that an agent may handle, the first to come first: at the sites they plan, not of their déports.

    Args:
        agent: who plans there.
        prefecture: of the slots.
        maintenant: instant.
    """
    ici = _a_portee(agent).a_confirmer(maintenant).filter(creneau__file__site__prefecture=prefecture)
    return ici.order_by("creneau__debut", "pk")


def rendez_vous_montre(agent: Agent, pk: int) -> RendezVous | None:
    """Return an appointment where the agent plans, as shown to them; confirmed, moved or past since, perhaps."""
    return _a_portee(agent).filter(pk=pk, a_confirmer=True).first()


def _a_portee(agent: Agent) -> RendezVousQuerySet:
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    siens = RendezVous.objects.filter(creneau__file__site__in=sites)
    return siens.filter(convocation__demande__in=Demande.objects.visibles_par(agent)).select_related(
        "creneau__file__site__prefecture",
        "convocation__demande__usager",
        "convocation__demande__motif",
        "convocation__demande__prefecture",
    )
