"""How long a visit holds a counter: a lognormal law, measured, and drawn towards the catalogue while visits are few."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Dispersion assumed before any measure, and how many visits the catalogue's figure weighs against those measured.
CV_ATTENDU = 0.5
POIDS_DU_CATALOGUE = 20


@dataclass(frozen=True)
class Loi:
    """A lognormal duration.

    Args:
        moyenne: minutes, above 0.
        cv: standard deviation over mean, above 0.
    """

    moyenne: float
    cv: float = CV_ATTENDU

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv * self.cv))

    @property
    def mu(self) -> float:
        """Mean of the logarithm."""
        return math.log(self.moyenne) - self.sigma**2 / 2

    def fois(self, nombre: int) -> Loi:
        """Return the law of as many persons who come together, one after the other at the same counter."""
        return self if nombre <= 1 else Loi(self.moyenne * nombre, self.cv / math.sqrt(nombre))


@dataclass(frozen=True)
class Mesure:
    """Visits measured.

    Args:
        nombre: how many.
        moyenne: mean, in minutes.
        variance: variance, in minutes squared.
    """

    nombre: int
    moyenne: float
    variance: float


def loi_de(minutes: float, mesure: Mesure | None) -> Loi:
    """Return the law of a visit: what is measured, weighed against what the catalogue says.

    Args:
        minutes: the catalogue's figure.
        mesure: what was measured; None when nothing was.
    """
    if mesure is None or mesure.nombre == 0 or mesure.moyenne <= 0:
        return Loi(minutes)
    n, k = mesure.nombre, POIDS_DU_CATALOGUE
    cv2 = (mesure.variance / mesure.moyenne**2 * n + CV_ATTENDU**2 * k) / (n + k)
    return Loi((mesure.moyenne * n + minutes * k) / (n + k), max(math.sqrt(cv2), 0.05))
