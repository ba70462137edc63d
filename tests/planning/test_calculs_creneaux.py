"""Slots of a day against a walk minute by minute in UTC, on days of clock changes and overseas."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.calculs.creneaux import debuts, lundi_de, nombre_de_creneaux

FUSEAUX = (
    "Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne", "America/Miquelon", "Indian/Reunion",
    "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti", "Pacific/Wallis",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
# Clock changes of Paris and of Saint-Pierre-et-Miquelon, forward then back.
CHANGEMENTS = (date(2030, 3, 31), date(2030, 10, 27), date(2030, 3, 10), date(2030, 11, 3))
HEURES = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))


def a_la_minute(jour: date, debut: time, fin: time, pas: int, fuseau: str) -> list[datetime]:
    """Read the clock on the wall at each minute of the world's day; a time shown twice counts the first time."""
    minuit = datetime.combine(jour, time.min, UTC)
    zone, duree = ZoneInfo(fuseau), timedelta(minutes=pas)
    vus, trouves = set(), []
    for n in range(-15 * 60, 39 * 60):
        instant = minuit + MINUTE * n
        mur = instant.astimezone(zone).replace(tzinfo=None)
        depuis = mur - datetime.combine(jour, debut)
        entier = timedelta(0) <= depuis and mur + duree <= datetime.combine(jour, fin)
        if entier and not depuis % duree and mur not in vus:
            vus.add(mur)
            trouves.append(instant)
    return trouves


@settings(max_examples=60)
@given(
    st.dates(date(2026, 1, 1), date(2035, 12, 31)) | st.sampled_from(CHANGEMENTS),
    HEURES,
    HEURES,
    st.sampled_from([5, 10, 15, 20, 30, 45, 60, 120]),
    st.sampled_from(FUSEAUX),
)
def test_debuts_are_those_the_clock_on_the_wall_shows(jour, debut, fin, pas, fuseau):
    assert debuts(jour, debut, fin, pas_minutes=pas, fuseau=fuseau) == a_la_minute(jour, debut, fin, pas, fuseau)


@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)), st.sampled_from([5, 10, 15, 20, 30]), st.sampled_from(FUSEAUX))
def test_debuts_of_office_hours_follow_each_other_whatever_the_season(jour, pas, fuseau):
    """No clock changes between 8:00 and 18:00: the day is full, at the same local hours all year."""
    obtenus = debuts(jour, time(8), time(18), pas_minutes=pas, fuseau=fuseau)
    assert len(obtenus) == 600 // pas
    assert all(b - a == timedelta(minutes=pas) for a, b in pairwise(obtenus))
    locaux = [i.astimezone(ZoneInfo(fuseau)) for i in obtenus]
    assert (locaux[0].date(), locaux[0].time()) == (jour, time(8))
    assert all(i.tzinfo is not None and i.utcoffset() == timedelta(0) for i in obtenus)


@pytest.mark.parametrize(
    ("fuseau", "jour", "nombre", "premier_utc"),
    [
        ("Europe/Paris", date(2030, 3, 31), 8, time(0)),  # 2:00 to 3:00 does not exist: 4 of 12 quarters are left out
        ("Europe/Paris", date(2030, 10, 27), 12, time(23)),  # 2:00 to 3:00 exists twice: served once
        ("Europe/Paris", date(2030, 6, 30), 12, time(23)),
        ("America/Miquelon", date(2030, 3, 10), 8, time(4)),
        ("Indian/Reunion", date(2030, 3, 31), 12, time(21)),
    ],
)
def test_debuts_of_a_night_when_the_clock_changes(fuseau, jour, nombre, premier_utc):
    obtenus = debuts(jour, time(1), time(4), pas_minutes=15, fuseau=fuseau)
    assert len(obtenus) == len(set(obtenus)) == nombre
    assert obtenus == sorted(obtenus)
    assert obtenus[0].time() == premier_utc


@given(HEURES, HEURES, st.integers(5, 120))
def test_debuts_of_an_opening_too_short_are_none(debut, fin, pas):
    duree = (datetime.combine(date.min, fin) - datetime.combine(date.min, debut)) / MINUTE
    vides = not debuts(date(2030, 6, 4), debut, fin, pas_minutes=pas, fuseau="Indian/Reunion")
    assert vides == (duree < pas)


@given(st.integers(0, 300), st.integers(5, 120), st.integers(1, 10))
def test_nombre_de_creneaux_is_the_fewest_that_hold_the_visit(minutes, pas, personnes):
    nombre = nombre_de_creneaux(minutes, pas, personnes)
    assert nombre * pas >= minutes * personnes
    assert nombre == 1 or (nombre - 1) * pas < minutes * personnes


@given(st.dates(date(1900, 1, 8), date(2100, 1, 1)))
def test_lundi_de_is_the_last_monday_not_after(jour):
    lundi = lundi_de(jour)
    assert lundi.isoweekday() == 1
    assert lundi <= jour < lundi + timedelta(days=7)
    assert lundi.isocalendar()[:2] == jour.isocalendar()[:2]
