"""What a day of a queue would be with several plans of places, and the plan proposed. Pure.

Each opening of the day (slots that follow each other with the same counters) is judged by itself: it starts empty, and
what is left to serve at its end is overtime. Every place is thought to be taken; those taken already have their own
probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from planning.calculs.surreservation import Bilan, Journee, Poids, evaluer, optimiser

# Below this many facts, an estimate is no reason to offer more than one place beyond the counters.
FAITS_SUFFISANTS = 30
SURPLUS_SANS_FAITS = 1


@dataclass(frozen=True)
class Regles:
    """How far over- and under-booking may go; the defaults are the national values until somebody sets others.

    Args:
        active: whether the site over- and under-books at all.
        surplus_max: places beyond the counters, in a slot, at most.
        retrait_max: places fewer than the counters, in a slot, at most.
        attente_max: mean wait admitted, in minutes a person; never refused when it is already so without.
        depassement_max: overtime admitted in an opening, in counter-minutes; likewise.
        poids_attente: cost of a minute that one person waits.
        poids_inoccupation: cost of a minute of a counter without anybody.
        poids_depassement: cost of a minute of a counter after the closing.
    """

    active: bool = True
    surplus_max: int = 2
    retrait_max: int = 1
    attente_max: int = 15
    depassement_max: int = 60
    poids_attente: float = 0.5
    poids_inoccupation: float = 1.0
    poids_depassement: float = 2.0

    @property
    def poids(self) -> Poids:
        """What each minute costs."""
        return Poids(self.poids_attente, self.poids_inoccupation, self.poids_depassement)


@dataclass(frozen=True)
class Case:
    """A slot to plan.

    Args:
        debut: minutes since midnight.
        minutes: its length.
        base: places without over- nor under-booking.
        reserve: counters kept for people without appointment.
        places: places offered now.
        presences: probability that each appointment already taken comes.
        presence: probability that one still to take comes.
        figee: closed, it takes nobody any more.
        guichets: counters held, where the pace of the visits makes other places of them; as many as places otherwise.
    """

    debut: int
    minutes: int
    base: int
    reserve: int
    places: int
    presences: tuple[float, ...]
    presence: float
    figee: bool = False
    guichets: int | None = None

    @property
    def guichets_tenus(self) -> int:
        """Counters: each serves one person at a time, for as long as a visit really lasts."""
        return self.base + self.reserve if self.guichets is None else self.guichets

    @property
    def prises(self) -> int:
        """Places taken."""
        return len(self.presences)

    @property
    def sans_surreservation(self) -> int:
        """Places without over-booking: the base, or those taken if they are more."""
        return self.borner(self.base)

    @property
    def taux_unique(self) -> int:
        """Places if the counters were divided by the probability of coming."""
        return self.borner(math.ceil(self.base / self.presence))

    def borner(self, places: int) -> int:
        """Return places that cut nobody who has taken one; a closed slot has no others."""
        return self.prises if self.figee else max(self.prises, places)

    def lot(self, places: int) -> tuple[float, ...]:
        """Return the probabilities that each of some places is used, those taken first."""
        return (*self.presences, *[self.presence] * (places - self.prises))

    def moyenne(self) -> float:
        """Return the probability that a place of this slot is used."""
        lot = self.lot(max(self.base, self.prises))
        return sum(lot) / len(lot) if lot else self.presence


@dataclass(frozen=True)
class Scenario:
    """A plan of places, and what is expected of the day.

    Args:
        places: by slot, in order.
        bilan: what is expected.
    """

    places: tuple[int, ...]
    bilan: Bilan

    @property
    def total(self) -> int:
        """Places in the day."""
        return sum(self.places)


@dataclass(frozen=True)
class Comparaison:
    """The plans of a day side by side.

    Args:
        actuel: nothing changed.
        base: neither over- nor under-booking.
        taux: one rate for all slots.
        propose: the best found within the rules.
        retenu: whether a limit on the wait or the overtime held the proposal back.
    """

    actuel: Scenario
    base: Scenario
    taux: Scenario
    propose: Scenario
    retenu: bool


@dataclass(frozen=True)
class Service:
    """How long a place holds a counter, and who comes without one.

    Args:
        moyenne: minutes.
        cv: coefficient of variation.
        flux: places that people without appointment take, a minute.
    """

    moyenne: float
    cv: float
    flux: float


@lru_cache(maxsize=64)
def comparer(cases: tuple[Case, ...], service: Service, regles: Regles) -> Comparaison | None:
    """Compare the plans of a day; None without a slot.

    Args:
        cases: slots in order, each with a counter.
        service: durations and walk-ins.
        regles: limits and weights.
    """
    lots = ouvertures(cases)
    if not lots:
        return None
    propositions = [_proposer(lot, service, regles) for lot in lots]
    return Comparaison(
        actuel=_jour(lots, [[c.places for c in lot] for lot in lots], service, regles),
        base=_jour(lots, [[c.sans_surreservation for c in lot] for lot in lots], service, regles),
        taux=_jour(lots, [[c.taux_unique for c in lot] for lot in lots], service, regles),
        propose=_jour(lots, [places for places, _ in propositions], service, regles),
        retenu=any(retenu for _, retenu in propositions),
    )


def ouvertures(cases: Sequence[Case]) -> list[list[Case]]:
    """Cut a day where slots do not follow each other, or where their counters or length change."""
    if not cases:
        return []
    lots = [[cases[0]]]
    for avant, apres in pairwise(cases):
        suit = apres.debut == avant.debut + avant.minutes
        if suit and (apres.minutes, apres.guichets_tenus) == (avant.minutes, avant.guichets_tenus):
            lots[-1].append(apres)
        else:
            lots.append([apres])
    return lots


def _proposer(lot: list[Case], service: Service, regles: Regles) -> tuple[list[int], bool]:
    """Return the best places of an opening, with fewer beyond the counters until the limits hold."""
    sans = [c.sans_surreservation for c in lot]
    sobre = _evaluer(lot, sans, service, regles)
    for surplus in range(regles.surplus_max, -1, -1):
        places = optimiser(
            _journee(lot, service),
            [c.moyenne() for c in lot],
            regles.poids,
            plafond=[c.borner(c.base + surplus) for c in lot],
            plancher=[c.borner(c.base - regles.retrait_max) for c in lot],
            places=sans,
        )
        bilan = _evaluer(lot, places, service, regles)
        if bilan.cout >= sobre.cout:  # each appointment has its own probability here, and one mean in the search
            return sans, surplus < regles.surplus_max
        if bilan.depassement <= max(regles.depassement_max, sobre.depassement) and (
            bilan.attente_par_personne <= max(regles.attente_max, sobre.attente_par_personne)
        ):
            return places, surplus < regles.surplus_max
    return sans, True


def _jour(lots: list[list[Case]], plans: list[list[int]], service: Service, regles: Regles) -> Scenario:
    bilans = [_evaluer(lot, places, service, regles) for lot, places in zip(lots, plans, strict=True)]
    return Scenario(
        tuple(n for places in plans for n in places),
        Bilan(
            attente=sum(b.attente for b in bilans),
            inoccupation=sum(b.inoccupation for b in bilans),
            depassement=sum(b.depassement for b in bilans),
            venues=sum(b.venues for b in bilans),
            cout=sum(b.cout for b in bilans),
        ),
    )


def _evaluer(lot: list[Case], places: Sequence[int], service: Service, regles: Regles) -> Bilan:
    lots = [c.lot(n) for c, n in zip(lot, places, strict=True)]
    return evaluer(_journee(lot, service), lots, regles.poids)


def _journee(lot: list[Case], service: Service) -> Journee:
    return Journee(lot[0].guichets_tenus, lot[0].minutes, service.moyenne, service.cv, service.flux)
