from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from planipref.commun.ics import invitation

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
