"""Visits of a load, waiting for their day to be complete: tickets follow each other in the order of arrival."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from planipref.pages.chargement.calendrier import texte
from planipref.pages.chargement.tables import NUL


class Visite(NamedTuple):
    """A visit without its ticket.

    Args:
        arrivee: instant.
        id: identifier.
        site_id: where.
        avant: columns between the site and the day.
        apres: columns after the ticket.
        phases: lines of its phases.
    """

    arrivee: int
    id: int
    site_id: int
    avant: str
    apres: str
    phases: list[str]


class Salle:
    """The desks of a préfecture.

    Args:
        tickets: last ticket given, by site and civil day.
        lignes: where the lines of visits go.
        phases: where those of their phases go.
    """

    def __init__(self, tickets: dict[tuple[int, int], int], lignes: list[str], phases: list[str]) -> None:
        self.tickets = tickets
        self.changes: set[tuple[int, int]] = set()
        self._lignes = lignes
        self._phases = phases
        self._jours: dict[int, list[Visite]] = {}

    def attendre(self, jour: int, visite: Visite) -> None:
        """Note a visit of a civil day."""
        self._jours.setdefault(jour, []).append(visite)

    def fermer(self, avant: int) -> None:
        """Give their tickets to the visits of the days before one."""
        for jour in sorted(j for j in self._jours if j < avant):
            civil = date.fromordinal(jour)
            for v in sorted(self._jours.pop(jour)):
                cle = (v.site_id, jour)
                self.tickets[cle] = ticket = self.tickets.get(cle, 0) + 1
                self.changes.add(cle)
                self._lignes.append(f"{v.id}\t{v.site_id}\t{v.avant}\t{civil}\t{ticket}\t{v.apres}\n")
                self._phases.extend(v.phases)


def nul_ou(instant: int | None) -> str:
    """Write an instant that may be missing."""
    return NUL if instant is None else texte(instant)
