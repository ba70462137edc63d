"""What makes a signal against the hoarding of appointments: the thresholds, and counts over time."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log
from typing import TypeVar

HEURE = timedelta(hours=1)
# What chance would give less often than this is shown.
RARE = 1 / 1000
# Added to what is seen elsewhere, so that little seen is not taken for a rule: one place given back of twenty.
A_PRIORI = (1, 20)


@dataclass(frozen=True)
class ReglesSignalements:
    """From when something is shown to agents; values of the code, where neither the préfecture nor the country says.

    Args:
        contacts: different persons who give the same phone or the same mail.
        contacts_jours: days in which their demandes were deposited.
        personnes: different persons for whom one connection takes appointments within an hour.
        cessions: places given back, then taken by somebody else, from one connection.
        cession_minutes: longest time between the two: a place given back is held some time before anyone may take it.
        cedants: different persons whose places, given back from one connection, were then taken from others.
        rendues: places given back by one person, each then taken by somebody else.
        cession_jours: days in which those places were given back.
    """

    contacts: int = 4
    contacts_jours: int = 30
    personnes: int = 6
    cessions: int = 3
    cession_minutes: int = 60
    cedants: int = 3
    rendues: int = 5
    cession_jours: int = 7


@dataclass(frozen=True)
class Geste:
    """A place taken or given back behind a link.

    Args:
        le: instant.
        personne: whose appointment.
        creneau: the slot.
        prise: taken, rather than given back.
        connexion: keyed hash of where it was done from.
        demande: whose appointment, by its demande.
    """

    le: datetime
    personne: int
    creneau: int
    prise: bool
    connexion: str = ""
    demande: int = 0


# A place given back, then taken by somebody else.
Cession = tuple[Geste, Geste]
C = TypeVar("C", int, str)


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


def cessions(gestes: Iterable[Geste], duree: timedelta) -> list[Cession]:
    """Return the places given back by a person and taken soon after by another, each giving back counted once.

    Who takes back their own place gave nothing to anybody.

    Args:
        gestes: of one connection, or of all.
        duree: longest time between the two.
    """
    rendues: dict[int, list[Geste]] = {}
    trouvees = []
    for geste in sorted(gestes, key=lambda g: (g.le, g.prise)):
        attendent = rendues.setdefault(geste.creneau, [])
        if not geste.prise:
            attendent.append(geste)
            continue
        sienne = next((r for r in attendent if r.personne == geste.personne), None)
        cedee = sienne or next((r for r in attendent if geste.le - r.le <= duree), None)
        if cedee is None:
            continue
        attendent.remove(cedee)
        if sienne is None:
            trouvees.append((cedee, geste))
    return trouvees


def connexions_qui_cedent(gestes: Iterable[Geste], cedees: Iterable[Cession], seuil: int) -> dict[str, list[Cession]]:
    """Return the connections from which too many persons gave back a place that was then taken from elsewhere.

    Where places are few, any place given back is taken within minutes by whoever looks first: that says nothing of who
    gave it back. One person alone is never enough; and a connection that many share, of whom few give back a place, as
    everywhere, is not one of these.

    Args:
        gestes: of every connection.
        cedees: places that changed hands, as `cessions` returns them.
        seuil: persons from which it may be one.
    """
    return _au_dela_du_hasard(
        [(g.connexion, g.personne) for g in gestes],
        [c for c in cedees if c[0].connexion != c[1].connexion],
        seuil,
        lambda rendue: (rendue.connexion, rendue.personne),
    )


def personnes_qui_cedent(gestes: Iterable[Geste], cedees: Iterable[Cession], seuil: int) -> dict[int, list[Cession]]:
    """Return the persons who gave back too many places, each then taken by somebody else; as above.

    Args:
        gestes: of every connection.
        cedees: places that changed hands.
        seuil: places from which it may be one.
    """
    return _au_dela_du_hasard(
        [(g.personne, g.creneau) for g in gestes],
        cedees,
        seuil,
        lambda rendue: (rendue.personne, rendue.creneau),
    )


def _au_dela_du_hasard(
    tenus: Iterable[tuple[C, int]], cedees: Iterable[Cession], seuil: int, lire: Callable[[Geste], tuple[C, int]]
) -> dict[C, list[Cession]]:
    """Return what went on from whom more of what they held went on than chance explains, if all did as the others do.

    Args:
        tenus: who held what.
        cedees: what went on.
        seuil: least number of different things.
        lire: returns who held what was given back, and what.
    """
    a_chacun: dict[C, set[int]] = defaultdict(set)
    for qui, quoi in tenus:
        a_chacun[qui].add(quoi)
    parties: dict[C, list[Cession]] = defaultdict(list)
    for cession in cedees:
        parties[lire(cession[0])[0]].append(cession)
    nombres = {qui: len({lire(rendue)[1] for rendue, _ in siennes}) for qui, siennes in parties.items()}
    en_tout, cede = sum(map(len, a_chacun.values())), sum(nombres.values())
    retenus = {}
    for qui, nombre in nombres.items():
        tenu = len(a_chacun[qui])
        taux = (cede - nombre + A_PRIORI[0]) / (en_tout - tenu + A_PRIORI[1])
        if nombre >= seuil and hasard(nombre, tenu, taux) <= RARE:
            retenus[qui] = parties[qui]
    return retenus


def hasard(nombre: int, parmi: int, taux: float) -> float:
    """Return the probability that at least so many happen of those that may, each at this rate (binomial law).

    Args:
        nombre: how many happened.
        parmi: of how many.
        taux: probability of each, above 0.
    """
    if nombre <= 0 or taux >= 1:
        return 1.0
    tout = lgamma(parmi + 1)
    return sum(
        exp(tout - lgamma(i + 1) - lgamma(parmi - i + 1) + i * log(taux) + (parmi - i) * log(1 - taux))
        for i in range(nombre, parmi + 1)
    )
