"""What the counter measures of a queue: the app of the counter is above this one, and says it when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from planning.models import FileGuichet

# Mean and dispersion assumed before any measure: a place lasts as long as its slot.
CV_ATTENDU = 0.5


@dataclass(frozen=True)
class Mesures:
    """The visits of a queue in the weeks before a day, counted by place: a visit of two slots is two of them.

    Args:
        passages: visits measured; with few of them the catalogue weighs more.
        moyenne: minutes at the counter for one place.
        cv: standard deviation over mean.
        jours: days when the site received.
        sans_rdv: places that people without appointment take on such a day.
    """

    passages: int
    moyenne: float
    cv: float = CV_ATTENDU
    jours: int = 0
    sans_rdv: float = 0.0


Mesureur = Callable[[FileGuichet, date], Mesures]
_mesureurs: list[Mesureur] = []


def mesurer_avec(mesureur: Mesureur) -> None:
    """Register how an upper app measures a queue before a day."""
    if mesureur not in _mesureurs:
        _mesureurs.append(mesureur)


def mesures_de(file: FileGuichet, jour: date) -> Mesures:
    """Return what is measured of a queue on the days before one; its slots' length when nothing is."""
    return _mesureurs[0](file, jour) if _mesureurs else Mesures(0, file.pas_minutes)
