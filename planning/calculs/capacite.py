"""How many more people may be convoked: visits promised and wished for, seated in the places that there are.

Each queue's day is a row of slots with places. A visit takes some slots in a row in one of its queues, on a day before
its link ends. Those already promised are seated first, then the others in their order; one more is seated by moving
those before it when that makes room (augmenting paths, shortest first), never by unseating one. When every visit takes
one slot this is the greatest number that can be seated; longer visits may be seated a little fewer than possible, never
more: what is said to fit does fit.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

POUR_TOUS = ""


@dataclass(frozen=True)
class Rangee:
    """Which row of slots.

    Args:
        file: queue.
        jour: civil day.
        quota: whom its places are kept for; empty for all.
    """

    file: int
    jour: date
    quota: str = POUR_TOUS


@dataclass(frozen=True)
class Visite:
    """What a person needs.

    Args:
        longueurs: (queue, slots in a row) of each queue that may receive them.
        jusqu_au: last day of their link.
        quotas: those whose kept places they may take.
        promise: whether they are convoked already.
    """

    longueurs: tuple[tuple[int, int], ...]
    jusqu_au: date
    quotas: frozenset[str] = frozenset()
    promise: bool = False

    def longueur(self, file: int) -> int:
        """Return how many slots it takes in a queue."""
        return dict(self.longueurs)[file]

    def peut(self, rangee: Rangee) -> bool:
        """Say whether it may take place in a row: before its link ends, and not among places kept for others."""
        ouverte = rangee.quota in (POUR_TOUS, *self.quotas)
        return ouverte and rangee.jour <= self.jusqu_au and any(file == rangee.file for file, _ in self.longueurs)


def tient(places: Sequence[int], longueurs: Iterable[int]) -> bool:
    """Say whether visits fit in a row, the longest first, each as early as it can.

    Args:
        places: of each slot; a slot that does not exist counts none.
        longueurs: slots in a row that each visit takes.
    """
    a_poser = sorted(longueurs, reverse=True)
    if not a_poser or a_poser[0] == 1:
        return len(a_poser) <= sum(places)
    restes = list(places)
    for longueur in a_poser:
        debuts = range(len(restes) - longueur + 1)
        debut = next((i for i in debuts if all(restes[i : i + longueur])), None)
        if debut is None:
            return False
        for i in range(debut, debut + longueur):
            restes[i] -= 1
    return True


@dataclass(frozen=True)
class _Etape:
    """A row reached in search of room: who would enter it, and from which row they would leave."""

    rangee: Rangee
    entrante: Visite
    avant: _Etape | None


class Salle:
    """Visits seated in rows of slots.

    Args:
        rangees: places of each slot of a row, in order, 0 where there is none.
    """

    def __init__(self, rangees: Mapping[Rangee, Sequence[int]]) -> None:
        self._places = {r: list(places) for r, places in rangees.items() if any(places)}
        self._assises: dict[Rangee, Counter[Visite]] = {r: Counter() for r in self._places}
        self._par_file: dict[int, list[Rangee]] = {}
        for r in sorted(self._places, key=lambda r: (r.quota == POUR_TOUS, r.jour, r.quota)):
            self._par_file.setdefault(r.file, []).append(r)
        self._sans_place: set[Visite] = set()

    def asseoir(self, visite: Visite) -> bool:
        """Seat one more visit, moving others if need be; False, and nothing changed, when there is no room.

        What had no room once never has any later: nobody leaves.
        """
        if visite in self._sans_place:
            return False
        vues: set[Rangee] = set()
        a_voir = deque(_Etape(r, visite, None) for r in self._ouvertes(visite, vues))
        while a_voir:
            etape = a_voir.popleft()
            if self._accueille(etape.rangee, etape.entrante):
                self._faire(etape)
                return True
            for partante in list(self._assises[etape.rangee]):
                if self._accueille(etape.rangee, etape.entrante, sans=partante):
                    a_voir.extend(_Etape(r, partante, etape) for r in self._ouvertes(partante, vues))
        self._sans_place.add(visite)
        return False

    def prises(self, rangees: Collection[Rangee], *, promises: bool) -> Counter[int]:
        """Return the places that those seated take in some rows, by queue.

        Args:
            rangees: which rows.
            promises: of who is convoked already, or of who would be.
        """
        prises: Counter[int] = Counter()
        for rangee, assises in self._assises.items():
            if rangee in rangees:
                siennes = (n * v.longueur(rangee.file) for v, n in assises.items() if v.promise is promises)
                prises[rangee.file] += sum(siennes)
        return prises

    def _ouvertes(self, visite: Visite, vues: set[Rangee]) -> Iterator[Rangee]:
        """Return the rows not seen yet where a visit may take place, and remember them."""
        for file, _ in visite.longueurs:
            for r in self._par_file.get(file, ()):
                if r not in vues and visite.peut(r):
                    vues.add(r)
                    yield r

    def _accueille(self, rangee: Rangee, entrante: Visite, *, sans: Visite | None = None) -> bool:
        """Say whether a row has room for one more, once one of a kind has left it."""
        assises = self._assises[rangee]
        longueurs = [entrante.longueur(rangee.file)]
        for visite, n in assises.items():
            longueurs += [visite.longueur(rangee.file)] * (n - (visite == sans))
        return tient(self._places[rangee], longueurs)

    def _faire(self, etape: _Etape | None) -> None:
        partie: Visite | None = None
        while etape is not None:
            if partie is not None:
                self._assises[etape.rangee] -= Counter([partie])
            self._assises[etape.rangee][etape.entrante] += 1
            partie, etape = etape.entrante, etape.avant


@dataclass
class Manque:
    """Places that a queue lacks.

    Args:
        places: how many.
        avant: last day on which they are of use to all who lack them.
        attente: persons without a place.
    """

    places: int
    avant: date
    attente: int


@dataclass(frozen=True)
class Bilan:
    """What fits. Only the places that one of the visits wished for may take are counted.

    Args:
        assises: of each visit wished for, in order, whether it has a place.
        offertes: those places, by queue.
        promises: of them, those that people already convoked take, once everybody is seated.
        demandees: of them, those that the visits wished for take; the rest is free, though not always for who has none:
            another link lasts longer, or the slots do not follow each other.
        sans_place: visits already promised that have none.
        manques: what is missing for the others, by queue.
    """

    assises: list[bool]
    offertes: Mapping[int, int]
    promises: Mapping[int, int]
    demandees: Mapping[int, int]
    sans_place: int
    manques: Mapping[int, Manque] = field(default_factory=dict)

    @property
    def nombre(self) -> int:
        """How many of the visits wished for have a place."""
        return sum(self.assises)


def mesurer(rangees: Mapping[Rangee, Sequence[int]], promises: Iterable[Visite], souhaitees: Sequence[Visite]) -> Bilan:
    """Say how many visits may still be promised.

    Args:
        rangees: the places free, by row.
        promises: visits of who is convoked and has no appointment yet.
        souhaitees: visits of who would be convoked, in the order in which they are served.
    """
    convoquees = [replace(v, promise=True) for v in promises]
    salle = Salle(rangees)
    sans_place = sum(not salle.asseoir(v) for v in sorted(convoquees, key=lambda v: (v.jusqu_au, v.longueurs)))
    assises = [salle.asseoir(v) for v in souhaitees]
    genres = set(souhaitees)
    utiles = {r for r in rangees if any(v.peut(r) for v in genres)}
    offertes: Counter[int] = Counter(dict.fromkeys((f for v in genres for f, _ in v.longueurs), 0))
    for rangee in utiles:
        offertes[rangee.file] += sum(rangees[rangee])
    manques = _manques(v for v, assise in zip(souhaitees, assises, strict=True) if not assise)
    deja, demandees = (salle.prises(utiles, promises=promises) for promises in (True, False))
    return Bilan(assises, offertes, deja, demandees, sans_place, manques)


def _manques(debout: Iterable[Visite]) -> dict[int, Manque]:
    """Return what each queue lacks: everybody waits where their visit takes the fewest slots."""
    manques: dict[int, Manque] = {}
    for visite in debout:
        if not visite.longueurs:
            continue
        file, longueur = min(visite.longueurs, key=lambda paire: (paire[1], paire[0]))
        manque = manques.setdefault(file, Manque(0, visite.jusqu_au, 0))
        manque.places += longueur
        manque.avant = min(manque.avant, visite.jusqu_au)
        manque.attente += 1
    return manques
