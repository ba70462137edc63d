"""Slots of a day, as pure arithmetic on times."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Moment(StrEnum):
    """Part of a day, as one asks for it."""

    MATIN = "matin"
    APRES_MIDI = "apres-midi"


MIDI = 12  # hour at which the afternoon begins


def moment_de(debut: datetime, fuseau: str) -> Moment:
    """Return the part of the day in which a slot starts, in a timezone."""
    return Moment.MATIN if debut.astimezone(ZoneInfo(fuseau)).hour < MIDI else Moment.APRES_MIDI


def debuts(jour: date, debut: time, fin: time, *, pas_minutes: int, fuseau: str) -> list[datetime]:
    """Return the starts of the whole slots of an opening, in UTC; hours that a clock change skips are left out.

    Args:
        jour: civil day.
        debut: first minute, local time.
        fin: end of the opening, local time, not included.
        pas_minutes: length of a slot, in minutes.
        fuseau: IANA timezone of the préfecture.
    """
    zone, utc = ZoneInfo(fuseau), ZoneInfo("UTC")
    instant, terme = datetime.combine(jour, debut), datetime.combine(jour, fin)
    pas = timedelta(minutes=pas_minutes)
    resultat = []
    while instant + pas <= terme:
        local = instant.replace(tzinfo=zone)
        absolu = local.astimezone(utc)
        if absolu.astimezone(zone).replace(tzinfo=None) == instant:
            resultat.append(absolu)
        instant += pas
    return resultat


def nombre_de_creneaux(minutes: int, pas_minutes: int, personnes: int = 1) -> int:
    """Return how many slots in a row a visit takes.

    Args:
        minutes: time at the counter for one person.
        pas_minutes: length of a slot.
        personnes: persons who come together.
    """
    return max(1, math.ceil(minutes * personnes / pas_minutes))


def lundi_de(jour: date) -> date:
    """Return the Monday of a day's week."""
    return jour - timedelta(days=jour.weekday())


def tient(recurrence: str, jour: date) -> bool:
    """Say whether a recurrence of a day of the week holds on a date.

    Args:
        recurrence: see `PlageOuverture.Recurrence`; weeks are even or odd by their ISO number.
        jour: the date.
    """
    rang, dernier = (jour.day + 6) // 7, (jour + timedelta(days=7)).month != jour.month
    match recurrence:
        case "paires" | "impaires":
            return (jour.isocalendar().week % 2 == 0) == (recurrence == "paires")
        case "dernier":
            return dernier
        case "toutes":
            return True
        case _:
            return recurrence == f"rang_{rang}"
