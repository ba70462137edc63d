"""Working days of a préfecture over the months told, as plain integers: seconds since 1970 (UTC), civil ordinals."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

JOUR = 86_400
AVENIR_JOURS = 100
_ORDINAL_1970 = date(1970, 1, 1).toordinal()
# Office hours, in seconds since midnight.
MATIN, APRES_MIDI = (9 * 3600, 12 * 3600), (13 * 3600 + 1800, 16 * 3600)
# When people fill in forms at home; away from midnight, so that a clock change moves nothing to another day.
SOIREES = (6 * 3600, 23 * 3600)


@cache
def _jour_texte(jour: int) -> str:
    return f"{date.fromordinal(jour + _ORDINAL_1970)} "


@cache
def _heure_texte(seconde: int) -> str:
    return f"{seconde // 3600:02d}:{seconde // 60 % 60:02d}:{seconde % 60:02d}+00"


def texte(instant: int) -> str:
    """Return an instant as PostgreSQL reads it; written seventy times a demande, so from two tables."""
    return _jour_texte(instant // JOUR) + _heure_texte(instant % JOUR)


def instant_utc(instant: int) -> datetime:
    """Return the aware datetime of an instant."""
    return datetime.fromtimestamp(instant, UTC)


class Calendrier:
    """Days from a first one to the eve of today, with the clock of the préfecture.

    Args:
        aujourdhui: civil day of the loading; nothing that has happened is told of it.
        jours: how many days back.
        fuseau: IANA timezone.
        feries: public holidays.
    """

    def __init__(self, aujourdhui: date, *, jours: int, fuseau: str, feries: Container[date]) -> None:
        self.aujourdhui = aujourdhui.toordinal()
        self.premier = self.aujourdhui - jours
        self.feries = feries
        zone = ZoneInfo(fuseau)
        self._decalages: list[int] = []
        self._ouvres: list[int] = []
        dernier = self.premier
        for ordinal in range(self.premier, self.aujourdhui + AVENIR_JOURS):
            jour = date.fromordinal(ordinal)
            decalage = datetime.combine(jour, time(12), tzinfo=zone).utcoffset() or timedelta()
            self._decalages.append(int(decalage.total_seconds()))
            if jour.isoweekday() <= 5 and jour not in feries:
                dernier = ordinal
            self._ouvres.append(dernier)

    @property
    def hier(self) -> int:
        """The eve of today."""
        return self.aujourdhui - 1

    def instant(self, ordinal: int, secondes: int) -> int:
        """Return the instant of a local time of day."""
        return (ordinal - _ORDINAL_1970) * JOUR + secondes - self._decalages[ordinal - self.premier]

    def jour(self, instant: int) -> int:
        """Return the civil day of an instant."""
        decalage = self._decalages[instant // JOUR + _ORDINAL_1970 - self.premier]
        return (instant + decalage) // JOUR + _ORDINAL_1970

    def ouvre(self, ordinal: int) -> int:
        """Return the working day at or before a day."""
        return self._ouvres[ordinal - self.premier]

    def est_ouvre(self, ordinal: int) -> bool:
        """Say whether the préfecture works on a day."""
        return self.ouvre(ordinal) == ordinal

    def au_bureau(self, ordinal: int, alea: Random) -> int:
        """Draw an instant in the office hours of the working day at or before a day."""
        debut, fin = MATIN if alea.random() < 0.55 else APRES_MIDI
        return self.instant(self.ouvre(ordinal), debut + int(alea.random() * (fin - debut)))

    def a_la_maison(self, ordinal: int, alea: Random) -> int:
        """Draw an instant of a day when someone fills in a form."""
        debut, fin = SOIREES
        return self.instant(ordinal, debut + int(alea.random() * (fin - debut)))
