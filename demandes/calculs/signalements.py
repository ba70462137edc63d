"""What makes a signal against the hoarding of appointments: the thresholds, and counts over time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HEURE = timedelta(hours=1)


@dataclass(frozen=True)
class ReglesSignalements:
    """From when something is shown to agents; values of the code, where neither the préfecture nor the country says.

    Args:
        contacts: different persons who give the same phone or the same mail.
        contacts_jours: days in which their demandes were deposited.
        personnes: different persons for whom one connection takes appointments within an hour.
        cessions: places given back, then taken by somebody else, from one connection.
        cession_minutes: longest time between the two: a place given back is held some time before anyone may take it.
    """

    contacts: int = 4
    contacts_jours: int = 30
    personnes: int = 6
    cessions: int = 3
    cession_minutes: int = 60


@dataclass(frozen=True)
class Geste:
    """A place taken or given back behind a link.

    Args:
        le: instant.
        personne: whose appointment.
        creneau: the slot.
        prise: taken, rather than given back.
    """

    le: datetime
    personne: int
    creneau: int
    prise: bool


def personnes_en_une_heure(gestes: Iterable[Geste]) -> int:
    """Return the most different persons for whom places were taken within one hour, whenever it begins."""
    fenetre: deque[Geste] = deque()
    presentes: Counter[int] = Counter()
    record = 0
    for geste in sorted((g for g in gestes if g.prise), key=lambda g: g.le):
        fenetre.append(geste)
        presentes[geste.personne] += 1
        while geste.le - fenetre[0].le > HEURE:
            sortie = fenetre.popleft().personne
            presentes[sortie] -= 1
            if not presentes[sortie]:
                del presentes[sortie]
        record = max(record, len(presentes))
    return record


def cessions(gestes: Iterable[Geste], duree: timedelta) -> list[tuple[Geste, Geste]]:
    """Return the places given back by a person and taken soon after by another, each giving back counted once.

    Args:
        gestes: of one connection.
        duree: longest time between the two.
    """
    rendues: dict[int, list[Geste]] = {}
    trouvees = []
    for geste in sorted(gestes, key=lambda g: (g.le, g.prise)):
        attendent = rendues.setdefault(geste.creneau, [])
        if not geste.prise:
            attendent.append(geste)
            continue
        cedee = next((r for r in attendent if r.personne != geste.personne and geste.le - r.le <= duree), None)
        if cedee is not None:
            attendent.remove(cedee)
            trouvees.append((cedee, geste))
    return trouvees
