"""The one place that reads the clock, so that tests and services can inject time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def maintenant() -> datetime:
    """Return the current instant, timezone-aware, in UTC."""
    return timezone.now()


def aujourdhui(fuseau: str, instant: datetime | None = None) -> date:
    """Return the civil date of an instant in a préfecture's timezone.

    Args:
        fuseau: IANA name, such as ``Europe/Paris`` or ``Indian/Reunion``.
        instant: aware instant; the current one when omitted.
    """
    return (instant or maintenant()).astimezone(ZoneInfo(fuseau)).date()
