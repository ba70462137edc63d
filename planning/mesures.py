"""What the counter measures of a queue: the app of the counter is above this one, and says it when asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from demandes.models import Site
from planning.models import FileGuichet

# Mean and dispersion assumed before any measure: a place lasts as long as its slot.
CV_ATTENDU = 0.5
RYTHME_MIN, RYTHME_MAX = 50, 200
VISITES_MIN = 30  # below, a mean says little


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


@dataclass(frozen=True)
class Duree:
    """The visits of a queue.

    Args:
        visites: how many were measured.
        prevues: mean minutes that the catalogue plans for them.
        mesurees: mean minutes that they took, from the call to the end.
    """

    visites: int
    prevues: float
    mesurees: float

    @property
    def suffisante(self) -> bool:
        """Whether enough visits were measured to go by them."""
        return self.visites >= VISITES_MIN

    @property
    def rythme(self) -> int:
        """What a visit takes, in per cent of what is planned."""
        return min(RYTHME_MAX, max(RYTHME_MIN, round(100 * self.mesurees / self.prevues)))


MesureurPlaces = Callable[[FileGuichet, date], Mesures]
MesureurDurees = Callable[[Site, date], Mapping[int, Duree]]
_mesureurs: list[tuple[MesureurPlaces, MesureurDurees]] = []


def mesurer_avec(*, places: MesureurPlaces, durees: MesureurDurees) -> None:
    """Register how an upper app measures.

    Args:
        places: called with a queue and a day; what is measured by place before it.
        durees: called with a site and a day; the visits before it, by queue.
    """
    if (places, durees) not in _mesureurs:
        _mesureurs.append((places, durees))


def mesures_de(file: FileGuichet, jour: date) -> Mesures:
    """Return what is measured of a queue on the days before one; its slots' length when nothing is."""
    return _mesureurs[0][0](file, jour) if _mesureurs else Mesures(0, file.pas_minutes)


def durees_mesurees(site: Site, jour: date) -> Mapping[int, Duree]:
    """Return how long visits took before a day, by queue; nothing where nobody measures."""
    return _mesureurs[0][1](site, jour) if _mesureurs else {}
