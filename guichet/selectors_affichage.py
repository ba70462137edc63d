"""Reads of the public display: tickets and counters, nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demandes.models import Site
from guichet.models import Passage
from planipref.commun.horloge import aujourdhui

DERNIERS = 6
# Whoever is received at once stays on the screen, so that nobody wonders whether their number went by.
GARDE = timedelta(minutes=3)


@dataclass(frozen=True)
class Appel:
    """A ticket called to a counter.

    Args:
        ticket: as printed.
        guichet: number of the counter.
        cle: tells this call from any other, a call of the same ticket once more included.
    """

    ticket: str
    guichet: int
    cle: str

    @property
    def est_long(self) -> bool:
        """Whether it takes more room than a usual ticket: a fifth sign, or a letter as wide as two."""
        return len(self.ticket) > 4 or self.ticket[0] in "MW"


@dataclass(frozen=True)
class Tableau:
    """What the display shows.

    Args:
        appels: the last ones, the newest first.
        en_attente: how many wait.
    """

    appels: tuple[Appel, ...] = ()
    en_attente: int = 0


def site_affiche(code: str) -> Site | None:
    """Return the site of a display, with its préfecture."""
    return Site.objects.filter(code=code).select_related("prefecture").first()


def tableau_de(site: Site, *, maintenant: datetime) -> Tableau:
    """Return what the display of a site shows now (one query, a few rows however many wait).

    Args:
        site: with its préfecture loaded.
        maintenant: instant.
    """
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    passages: list[Any] = list(Passage.objects.du_jour(site.pk, jour).a_afficher(maintenant - GARDE)[:DERNIERS])
    appels = [_appel(p) for p in passages if p.etat != Passage.Etat.ARRIVE]
    return Tableau(tuple(appels), passages[0].en_attente if passages else 0)


def _appel(passage: Any) -> Appel:
    ticket = passage.numero_ticket
    return Appel(ticket, passage.guichet.numero, f"{ticket}-{passage.dernier_appel.timestamp():.6f}")
