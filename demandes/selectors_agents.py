"""Reads of agents, as lists to choose from write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from demandes.models import Agent


def noms_des_agents(agents: Iterable[Agent]) -> dict[str, str]:
    """Return what to write for each agent of a list, by identifier: two of one name are told apart by their login."""
    liste = list(agents)
    fois = Counter(str(a) for a in liste)
    return {str(a.pk): f"{a} ({a.username})" if fois[str(a)] > 1 else str(a) for a in liste}
