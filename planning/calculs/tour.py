"""The turn of each at an opening, drawn by lot: neither quick fingers nor robots win, and no crowd comes at once.

A web server answers some tens of pages a second. When more people than that wait for places to open, their turns are
spread over the time that serving them takes: the order is a lottery, the same for everybody at every reload. Those
whose turn comes when about all is taken follow each other more quickly: being told costs the server little.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta

DUREE_MAX = timedelta(minutes=30)
MARGE = 2  # turns of those who may book, for each place
SUIVANTS = 5  # how much quicker the turns of the others follow each other


def tirer(cle: str, jour: date, *, secret: str) -> float:
    """Draw the place of somebody in the order of a day: uniform in [0, 1), the same at each call, foreseen by nobody.

    Args:
        cle: what names them.
        jour: day of the opening.
        secret: key of the server.
    """
    condensat = hmac.new(secret.encode(), f"tour:{jour}:{cle}".encode(), hashlib.sha256).digest()
    return int.from_bytes(condensat[:6]) / 2**48


@dataclass(frozen=True)
class Foule:
    """Who waits for places to open, and for what.

    Args:
        attendent: how many may come.
        places: how many places open.
        par_seconde: how many persons the server serves in a second, who look, choose and book; 0 spreads nothing.
    """

    attendent: int
    places: int
    par_seconde: float

    @property
    def premiers(self) -> float:
        """How many turns are given at the pace of those who book: twice as many as places, for who does not come."""
        return min(float(self.attendent), MARGE * self.places)

    def instant(self, rang: float) -> float:
        """Return after how many seconds the turn of a rank comes.

        Those who come once the places are gone are told so in a few milliseconds: their turns are closer together.
        """
        if not self.par_seconde or self.attendent <= self.par_seconde:
            return 0.0
        secondes = (min(rang, self.premiers) + max(rang - self.premiers, 0) / SUIVANTS) / self.par_seconde
        etalement = (self.premiers + (self.attendent - self.premiers) / SUIVANTS) / self.par_seconde
        return secondes * min(1.0, DUREE_MAX.total_seconds() / etalement)


def retard(tirage: float, foule: Foule) -> timedelta:
    """Return how long after the opening somebody's turn comes, in whole seconds, at most `DUREE_MAX`.

    Args:
        tirage: see `tirer`.
        foule: those who wait.
    """
    return timedelta(seconds=int(round(foule.instant(tirage * foule.attendent), 6)))
