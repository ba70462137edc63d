"""Half-days: the hour that cuts a day in two, and the instants between two of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

COUPURE = time(12, 30)


def instants(du: date, au: date, *, depuis_midi: bool, jusqu_a_midi: bool, fuseau: str) -> tuple[datetime, datetime]:
    """Return the first and the last instants from a day to another, both included, whole or from noon, to noon.

    Args:
        du: first day.
        au: last day.
        depuis_midi: whether the first day begins at noon.
        jusqu_a_midi: whether the last day ends at noon.
        fuseau: IANA timezone.
    """
    zone = ZoneInfo(fuseau)
    debut = datetime.combine(du, COUPURE if depuis_midi else time(0), tzinfo=zone)
    fin = au if jusqu_a_midi else au + timedelta(days=1)
    return debut, datetime.combine(fin, COUPURE if jusqu_a_midi else time(0), tzinfo=zone)
