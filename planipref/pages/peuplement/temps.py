"""Working time of a préfecture, walked backwards from today: a history that ends now and never in the future."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

PLAGES = ((time(9), time(12)), (time(13, 30), time(16)))


def est_ouvre(jour: date, feries: Container[date]) -> bool:
    """Say whether the préfecture works on a day."""
    return jour.isoweekday() <= 5 and jour not in feries


def reculer(instant: datetime, *, alea: Random, fuseau: str, feries: Container[date]) -> datetime:
    """Return the instant when it falls in office hours, else one in the last office hours before it."""
    local = instant.astimezone(ZoneInfo(fuseau))
    if est_ouvre(local.date(), feries):
        if any(debut <= local.time() < fin for debut, fin in PLAGES):
            return instant
        for debut, fin in reversed(PLAGES):
            if local.time() >= fin:
                return _dans(local.date(), debut, fin, alea, fuseau)
    jour = local.date() - timedelta(days=1)
    while not est_ouvre(jour, feries):
        jour -= timedelta(days=1)
    return _dans(jour, *PLAGES[alea.randrange(2)], alea, fuseau)


def _dans(jour: date, debut: time, fin: time, alea: Random, fuseau: str) -> datetime:
    depart = datetime.combine(jour, debut, tzinfo=ZoneInfo(fuseau))
    terme = datetime.combine(jour, fin, tzinfo=ZoneInfo(fuseau))
    secondes = int((terme - depart).total_seconds())
    return (depart + timedelta(seconds=alea.randrange(secondes))).astimezone(ZoneInfo("UTC"))


def dater(
    delais_jours: Iterable[float], fin: datetime, *, alea: Random, fuseau: str, feries: Container[date]
) -> list[datetime]:
    """Date steps that follow each other, the last one at `fin` or just before, each in office hours.

    Args:
        delais_jours: days between each step and the one before it; the first is ignored.
        fin: latest instant of the last step.
        alea: source of randomness.
        fuseau: IANA timezone of the préfecture.
        feries: its public holidays.
    """
    instants: list[datetime] = []
    for delai in [0.0, *reversed(list(delais_jours)[1:])]:
        depuis = instants[-1] if instants else fin
        instants.append(reculer(depuis - timedelta(days=delai), alea=alea, fuseau=fuseau, feries=feries))
    return instants[::-1]
