"""The wait announced: what remains of the visits under way, then everybody to be called before, drawn many times.

The estimator is the queue length (QL of Ibrahim and Whitt 2009), which errs half as much as the last waits seen, with
what they leave out: how long each visit under way has lasted, a law for each kind of visit, those not here yet who will
pass before, counters that open and close. The median and the ninetieth centile of the draws are announced.

Those before the person are placed one after the other on the first counter that frees, then those to come, as long as
they come before the person is called: among those who pass before, the order changes nothing to the wait of who comes
after them all. This is exact when counters serve the same queues and visits are alike, an approximation otherwise. The
draws are always the same: one room, one announcement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from guichet.calculs.durees import Loi
from guichet.calculs.ordre import Regles, derniere_arrivee_devant

Tableau = NDArray[np.float64]
Entiers = NDArray[np.intp]

TIRAGES_MIN, TIRAGES_MAX, PLACEMENTS = 100, 400, 12_000
ARRONDI = 5
# How people come to an appointment: minutes after its hour, mean and standard deviation.
ECART_MOYEN, ECART_TYPE = -3.0, 5.0

# Survival function of the normal law on a grid, to be read backwards: from minus its logarithm to the value.
_Z: Tableau = np.linspace(-8.0, 12.0, 1001)
_MOINS_LOG_S: Tableau = np.array([-math.log(0.5 * math.erfc(z / math.sqrt(2))) for z in _Z])


@dataclass(frozen=True)
class Poste:
    """A counter, in minutes from now.

    Args:
        files: queues served.
        ouvre: when it opens; 0 when open.
        ferme: from when it takes nobody any more.
        en_cours: law of the visit under way; None when it is free.
        ecoule: how long that visit has lasted.
    """

    files: frozenset[int]
    ouvre: float = 0.0
    ferme: float = math.inf
    en_cours: Loi | None = None
    ecoule: float = 0.0


@dataclass(frozen=True)
class Devant:
    """Somebody who waits and will be called before."""

    file: int
    loi: Loi


@dataclass(frozen=True)
class Attendu:
    """An appointment whose person is not here yet.

    Args:
        file: its queue.
        heure: its hour, in minutes from now; negative when it has passed.
        presence: probability that the person comes, as one said before the day.
        loi: law of the visit.
    """

    file: int
    heure: float
    presence: float
    loi: Loi


@dataclass(frozen=True)
class Flux:
    """Those who come without an appointment: as many a minute, of a priority."""

    file: int
    par_minute: float
    priorite: int
    loi: Loi


@dataclass(frozen=True)
class Salle:
    """The room as it is now, but for those who wait.

    Args:
        postes: counters open, or that will open.
        attendus: appointments to come.
        flux: arrivals without appointment.
        regles: rules of the order.
    """

    postes: Sequence[Poste]
    attendus: Sequence[Attendu] = ()
    flux: Sequence[Flux] = ()
    regles: Regles = field(default_factory=Regles)


@dataclass(frozen=True)
class Annonce:
    """A wait, in minutes: one chance in two to be under `p50`, nine in ten under `p90`."""

    p50: float
    p90: float

    @property
    def environ(self) -> int:
        """The median, rounded up to five minutes."""
        return _arrondi(self.p50)

    @property
    def au_plus(self) -> int:
        """The ninetieth centile, rounded up to five minutes."""
        return _arrondi(self.p90)


def annoncer(file: int, rang: float, devant: Sequence[Devant], salle: Salle) -> Annonce | None:
    """Return the wait left to somebody of a queue; None when no counter will take them.

    Args:
        file: their queue.
        rang: their rank, in minutes from now.
        devant: those who wait and will be called before, in that order.
        salle: the room.
    """
    # Behind many people the wait spreads less around its mean: fewer draws tell it as well.
    tirages = min(TIRAGES_MAX, max(TIRAGES_MIN, PLACEMENTS // (len(devant) + 1)))
    tirage = _Tirage(salle.postes, tirages)
    if not tirage.sert(file):
        return None
    durees = tirage.durees([d.loi for d in devant])
    for personne, duree in zip(devant, durees, strict=True):
        if tirage.sert(personne.file):
            tirage.placer(personne.file, duree)
    tirage.laisser_passer(file, tirage.arrivees(salle, rang))
    attentes = np.sort(tirage.prochain(file)[0])
    p50, p90 = float(attentes[tirages // 2]), float(attentes[tirages * 9 // 10])
    return Annonce(p50, p90) if math.isfinite(p90) else None


class _Tirage:
    """When each counter is free, in as many draws as there are rows."""

    def __init__(self, postes: Sequence[Poste], tirages: int) -> None:
        self._n, self._largeur = tirages, len(postes)
        self._hasard = np.random.default_rng(0)
        self._ferme = np.array([p.ferme for p in postes])
        self._fermera = bool(np.isfinite(self._ferme).any())
        self._libre = np.maximum([p.ouvre for p in postes], self._restes(postes))
        self._libre[self._libre >= self._ferme] = math.inf
        self._a_plat, self._base = self._libre.reshape(-1), np.arange(tirages) * self._largeur
        files = {file for poste in postes for file in poste.files}
        self._colonnes = {
            file: np.array([i for i, p in enumerate(postes) if file in p.files], dtype=np.intp) for file in files
        }

    def sert(self, file: int) -> bool:
        """Say whether a counter serves a queue."""
        return file in self._colonnes

    def durees(self, lois: Sequence[Loi]) -> Tableau:
        """Draw visits: a row for each law."""
        mu, sigma = _parametres(lois)
        normales = self._hasard.standard_normal((len(lois), self._n))
        return np.exp(mu[:, None] + sigma[:, None] * normales)

    def prochain(self, file: int) -> tuple[Tableau, Entiers]:
        """Return when a counter can take somebody of a queue, and where that is in the flat table."""
        colonnes = self._colonnes[file]
        if len(colonnes) == self._largeur:
            place = self._base + self._libre.argmin(axis=1)
        else:
            place = self._base + colonnes[self._libre[:, colonnes].argmin(axis=1)]
        return self._a_plat[place], place

    def placer(self, file: int, duree: Tableau) -> None:
        """Give the next free counter to somebody who waits."""
        debut, place = self.prochain(file)
        self._occuper(place, debut + duree)

    def laisser_passer(self, file: int, arrivees: Sequence[tuple[int, Tableau, Loi]]) -> None:
        """Serve those to come as long as they come before somebody of a queue, the last of those here, is called."""
        siennes = set(self._colonnes[file].tolist())
        venues = [a for a in arrivees if siennes.intersection(self._colonnes[a[0]].tolist())]
        if not venues:
            return
        instants = np.stack([instants for _, instants, _ in venues])
        durees = self.durees([loi for _, _, loi in venues])
        for rang in instants.min(axis=1, initial=math.inf).argsort():
            instant = instants[rang]
            passe = np.flatnonzero((instant <= self.prochain(file)[0]) & (instant < math.inf))
            if passe.size:
                debut, place = self.prochain(venues[rang][0])
                self._occuper(place[passe], np.maximum(instant, debut)[passe] + durees[rang, passe])

    def _occuper(self, place: Entiers, jusque: Tableau) -> None:
        if self._fermera:
            jusque[jusque >= self._ferme[place % self._largeur]] = math.inf
        self._a_plat[place] = jusque

    def _restes(self, postes: Sequence[Poste]) -> Tableau:
        """Draw what remains of each visit under way, knowing how long it has lasted: a column for each counter."""
        mu, sigma = _parametres([p.en_cours or Loi(1.0) for p in postes])
        ecoule = np.array([p.ecoule for p in postes])
        z = (np.log(np.maximum(ecoule, 1e-6)) - mu) / sigma
        z = _normale(_survie(z) * self._hasard.random((self._n, len(postes))))
        restes = np.maximum(np.exp(mu + sigma * z) - ecoule, 0.0)
        return np.where([p.en_cours is not None for p in postes], restes, 0.0)

    def arrivees(self, salle: Salle, rang: float) -> list[tuple[int, Tableau, Loi]]:
        """Draw those to come who pass before a rank: queue, when they come (infinite for never, or too late), law."""
        resultat = []
        for attendu in salle.attendus:
            limite = derniere_arrivee_devant(rang, attendu.heure, 0, salle.regles)
            if limite is not None and limite > 0 and self.sert(attendu.file):
                resultat.append((attendu.file, self._venue(attendu, limite), attendu.loi))
        for flux in salle.flux:
            limite = derniere_arrivee_devant(rang, None, flux.priorite, salle.regles)
            if limite is not None and limite > 0 and flux.par_minute > 0 and self.sert(flux.file):
                resultat += [(flux.file, instants, flux.loi) for instants in self._venues(flux, limite)]
        return resultat

    def _venue(self, attendu: Attendu, limite: float) -> Tableau:
        """Draw when somebody with an appointment comes, knowing they are not here; infinite for too late or never."""
        z = -(attendu.heure + ECART_MOYEN) / ECART_TYPE
        survie = float(_survie(np.array(z)))
        presence = attendu.presence * survie / (attendu.presence * survie + 1 - attendu.presence)
        instants = attendu.heure + ECART_MOYEN + ECART_TYPE * _normale(survie * self._hasard.random(self._n))
        vient = (self._hasard.random(self._n) < presence) & (instants < limite)
        return np.where(vient, np.maximum(instants, 0.0), math.inf)

    def _venues(self, flux: Flux, limite: float) -> Tableau:
        """Draw when people come without an appointment: a row for each."""
        attendues = flux.par_minute * limite
        nombre = math.ceil(attendues + 4 * math.sqrt(attendues) + 2)
        instants = np.cumsum(self._hasard.exponential(1 / flux.par_minute, (nombre, self._n)), axis=0)
        return np.where(instants < limite, instants, math.inf)


def _parametres(lois: Sequence[Loi]) -> tuple[Tableau, Tableau]:
    """Return the mean and the standard deviation of the logarithm of lognormal laws."""
    distinctes = {loi: (loi.mu, loi.sigma) for loi in set(lois)}
    paires = np.array([distinctes[loi] for loi in lois]).reshape(-1, 2)
    return paires[:, 0], paires[:, 1]


def _survie(z: Tableau) -> Tableau:
    """Return the probability that a normal variable exceeds a value."""
    resultat: Tableau = np.exp(-np.interp(z, _Z, _MOINS_LOG_S))
    return resultat


def _normale(survie: Tableau) -> Tableau:
    """Return the value that a normal variable exceeds with a probability."""
    return np.interp(-np.log(np.maximum(survie, 1e-300)), _MOINS_LOG_S, _Z)


def _arrondi(minutes: float) -> int:
    """Round up to five minutes, and never to nothing."""
    return max(ARRONDI, math.ceil(minutes / ARRONDI) * ARRONDI)
