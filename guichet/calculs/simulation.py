"""A day at the counters, minute by minute, with the real order of call: to test the announcement, and to ask what if.

An event loop of our own, on one heap. Fates are drawn per person from the seed and their number, so that two days that
differ by one thing (a counter, a rule) keep the same people: their difference is that thing's.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from random import Random

from guichet.calculs.attente import ECART_MOYEN, ECART_TYPE, Poste
from guichet.calculs.durees import Loi
from guichet.calculs.ordre import Regles, rang

LOI = Loi(18.0)
ARRIVEE, LIBRE = 1, 0  # at one instant a counter is freed before somebody comes in


@dataclass(frozen=True)
class Retour:
    """What is left of a visit cut in two: put aside for a while, or sent on to another queue.

    Args:
        apres: minutes away; 0 for who is sent on.
        duree: minutes at the counter that remain.
        file: queue where they go on.
        en_tete: whether the first counter free takes them back; otherwise they wait with the rank they had.
    """

    apres: float
    duree: float
    file: int = 0
    en_tete: bool = False


@dataclass(frozen=True)
class Arrivee:
    """Somebody who will come.

    Args:
        cle: number.
        arrivee: minute of the day.
        duree: minutes at the counter.
        file: queue.
        heure: minute of their appointment; None without one.
        priorite: 0 or 1.
        retour: what follows `duree`; None for a visit of one piece.
    """

    cle: int
    arrivee: float
    duree: float
    file: int = 0
    heure: float | None = None
    priorite: int = 0
    retour: Retour | None = None


@dataclass(frozen=True)
class Visite:
    """A visit that took place.

    Args:
        venue: who.
        rang: their rank.
        debut: when a counter took them.
        poste: which one.
    """

    venue: Arrivee
    rang: float
    debut: float
    poste: int

    @property
    def attente(self) -> float:
        """Minutes between the arrival and the call."""
        return self.debut - self.venue.arrivee

    @property
    def fin(self) -> float:
        """When the counter was free again."""
        return self.debut + self.venue.duree


@dataclass
class Etat:
    """The room at an instant, as those who observe it see it.

    Args:
        instant: minute of the day.
        attendent: who waits, by queue: heaps of (rank, number, person).
        en_cours: visit under way at each counter; None when it is free.
        fermes: counters not open yet, or that take nobody any more.
    """

    instant: float
    attendent: dict[int, list[tuple[float, int, Arrivee]]] = field(default_factory=dict)
    en_cours: list[Visite | None] = field(default_factory=list)
    fermes: set[int] = field(default_factory=set)

    def file_d_attente(self) -> list[tuple[float, int, Arrivee]]:
        """Return all those who wait, in the order of call."""
        return sorted(element for tas in self.attendent.values() for element in tas)


Observateur = Callable[[Arrivee, Etat], None]


def jouer(
    venues: Iterable[Arrivee], postes: Sequence[Poste], regles: Regles, *, observer: Observateur | None = None
) -> list[Visite]:
    """Play a day; return the visits in the order of call. Who finds every counter closed is not received.

    A visit cut in two gives two, of the same number.

    Args:
        venues: who comes.
        postes: counters, with their hours.
        regles: the order of call.
        observer: called at each arrival, before it is registered.
    """
    etat = Etat(0.0, {}, [None] * len(postes), set(range(len(postes))))
    ordre = count()
    evenements: list[tuple[float, int, int, Arrivee | Visite | int]] = [
        (p.ouvre, LIBRE, next(ordre), i) for i, p in enumerate(postes)
    ]
    evenements += [(v.arrivee, ARRIVEE, next(ordre), v) for v in venues]
    heapq.heapify(evenements)
    visites: list[Visite] = []
    while evenements:
        etat.instant, _, _, sujet = heapq.heappop(evenements)
        if isinstance(sujet, int):
            poste: int | None = sujet
            finie, etat.en_cours[sujet] = etat.en_cours[sujet], None
            etat.fermes.discard(sujet)
            if finie is not None and finie.venue.retour is not None:
                heapq.heappush(evenements, _partir(etat.instant, finie, finie.venue.retour, next(ordre)))
        else:
            if isinstance(sujet, Arrivee):
                if observer is not None:
                    observer(sujet, etat)
                place, venue = rang(sujet.arrivee, sujet.heure, sujet.priorite, regles), sujet
            else:
                place, venue = sujet.rang, sujet.venue
            heapq.heappush(etat.attendent.setdefault(venue.file, []), (place, venue.cle, venue))
            libres = (i for i, p in enumerate(postes) if venue.file in p.files and _est_libre(etat, i))
            poste = next(libres, None)
        visite = None if poste is None else _appeler(etat, poste, postes[poste])
        if visite is not None:
            visites.append(visite)
            heapq.heappush(evenements, (visite.fin, LIBRE, next(ordre), visite.poste))
    return visites


def _partir(instant: float, visite: Visite, retour: Retour, ordre: int) -> tuple[float, int, int, Visite]:
    """Return the event of who comes back."""
    suite = replace(visite.venue, duree=retour.duree, file=retour.file, retour=None)
    place = -math.inf if retour.en_tete else visite.rang
    return instant + retour.apres, ARRIVEE, ordre, Visite(suite, place, instant, visite.poste)


def _est_libre(etat: Etat, poste: int) -> bool:
    return etat.en_cours[poste] is None and poste not in etat.fermes


def _appeler(etat: Etat, numero: int, poste: Poste) -> Visite | None:
    """Call to a free counter the person of smallest rank whom it serves."""
    if etat.instant >= poste.ferme:
        etat.fermes.add(numero)
        return None
    tas = min((t for f in poste.files if (t := etat.attendent.get(f))), default=None, key=lambda t: t[0][:2])
    if tas is None:
        return None
    rang_appele, _, venue = heapq.heappop(tas)
    visite = etat.en_cours[numero] = Visite(venue, rang_appele, etat.instant, numero)
    return visite


@dataclass(frozen=True)
class Journee:
    """What a day is drawn from.

    Args:
        creneaux: (minute, number of appointments) of each slot.
        fermeture: minute after which nobody comes without an appointment.
        presence: probability that somebody comes to their appointment.
        sans_rdv: arrivals without appointment, a minute.
        part_prioritaire: share of people with priority.
        loi: law of a visit.
    """

    creneaux: Sequence[tuple[float, int]]
    fermeture: float
    presence: float = 0.82
    sans_rdv: float = 0.04
    part_prioritaire: float = 0.06
    loi: Loi = LOI


def tirer(journee: Journee, graine: int) -> list[Arrivee]:
    """Draw the people of a day, numbered in the order of arrival."""
    sorts = sorted([*_avec_rdv(journee, graine), *_sans_rdv(journee, graine)], key=lambda sort: sort[0])
    return [
        Arrivee(cle, arrivee, duree, heure=heure, priorite=priorite)
        for cle, (arrivee, duree, heure, priorite) in enumerate(sorts)
    ]


Sort = tuple[float, float, float | None, int]


def _avec_rdv(journee: Journee, graine: int) -> Iterator[Sort]:
    heures = (heure for heure, nombre in journee.creneaux for _ in range(nombre))
    for numero, heure in enumerate(heures):
        alea = Random(graine * 1_000_003 + numero)  # noqa: S311 - a simulation, not a secret
        if alea.random() < journee.presence:
            arrivee = max(0.0, heure + alea.gauss(ECART_MOYEN, ECART_TYPE))
            yield arrivee, _duree(journee, alea), heure, int(alea.random() < journee.part_prioritaire)


def _sans_rdv(journee: Journee, graine: int) -> Iterator[Sort]:
    pas, instant = Random(-1 - graine), 0.0  # noqa: S311 - likewise
    for numero in count(500_000):
        instant += pas.expovariate(journee.sans_rdv) if journee.sans_rdv else math.inf
        if instant >= journee.fermeture:
            return
        alea = Random(graine * 1_000_003 + numero)  # noqa: S311 - likewise
        yield instant, _duree(journee, alea), None, int(alea.random() < journee.part_prioritaire)


def _duree(journee: Journee, alea: Random) -> float:
    return alea.lognormvariate(journee.loi.mu, journee.loi.sigma)
