"""Reads of the planning file of each agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from demandes.droits import Droit
from demandes.models import Agent, Prefecture, Site
from planipref.commun.horloge import aujourdhui
from planning.models import FileGuichet, Habilitation, RegimeTravail, ReglesPlanning
from planning.selectors_agents import agents_planifies

SANS = "aucune"  # the filter for who has no habilitation


@dataclass
class LigneFiche:
    """An agent as the list shows them.

    Args:
        agent: who.
        prefecture: where.
        habilitations: those that hold today.
        regime: the one that holds today, if any.
    """

    agent: Agent
    prefecture: Prefecture
    habilitations: list[Habilitation] = field(default_factory=list)
    regime: RegimeTravail | None = None


def lignes_de_fiches(planificateur: Agent, q: str, file: str) -> list[LigneFiche]:
    """Return the agents whom an agent plans, by name (five queries).

    Args:
        planificateur: who plans.
        q: part of a name; empty for all.
        file: number of a queue that they serve today, `SANS` for those who serve none; empty for all.
    """
    lignes = {agent.pk: LigneFiche(agent, prefecture) for agent, prefecture in agents_planifies(planificateur)}
    jours: dict[int, date] = {}
    for ligne in lignes.values():
        jours.setdefault(ligne.prefecture.pk, aujourdhui(ligne.prefecture.fuseau))
    habilitations = Habilitation.objects.filter(agent__in=lignes).select_related("file__site")
    for habilitation in habilitations.order_by("file__site", "file__lettre", "pk"):
        ligne = lignes[habilitation.agent_id]
        if jours[ligne.prefecture.pk] in habilitation.pendant:
            ligne.habilitations.append(habilitation)
    for regime in RegimeTravail.objects.filter(agent__in=lignes).order_by("pk"):
        ligne = lignes[regime.agent_id]
        if jours[ligne.prefecture.pk] in regime.pendant:
            ligne.regime = regime
    mots = q.casefold().split()
    return [x for x in lignes.values() if all(m in str(x.agent).casefold() for m in mots) and _sert(x, file)]


def _sert(ligne: LigneFiche, file: str) -> bool:
    if file == SANS:
        return not ligne.habilitations
    return not file or any(str(h.file_id) == file for h in ligne.habilitations)


def agent_planifie(planificateur: Agent, pk: int) -> tuple[Agent, Prefecture] | None:
    """Return an agent whom an agent plans, and where."""
    return next(((a, p) for a, p in agents_planifies(planificateur) if a.pk == pk), None)


def habilitations_de(agent: Agent, prefectures: Sequence[Prefecture]) -> list[Habilitation]:
    """Return an agent's habilitations in some préfectures, past ones too."""
    lignes = Habilitation.objects.filter(agent=agent, file__site__prefecture__in=prefectures)
    return list(lignes.select_related("agent", "file__site").order_by("file__site", "file__lettre", "pendant", "pk"))


def regimes_de(agent: Agent) -> list[RegimeTravail]:
    """Return an agent's work regimes, past ones too, the newest first."""
    lignes = RegimeTravail.objects.filter(agent=agent).select_related("agent", "preference")
    return list(lignes.order_by("-pendant", "pk"))


def habilitation_planifiee(planificateur: Agent, pk: int) -> Habilitation | None:
    """Return a habilitation for a queue of a préfecture where an agent plans."""
    sites = Site.objects.visibles_par(planificateur, Droit.PLANIFIER)
    return Habilitation.objects.filter(pk=pk, file__site__in=sites).select_related("agent", "file__site").first()


def regime_planifie(planificateur: Agent, pk: int) -> tuple[RegimeTravail, Prefecture] | None:
    """Return the work regime of an agent whom an agent plans, and where."""
    regime = RegimeTravail.objects.filter(pk=pk).select_related("agent").first()
    trouve = agent_planifie(planificateur, regime.agent_id) if regime else None
    return (regime, trouve[1]) if regime and trouve else None


def regles_de(site: Site) -> ReglesPlanning:
    """Return the rules of a site, the national ones when it has none."""
    return ReglesPlanning.objects.filter(site=site).first() or ReglesPlanning(site=site)


def files_du_site(site: Site) -> list[FileGuichet]:
    """Return the queues in use of a site."""
    return list(FileGuichet.objects.actives().filter(site=site).order_by("lettre", "pk"))
