"""Over- and under-booking of a day: how many places each slot offers, from who is expected to come. Pure, numpy only.

Model (`quant.md` §1.3): ``guichets`` pooled counters; at each slot's start, those of its appointments who come, each
with their own probability; in the slot, walk-ins as a Poisson flow; service Erlang-k, with k the nearest to 1/CV²
(two-moment match, within 1.3 % of a lognormal law on the waits). The number of persons in each phase is a Markov chain,
followed exactly by uniformisation (Grassmann 1977); Kaandorp and Koole 2007 for the local search on places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from math import comb

import numpy as np
from numpy.typing import NDArray

Vecteur = NDArray[np.float64]

PHASES_MAX = 4
ETATS_MAX = 8_000  # past it, fewer phases: a site of many counters costs time, and there the law of service weighs less
ETATS_RECHERCHE = 700  # of the search: its chain is a dense matrix
FILE_MAX = 40  # persons who wait; further ones are not seen
FIN_MAX = 1e-6


@dataclass(frozen=True)
class Journee:
    """A day, or a half-day, of one queue.

    Args:
        guichets: counters open.
        minutes: length of a slot.
        moyenne: mean time at the counter, in minutes.
        cv: its coefficient of variation (standard deviation / mean).
        flux: walk-ins per minute.
    """

    guichets: int
    minutes: float
    moyenne: float
    cv: float
    flux: float = 0.0

    @property
    def phases(self) -> int:
        """Phases of the Erlang law that matches the mean and the variation, as many as the size allows."""
        voulues = min(PHASES_MAX, max(1, round(1 / self.cv**2))) if self.cv > 0 else PHASES_MAX
        return next(k for k in range(voulues, 0, -1) if k == 1 or nombre_d_etats(self.guichets, k) <= ETATS_MAX)


@dataclass(frozen=True)
class Poids:
    """What a minute costs.

    Args:
        attente: of one person who waits.
        inoccupation: of a counter without anybody, during the opening.
        depassement: of a counter that serves after the closing.
    """

    attente: float = 0.5
    inoccupation: float = 1.0
    depassement: float = 2.0


@dataclass(frozen=True)
class Bilan:
    """What is expected of a day.

    Args:
        attente: minutes waited by all, in sum.
        inoccupation: counter-minutes without anybody, during the opening.
        depassement: counter-minutes served after the closing.
        venues: persons who come, appointments and walk-ins.
        cout: weighted sum of the three.
    """

    attente: float
    inoccupation: float
    depassement: float
    venues: float
    cout: float

    @property
    def attente_par_personne(self) -> float:
        """Mean wait of who comes, in minutes."""
        return self.attente / self.venues if self.venues else 0.0


def evaluer(journee: Journee, presences: Sequence[Sequence[float]], poids: Poids | None = None) -> Bilan:
    """Return what is expected of a day, exactly for its Erlang law.

    Args:
        journee: counters, durations, walk-ins.
        presences: for each slot in order, the probability that each of its appointments comes, between 0 and 1.
        poids: what each minute costs; those of `Poids` when omitted.

    Raises:
        ValueError: a probability out of [0, 1], no slot, or a day that is not one.
    """
    _exiger(journee, presences)
    poids = poids or Poids()
    chaine = _chaine(journee.guichets, journee.phases)
    pas = _Pas(chaine, journee)
    etat, attente, inoccupation = chaine.vide, 0.0, 0.0
    for lot in presences:
        etat = chaine.ajouter(etat, loi_des_venues(lot))
        etat, en_attente, inoccupe = pas.avancer(etat)
        attente += en_attente
        inoccupation += inoccupe
    depassement = float(etat @ chaine.travail) * journee.moyenne / chaine.k
    attente += _Pas(chaine, journee, ouvert=False).vider(etat)
    venues = sum(map(sum, presences)) + journee.flux * journee.minutes * len(presences)
    cout = poids.attente * attente + poids.inoccupation * inoccupation + poids.depassement * depassement
    return Bilan(attente, inoccupation, depassement, venues, cout)


def optimiser(
    journee: Journee,
    presences: Sequence[float],
    poids: Poids | None = None,
    *,
    plafond: int | Sequence[int] | None = None,
    plancher: int | Sequence[int] = 0,
    places: Sequence[int] | None = None,
) -> list[int]:
    """Return the places to offer at each slot: a local search, never worse than the places given.

    Moves: one place more or less in a slot, or from a slot to its neighbour, until none lowers the expected cost. The
    chain of the search has two phases at most (one past a dozen counters); the end is judged by `evaluer`.

    Args:
        journee: counters, durations, walk-ins.
        presences: for each slot in order, the probability that an appointment of it comes.
        poids: what each minute costs.
        plafond: most places in a slot, the same in all or each its own; twice the counters when omitted.
        plancher: fewest places in a slot, likewise.
        places: where the search begins, and what it is compared with; as many as counters when omitted.

    Raises:
        ValueError: as `evaluer`; bounds that cross.
    """
    _exiger(journee, [[p] for p in presences])
    plafonds = _de_chacun(2 * journee.guichets if plafond is None else plafond, len(presences))
    planchers = _de_chacun(plancher, len(presences))
    if not all(0 <= bas <= haut for bas, haut in zip(planchers, plafonds, strict=True)):
        raise ValueError("plafond")
    depart = places or [journee.guichets] * len(presences)
    base = [min(max(n, bas), haut) for n, bas, haut in zip(depart, planchers, plafonds, strict=True)]
    trouvees = _Recherche(journee, presences, poids or Poids(), planchers, plafonds).depuis(base)
    couts = [evaluer(journee, _lots(n, presences), poids).cout for n in (base, trouvees)]
    return trouvees if couts[1] < couts[0] else base


def loi_des_venues(presences: Sequence[float]) -> Vecteur:
    """Return the probabilities that 0, 1, … of some appointments come (Poisson-binomial law)."""
    loi = np.ones(1)
    for p in presences:
        loi = np.convolve(loi, [1 - p, p])
    return loi


def nombre_d_etats(guichets: int, phases: int) -> int:
    """Return how many states the chain has: persons served by phase, then persons who wait."""
    occupes = comb(guichets + phases - 1, phases - 1)
    return comb(guichets + phases, phases) + occupes * FILE_MAX


def _de_chacun(borne: int | Sequence[int], nombre: int) -> list[int]:
    return [borne] * nombre if isinstance(borne, int) else list(borne)


def _lots(places: Sequence[int], presences: Sequence[float]) -> list[list[float]]:
    return [[p] * n for n, p in zip(places, presences, strict=True)]


def _exiger(journee: Journee, presences: Sequence[Sequence[float]]) -> None:
    if not presences or journee.guichets < 1 or min(journee.minutes, journee.moyenne) <= 0 or journee.flux < 0:
        raise ValueError("journee")
    if any(not 0 <= p <= 1 for lot in presences for p in lot):
        raise ValueError("presences")


class Chaine:
    """Persons at the counters by phase of their service, and persons who wait.

    Args:
        c: counters.
        k: phases.
    """

    def __init__(self, c: int, k: int) -> None:
        self.c, self.k = c, k
        occupes = [phases for n in range(c + 1) for phases in combinations_with_replacement(range(k), n)]
        self.etats = [(tuple(e.count(p) for p in range(k)), 0) for e in occupes]
        pleins = [e for e, _ in self.etats if sum(e) == c]
        self.etats += [(e, q) for q in range(1, FILE_MAX + 1) for e in pleins]
        self.rang = {etat: i for i, etat in enumerate(self.etats)}
        servis = np.array([e for e, _ in self.etats], dtype=np.float64)
        self.file = np.array([q for _, q in self.etats], dtype=np.float64)
        self.libres = c - servis.sum(axis=1)
        # Phases left to serve: k for who waits or begins, one in the last phase.
        self.travail = servis @ np.arange(k, 0, -1) + self.file * k
        self.servis = servis
        self.vide = np.zeros(len(self.etats))
        self.vide[0] = 1.0

    @cached_property
    def arrivee(self) -> NDArray[np.intp]:
        """Where each state goes when somebody comes."""
        return np.array([self._apres_arrivee(*etat) for etat in self.etats], dtype=np.intp)

    @cached_property
    def passages(self) -> list[NDArray[np.intp]]:
        """For each phase, where each state goes when one person ends it."""
        return [
            np.array([self._apres_phase(*etat, phase) for etat in self.etats], dtype=np.intp) for phase in range(self.k)
        ]

    @lru_cache(maxsize=64)  # noqa: B019 (chains are themselves cached, and few)
    def arrivees(self, nombre: int) -> NDArray[np.intp]:
        """Where each state goes when 0, 1, … up to a number of persons come: one row for each."""
        lignes = [np.arange(len(self.etats))]
        for _ in range(nombre):
            lignes.append(self.arrivee[lignes[-1]])
        return np.array(lignes)

    def ajouter(self, etat: Vecteur, loi: Vecteur) -> Vecteur:
        """Return the law of the state once a batch has come."""
        cibles = self.arrivees(len(loi) - 1)
        apres = np.bincount(cibles.ravel(), weights=np.outer(loi, etat).ravel(), minlength=len(etat))
        return apres.astype(np.float64, copy=False)

    def _apres_arrivee(self, servis: tuple[int, ...], attendent: int) -> int:
        if sum(servis) < self.c:
            return self.rang[((servis[0] + 1, *servis[1:]), 0)]
        return self.rang[(servis, min(attendent + 1, FILE_MAX))]

    def _apres_phase(self, servis: tuple[int, ...], attendent: int, phase: int) -> int:
        if not servis[phase]:
            return self.rang[(servis, attendent)]
        suite = list(servis)
        suite[phase] -= 1
        if phase < self.k - 1:
            suite[phase + 1] += 1
        elif attendent:
            suite[0] += 1
            attendent -= 1
        return self.rang[(tuple(suite), attendent)]


@lru_cache(maxsize=8)
def _chaine(c: int, k: int) -> Chaine:
    return Chaine(c, k)


class _Pas:
    """The chain over one slot, by uniformisation; closed, nobody comes any more."""

    def __init__(self, chaine: Chaine, journee: Journee, *, ouvert: bool = True) -> None:
        self.chaine = chaine
        flux = journee.flux if ouvert else 0.0
        par_phase = chaine.k / journee.moyenne
        self.cadence = chaine.c * par_phase + flux
        taux = [chaine.servis[:, p] * par_phase for p in range(chaine.k)]
        reste = self.cadence - sum(taux) - flux
        # Each row: where the mass of a state goes, and how much of it, at one beat.
        self.cibles = np.array([*chaine.passages, chaine.arrivee, np.arange(len(chaine.etats))])
        self.parts = np.array([*taux, np.full_like(reste, flux), reste]) / self.cadence
        self.poisson = _poisson(self.cadence * journee.minutes)
        self.au_dela = 1 - np.cumsum(self.poisson)

    def avancer(self, etat: Vecteur) -> tuple[Vecteur, float, float]:
        """Return the law at the end of the slot, the minutes waited and the idle counter-minutes in it."""
        fin, sejour, courant = np.zeros_like(etat), np.zeros_like(etat), etat
        for rang, (p, reste) in enumerate(zip(self.poisson, self.au_dela, strict=True)):
            if rang:
                courant = self._battre(courant)
            fin += p * courant
            sejour += max(reste, 0.0) * courant
        sejour /= self.cadence
        return fin, float(sejour @ self.chaine.file), float(sejour @ self.chaine.libres)

    def vider(self, etat: Vecteur) -> float:
        """Return the minutes still waited from a state until nobody waits."""
        total = 0.0
        while float(etat @ self.chaine.file) > FIN_MAX:
            etat, attente, _ = self.avancer(etat)
            total += attente
        return total

    def _battre(self, etat: Vecteur) -> Vecteur:
        apres = np.bincount(self.cibles.ravel(), weights=(self.parts * etat).ravel(), minlength=len(etat))
        return apres.astype(np.float64, copy=False)


def _poisson(moyenne: float) -> Vecteur:
    """Return the Poisson probabilities up to where what is left is negligible."""
    n = int(moyenne + 8 * moyenne**0.5 + 12)
    logs = np.arange(n + 1) * np.log(moyenne) - moyenne - np.cumsum(np.log(np.maximum(np.arange(n + 1), 1)))
    loi: Vecteur = np.exp(logs)
    return loi


class _Recherche:
    """The local search: each move is judged by one slot forward and the expected cost of what follows it."""

    def __init__(
        self,
        journee: Journee,
        presences: Sequence[float],
        poids: Poids,
        planchers: Sequence[int],
        plafonds: Sequence[int],
    ) -> None:
        k = next(n for n in (2, 1) if n == 1 or nombre_d_etats(journee.guichets, n) <= ETATS_RECHERCHE)
        self.chaine = _chaine(journee.guichets, min(k, journee.phases))
        self.presences, self.planchers, self.plafonds = presences, planchers, plafonds
        self.lois: dict[tuple[int, float], Vecteur] = {}
        self.matrice, self.cout = _matrice(self.chaine, journee, poids)
        reste = _vidage(self.chaine, journee)
        travail = self.chaine.travail * journee.moyenne / self.chaine.k
        self.fin = poids.depassement * travail + poids.attente * reste

    def depuis(self, base: Sequence[int]) -> list[int]:
        """Sweep the slots in order until no move is worth it."""
        places = list(base)
        while True:
            avant = self._retours(places)
            etat, change = self.chaine.vide, False
            for t in range(len(places)):
                for essai in self._essais(places, t):
                    # What follows is judged as it stands: `avant` holds the cost from the slot after the last changed.
                    if self._cout_depuis(etat, essai, t, avant) < self._cout_depuis(etat, places, t, avant) - 1e-9:
                        places, change = essai, True
                etat = self._apres(etat, places[t], t)
            if not change:
                return places

    def _essais(self, places: list[int], t: int) -> list[list[int]]:
        essais = []
        for ici, la in ((1, 0), (-1, 0), (2, 0), (-2, 0), (1, -1), (-1, 1), (2, -1)):
            if la and t + 1 == len(places):
                continue
            essai = list(places)
            essai[t] += ici
            if la:
                essai[t + 1] += la
            if all(self.planchers[u] <= essai[u] <= self.plafonds[u] for u in range(t, min(t + 2, len(essai)))):
                essais.append(essai)
        return essais

    def _cout_depuis(self, etat: Vecteur, places: list[int], t: int, retours: list[Vecteur]) -> float:
        """Return the expected cost from slot t on: two slots are played, the rest is known."""
        cout = 0.0
        derniere = min(t + 2, len(places))
        for u in range(t, derniere):
            arrive = self.chaine.ajouter(etat, self._loi(places[u], self.presences[u]))
            cout += float(arrive @ self.cout)
            etat = arrive @ self.matrice
        return cout + float(etat @ retours[derniere])

    def _apres(self, etat: Vecteur, places: int, t: int) -> Vecteur:
        apres: Vecteur = self.chaine.ajouter(etat, self._loi(places, self.presences[t])) @ self.matrice
        return apres

    def _retours(self, places: list[int]) -> list[Vecteur]:
        """Return, for each slot, the expected cost from its start, before its batch, in each state."""
        retours = [self.fin]
        for n, p in zip(reversed(places), reversed(self.presences), strict=True):
            suite = self.cout + self.matrice @ retours[-1]
            loi = self._loi(n, p)
            retours.append(loi @ suite[self.chaine.arrivees(len(loi) - 1)])
        return retours[::-1]

    def _loi(self, places: int, presence: float) -> Vecteur:
        cle = (places, presence)
        if cle not in self.lois:
            self.lois[cle] = loi_des_venues([presence] * places)
        return self.lois[cle]


def _generateur(chaine: Chaine, journee: Journee, flux: float) -> Vecteur:
    """Return the matrix of the rates of the chain, per minute."""
    n = len(chaine.etats)
    q = np.zeros((n, n))
    ici = np.arange(n)
    for phase, cibles in enumerate(chaine.passages):
        np.add.at(q, (ici, cibles), chaine.servis[:, phase] * chaine.k / journee.moyenne)
    np.add.at(q, (ici, chaine.arrivee), flux)
    q[ici, ici] -= q.sum(axis=1)
    return q


def _matrice(chaine: Chaine, journee: Journee, poids: Poids) -> tuple[Vecteur, Vecteur]:
    """Return how a slot moves each state, and what it costs from each, by one exponential (Van Loan 1978)."""
    n = len(chaine.etats)
    augmente = np.zeros((n + 1, n + 1))
    augmente[:n, :n] = _generateur(chaine, journee, journee.flux)
    augmente[:n, n] = poids.attente * chaine.file + poids.inoccupation * chaine.libres
    exposant = _exponentielle(augmente * journee.minutes)
    return exposant[:n, :n], exposant[:n, n]


def _exponentielle(a: Vecteur) -> Vecteur:
    """Return the exponential of a matrix: Taylor on a small fraction, then squarings."""
    doublements = max(0, int(np.ceil(np.log2(max(np.abs(a).sum(axis=1).max(), 1e-9)))) + 1)
    petit = a / 2**doublements
    somme, terme = np.eye(len(a)), np.eye(len(a))
    for n in range(1, 11):
        terme = terme @ petit / n
        somme += terme
    for _ in range(doublements):
        somme = somme @ somme
    return somme


def _vidage(chaine: Chaine, journee: Journee) -> Vecteur:
    """Return the minutes still waited after the closing, from each state."""
    attendent = chaine.file > 0
    q = _generateur(chaine, journee, 0.0)
    reste = np.zeros(len(chaine.etats))
    reste[attendent] = np.linalg.solve(q[np.ix_(attendent, attendent)], -chaine.file[attendent])
    return reste
