"""A calendar file as a table: one line for each event, so that CSV and ICS are read alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar.cal import Component

TITRE_MAX, LIGNE_MAX = 60, 500  # characters of a line « title: value », read from its beginning
ANNULE = "annulé"
IMPREVUS = (KeyError, TypeError, IndexError, AttributeError, OverflowError)  # let through by the parser on odd files


def est_un_agenda(contenu: str) -> bool:
    """Say whether a text is a calendar file rather than a table."""
    return contenu.lstrip("\ufeff \r\n\t").upper().startswith("BEGIN:VCALENDAR")


def lire_agenda(contenu: str, fuseau: str) -> list[dict[str, str]]:
    """Return the events of a calendar file: what it says of each, by our names, then the lines « title: value » of its
    description, by their titles.

    Args:
        contenu: the file.
        fuseau: timezone of the préfecture, of the hours that name none.

    Raises:
        ValueError: it is no calendar.
    """
    try:
        agenda = Calendar.from_ical(contenu)
        return [dict(_dits(evenement, ZoneInfo(fuseau))) for evenement in agenda.walk("VEVENT")]
    except IMPREVUS as erreur:
        raise ValueError(str(erreur)) from erreur


def _dits(evenement: Component, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    yield "reference", str(evenement.get("UID", ""))
    yield "motif", str(evenement.get("SUMMARY", ""))
    if str(evenement.get("STATUS", "")).upper() == "CANCELLED":
        yield "etat", ANNULE
    debut = evenement.get("DTSTART")
    instant = debut.dt if debut is not None else None
    if isinstance(instant, datetime):
        local = instant.astimezone(zone) if instant.tzinfo else instant
        yield "date", f"{local:%d/%m/%Y}"
        yield "heure", f"{local:%H:%M}"
    invites = evenement.get("ATTENDEE", [])
    for invite in invites if isinstance(invites, list) else [invites]:
        adresse = str(invite)
        if adresse.lower().startswith("mailto:"):
            yield "courriel", adresse[len("mailto:") :]
            break
    for ligne in str(evenement.get("DESCRIPTION", "")).splitlines():
        titre, _, valeur = (partie.strip() for partie in ligne[:LIGNE_MAX].partition(":"))
        if 0 < len(titre) <= TITRE_MAX and valeur:
            yield titre, valeur
