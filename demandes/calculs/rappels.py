"""What a préfecture decides of the messages that remind: values of the code, where neither it nor the country says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# The most that one list of days holds: nobody is written to every day.
JOURS_MAX = 4


@dataclass(frozen=True)
class ReglesMessages:
    """The rules of the messages that remind, in the préfecture's own time.

    Args:
        heure: from when reminders leave on their day.
        rappels: days before an appointment when it is reminded by mail.
        rappels_sms: days before an appointment when it is reminded by text message.
        sms_de: text messages never leave before that time.
        sms_a: nor from that time on.
        relances: days after a convocation when a link that booked nothing is reminded.
        alerte_jours: days after a convocation when who convoked learns that the link booked nothing; 0 for never.
        pieces: days before the end of the time given for missing pieces when they are reminded.
        delais_jours: days before the end of a legal time limit when the service is told; 0 for never.
        reprises: appointments missed after which the same link may still book another.
    """

    heure: time = time(10)
    rappels: tuple[int, ...] = (7, 1)
    rappels_sms: tuple[int, ...] = (2,)
    sms_de: time = time(8)
    sms_a: time = time(20)
    relances: tuple[int, ...] = (3, 7)
    alerte_jours: int = 10
    pieces: tuple[int, ...] = (7, 2)
    delais_jours: int = 15
    reprises: int = 1


def est_l_heure(regles: ReglesMessages, fuseau: str, instant: datetime) -> bool:
    """Say whether the reminders of the day may leave.

    Args:
        regles: of the préfecture.
        fuseau: its IANA name.
        instant: aware.
    """
    return instant.astimezone(ZoneInfo(fuseau)).time() >= regles.heure


def fin_du_calme(regles: ReglesMessages, fuseau: str, instant: datetime) -> datetime | None:
    """Return when people may be disturbed again, by a text message or for an answer; None when they may be now.

    Args:
        regles: of the préfecture.
        fuseau: its IANA name.
        instant: aware.
    """
    local = instant.astimezone(ZoneInfo(fuseau))
    if regles.sms_de <= local.time() < regles.sms_a:
        return None
    jour = local.date() + timedelta(days=local.time() >= regles.sms_a)
    return datetime.combine(jour, regles.sms_de, tzinfo=local.tzinfo)
