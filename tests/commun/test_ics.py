from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from planipref.commun.ics import Poste, flux, invitation

DEBUT = datetime(2030, 7, 8, 10, 15, tzinfo=ZoneInfo("Europe/Paris"))


def fabriquer(**autres):
    valeurs: dict[str, Any] = {
        "uid": "rdv-1@planipref",
        "sequence": 0,
        "methode": "PUBLISH",
        "debut": DEBUT,
        "fin": DEBUT + timedelta(minutes=20),
        "titre": "Rendez-vous à la préfecture",
        "lieu": "5 place de la République; 67000 Strasbourg",
        "description": "Apportez :\n- votre passeport, l’original",
        "url": "https://exemple.fr/rdv/abc",
        "organisateur": "etrangers@67.prefecture.example",
    }
    return invitation(**(valeurs | autres))


def evenement(ics):
    return Calendar.from_ical(ics).walk("VEVENT")[0]


@time_machine.travel("2030-03-04T08:00:00Z", tick=False)
def test_published_appointment_reads_back_the_same():
    ics = fabriquer()
    lu = evenement(ics)
    assert b"METHOD:PUBLISH" in ics
    assert b"DTSTAMP:20300304T080000Z" in ics
    assert lu["uid"] == "rdv-1@planipref"
    assert lu["status"] == "CONFIRMED"
    assert lu.start.astimezone(UTC) == DEBUT.astimezone(UTC)
    assert lu.end - lu.start == timedelta(minutes=20)
    assert lu["location"] == "5 place de la République; 67000 Strasbourg"
    assert lu["description"] == "Apportez :\n- votre passeport, l’original"
    assert all(len(ligne) <= 75 for ligne in ics.split(b"\r\n"))


@pytest.mark.parametrize("fuseau", ["Europe/Paris", "Indian/Reunion", "America/Cayenne"])
def test_timezone_of_the_prefecture_is_described_in_the_file(fuseau):
    debut = datetime(2030, 7, 8, 10, 15, tzinfo=ZoneInfo(fuseau))
    ics = fabriquer(debut=debut, fin=debut + timedelta(hours=1))
    assert f"TZID:{fuseau}".encode() in ics
    assert evenement(ics).start.astimezone(UTC) == debut.astimezone(UTC)


def test_cancelled_appointment_removes_the_event():
    ics = fabriquer(methode="CANCEL", sequence=2)
    assert b"METHOD:CANCEL" in ics
    assert evenement(ics)["status"] == "CANCELLED"
    assert evenement(ics)["sequence"] == 2


@pytest.mark.parametrize(
    "autres",
    [{"debut": datetime(2030, 7, 8, 10)}, {"fin": DEBUT}, {"methode": "REQUEST"}],  # noqa: DTZ001 - naive on purpose
)
def test_event_that_means_nothing_is_refused(autres):
    with pytest.raises(ValueError, match=r"aware|after|valid Methode"):
        fabriquer(**autres)


# --- What is written is read back the same ------------------------------------------------------------

FUSEAUX = ["Europe/Paris", "America/Guadeloupe", "Indian/Reunion", "Pacific/Noumea", "America/Miquelon"]
# Around the two clock changes of 2030 in Paris, the second 02:30 of the night in autumn, and a summer noon overseas.
INSTANTS = [
    datetime(2030, 3, 31, 0, 30, tzinfo=UTC),
    datetime(2030, 3, 31, 1, 30, tzinfo=UTC),
    datetime(2030, 10, 27, 0, 30, tzinfo=UTC),
    datetime(2030, 10, 27, 1, 30, tzinfo=UTC),
    datetime(2030, 7, 8, 16, tzinfo=UTC),
]


@pytest.mark.parametrize("methode", ["PUBLISH", "CANCEL"])
@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("fuseau", FUSEAUX)
def test_file_read_and_written_again_is_equal_and_says_the_same_instant(fuseau, instant, methode):
    debut = instant.astimezone(ZoneInfo(fuseau))
    ics = fabriquer(debut=debut, fin=(instant + timedelta(minutes=45)).astimezone(ZoneInfo(fuseau)), methode=methode)
    assert Calendar.from_ical(ics).to_ical() == ics
    lu = evenement(ics)
    assert lu.start.astimezone(UTC) == instant
    assert lu.end.astimezone(UTC) == instant + timedelta(minutes=45)


@pytest.mark.parametrize("methode", ["PUBLISH", "CANCEL"])
def test_file_has_all_that_its_method_requires(methode):
    """RFC 5546, 3.2.1 and 3.2.5."""
    lu = evenement(fabriquer(methode=methode, sequence=3))
    assert {"DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID", "SEQUENCE", "STATUS"} <= set(lu)
    assert lu["organizer"] == "mailto:etrangers@67.prefecture.example"


def test_planning_of_an_agent_read_and_written_again_is_equal():
    postes = [
        Poste("p-1", i.astimezone(ZoneInfo("Europe/Paris")), i + timedelta(hours=3), "Guichet 2", "Strasbourg")
        for i in INSTANTS
    ]
    ics = flux(postes, nom="Mon planning")
    assert Calendar.from_ical(ics).to_ical() == ics
    debuts = [e.decoded("dtstart").astimezone(UTC) for e in Calendar.from_ical(ics).walk("VEVENT")]
    assert debuts == INSTANTS
