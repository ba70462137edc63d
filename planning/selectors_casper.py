"""Reads of the pages about CASPER."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

from demandes.models import Agent, Prefecture
from planning.models import AgentCasper, CodeCasper
from planning.selectors_agents import AbsenceDite, dire_absence
from planning.selectors_lecture_casper import LigneCasper


def agents_casper(prefecture: Prefecture) -> models.QuerySet[AgentCasper]:
    """Return the identifiers known in a préfecture, by agent."""
    connus = AgentCasper.objects.filter(prefecture=prefecture).select_related("agent", "prefecture")
    return connus.order_by("agent__last_name", "agent__first_name", "agent", "pk")


def codes_casper(prefecture: Prefecture) -> models.QuerySet[CodeCasper]:
    """Return the codes known in a préfecture."""
    return CodeCasper.objects.filter(prefecture=prefecture).select_related("prefecture").order_by("code", "pk")


def agents_de(prefecture: Prefecture) -> list[Agent]:
    """Return who works in a préfecture, by name."""
    return list(Agent.objects.de_la_prefecture(prefecture.pk).order_by("last_name", "first_name", "pk"))


@dataclass(frozen=True)
class LigneDite:
    """A line that writes something, as the page shows it."""

    ligne: LigneCasper
    dite: AbsenceDite


def dire_lignes(lignes: Iterable[LigneCasper], fuseau: str) -> list[LigneDite]:
    """Return what lines write, in civil days."""
    return [LigneDite(ligne, dire_absence(ligne.absence, fuseau)) for ligne in lignes if ligne.absence is not None]
