"""How long visits really take, told by the app that sees them: the planning cannot read it itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from demandes.models import Site

RYTHME_MIN, RYTHME_MAX = 50, 200
VISITES_MIN = 30  # below, a mean says little


@dataclass(frozen=True)
class Duree:
    """The visits of a queue.

    Args:
        visites: how many were measured.
        prevues: mean minutes that the catalogue plans for them.
        mesurees: mean minutes that they took, from the call to the end.
    """

    visites: int
    prevues: float
    mesurees: float

    @property
    def suffisante(self) -> bool:
        """Whether enough visits were measured to go by them."""
        return self.visites >= VISITES_MIN

    @property
    def rythme(self) -> int:
        """What a visit takes, in per cent of what is planned."""
        return min(RYTHME_MAX, max(RYTHME_MIN, round(100 * self.mesurees / self.prevues)))


Mesureur = Callable[[Site, date], Mapping[int, Duree]]
_mesureurs: list[Mesureur] = []


def mesurer_avec(mesureur: Mesureur) -> None:
    """Register who measures visits.

    Args:
        mesureur: called with a site and a day; returns the visits before it, by queue.
    """
    if mesureur not in _mesureurs:
        _mesureurs.append(mesureur)


def durees_mesurees(site: Site, jour: date) -> dict[int, Duree]:
    """Return how long visits took before a day, by queue; nothing where nobody measures."""
    durees: dict[int, Duree] = {}
    for mesureur in _mesureurs:
        durees |= mesureur(site, jour)
    return durees
