"""Calendar files (RFC 5545): an appointment, an agent's planning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vUri

from planipref.commun.horloge import maintenant


class Methode(StrEnum):
    """What the file asks the calendar to do with the event."""

    PUBLIER = "PUBLISH"
    ANNULER = "CANCEL"


def invitation(
    *,
    uid: str,
    sequence: int,
    methode: Methode | str,
    debut: datetime,
    fin: datetime,
    titre: str,
    lieu: str,
    description: str,
    url: str,
    organisateur: str,
) -> bytes:
    """Return an ICS file with one event.

    Args:
        uid: stable identifier of the appointment; the same for its moves and its cancellation.
        sequence: 0 at first, higher at each change, so that calendars replace the event.
        methode: ``PUBLISH`` (taken or moved) or ``CANCEL``.
        debut: aware start, in the préfecture's timezone.
        fin: aware end.
        titre: summary; name no motif that the person may not want to see on a shared calendar.
        lieu: address of the site.
        description: what to bring, how to cancel.
        url: page of the appointment.
        organisateur: mail address of who receives; RFC 5546 wants one to publish an event, or to cancel it.

    Raises:
        ValueError: an instant is naive, or the end is not after the start.
    """
    if debut.tzinfo is None or fin.tzinfo is None:
        raise ValueError("instants must be timezone-aware")
    if fin.astimezone(UTC) <= debut.astimezone(UTC):  # two times of one zone compare by the clock on the wall
        raise ValueError("end must be after start")
    voulue = Methode(methode)
    evenement = Event()
    evenement.add("uid", uid)
    evenement.add("sequence", sequence)
    evenement.add("dtstamp", maintenant())
    evenement.add("organizer", vCalAddress(f"mailto:{organisateur}"))
    evenement.add("dtstart", _sans_doute(debut))
    evenement.add("dtend", _sans_doute(fin))
    evenement.add("summary", titre)
    evenement.add("location", lieu)
    evenement.add("description", description)
    evenement.add("url", vUri(url))
    evenement.add("status", "CANCELLED" if voulue is Methode.ANNULER else "CONFIRMED")
    evenement.add("transp", "TRANSPARENT" if voulue is Methode.ANNULER else "OPAQUE")
    return _calendrier([evenement], voulue, "Rendez-vous")


@dataclass(frozen=True)
class Poste:
    """A half-day of work, as a calendar shows it.

    Args:
        uid: stable identifier.
        debut: aware start.
        fin: aware end.
        titre: summary.
        lieu: address.
    """

    uid: str
    debut: datetime
    fin: datetime
    titre: str
    lieu: str


def flux(postes: Iterable[Poste], *, nom: str) -> bytes:
    """Return a calendar that is read again and again; what is gone from it is gone from who reads it.

    Args:
        postes: half-days.
        nom: title of the calendar.
    """
    evenements = []
    for poste in postes:
        evenement = Event()
        evenement.add("uid", poste.uid)
        evenement.add("dtstamp", maintenant())
        evenement.add("dtstart", _sans_doute(poste.debut))
        evenement.add("dtend", _sans_doute(poste.fin))
        evenement.add("summary", poste.titre)
        evenement.add("location", poste.lieu)
        evenements.append(evenement)
    return _calendrier(evenements, Methode.PUBLIER, "Planning", nom)


def _sans_doute(instant: datetime) -> datetime:
    """Return an instant as a file can say it: in UTC when its local time comes twice, and this is the second."""
    premier = instant.replace(fold=0).astimezone(UTC)
    return instant if instant.astimezone(UTC) == premier else instant.astimezone(UTC)


def _calendrier(evenements: Iterable[Event], methode: Methode, produit: str, nom: str = "") -> bytes:
    calendrier = Calendar()
    calendrier.add("prodid", f"-//PlaniPref//{produit}//FR")
    calendrier.add("version", "2.0")
    calendrier.add("calscale", "GREGORIAN")
    calendrier.add("method", methode.value)
    if nom:
        calendrier.add("x-wr-calname", nom)
    for evenement in evenements:
        calendrier.add_component(evenement)
    calendrier.add_missing_timezones()
    return bytes(calendrier.to_ical())
