"""Reads of who works when: absences to come, an agent's own posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from demandes.droits import Droit
from demandes.models import Agent, Attribution, Prefecture
from planipref.commun.horloge import aujourdhui
from planning.models import Absence, Affectation
from planning.querysets import bornes_du_jour

SEMAINES_MONTREES = 5


def agents_planifies(agent: Agent) -> list[tuple[Agent, Prefecture]]:
    """Return the agents of the préfectures where an agent plans, by name, each with one of these (three queries)."""
    prefectures = Prefecture.objects.visibles_par(agent, Droit.PLANIFIER)
    attributions = (
        Attribution.objects.en_vigueur()
        .filter(prefecture__in=prefectures, agent__is_active=True)
        .select_related("agent", "prefecture")
        .order_by("agent__last_name", "agent__first_name", "agent", "prefecture")
    )
    vus: dict[int, tuple[Agent, Prefecture]] = {}
    for attribution in attributions:
        vus.setdefault(attribution.agent_id, (attribution.agent, attribution.prefecture))
    return list(vus.values())


def absences_a_venir(agents: Sequence[Agent], *, maintenant: datetime) -> models.QuerySet[Absence]:
    """Return the absences of these agents that are not over, the nearest first."""
    finies = models.Q(pendant__endswith__lte=maintenant)
    absences = Absence.objects.filter(agent__in=agents).exclude(finies)
    return absences.select_related("agent").order_by("pendant", "agent", "pk")


@dataclass(frozen=True)
class AbsenceDite:
    """An absence as a list shows it.

    Args:
        absence: the row.
        du: first day.
        au: last day, included.
        partie: « matin » or « après-midi » when it is half a day.
    """

    absence: Absence
    du: date
    au: date
    partie: str


def dire_absence(absence: Absence, fuseau: str) -> AbsenceDite:
    """Return an absence in civil days."""
    return AbsenceDite(absence, *dire_periode(absence.pendant, fuseau))


def dire_periode(pendant: Any, fuseau: str) -> tuple[date, date, str]:
    """Return the first day of a period, its last one, and « matin » or « après-midi » when it is half a day."""
    zone = ZoneInfo(fuseau)
    debut, fin = pendant.lower.astimezone(zone), pendant.upper.astimezone(zone)
    dernier = (fin - timedelta(microseconds=1)).date()
    partie = ""
    if debut.date() == dernier and fin - debut < timedelta(hours=20):
        partie = "après-midi" if debut.hour >= 12 else "matin"
    return debut.date(), dernier, partie


@dataclass(frozen=True)
class JourDeTravail:
    """A day of an agent: its posts in order, and why they are away."""

    jour: date
    affectations: list[Affectation]
    absence: Absence | None


@dataclass(frozen=True)
class SemaineDeTravail:
    """A week of an agent: its Monday, and the days when they work or are away."""

    lundi: date
    jours: list[JourDeTravail]


def mon_planning(agent: Agent, *, maintenant: datetime) -> list[SemaineDeTravail]:
    """Return an agent's weeks from this one on, in the time of the first préfecture where they work (three queries).

    Args:
        agent: who.
        maintenant: instant.
    """
    prefecture = Prefecture.objects.visibles_par(agent, Droit.CONSULTER).earliest("departement")
    jour = aujourdhui(prefecture.fuseau, maintenant)
    lundi = jour - timedelta(days=jour.weekday())
    fin = bornes_du_jour(lundi + timedelta(weeks=SEMAINES_MONTREES), prefecture.fuseau)[0]
    periode = (bornes_du_jour(lundi, prefecture.fuseau)[0], fin)
    postes = list(affectations_de(agent).filter(pendant__overlap=periode))
    absences = list(Absence.objects.filter(agent=agent, pendant__overlap=periode).order_by("pendant", "pk"))
    semaines = []
    for debut in (lundi + timedelta(weeks=s) for s in range(SEMAINES_MONTREES)):
        jours = [_jour(debut + timedelta(days=j), postes, absences, prefecture.fuseau) for j in range(7)]
        semaines.append(SemaineDeTravail(debut, [j for j in jours if j.affectations or j.absence]))
    return semaines


def _jour(jour: date, postes: Sequence[Affectation], absences: Sequence[Absence], fuseau: str) -> JourDeTravail:
    debut, fin = bornes_du_jour(jour, fuseau)

    def ce_jour(ligne: Any) -> bool:
        return bool(ligne.pendant.lower < fin and ligne.pendant.upper > debut)

    return JourDeTravail(jour, [p for p in postes if ce_jour(p)], next((a for a in absences if ce_jour(a)), None))


def affectations_de(agent: Agent) -> models.QuerySet[Affectation]:
    """Return an agent's posts in order, with their place."""
    return (
        Affectation.objects.filter(agent=agent)
        .select_related("site__prefecture", "guichet", "file")
        .order_by("pendant", "pk")
    )
