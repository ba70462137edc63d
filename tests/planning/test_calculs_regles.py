"""Waves, shares and places: pure arithmetic."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.calculs.regles import Partage, ReglesCreneaux, garder, partager, repartir, vague

FUSEAU = "Europe/Paris"


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        (date(2030, 4, 9), "2030-03-05T09:00:00+01:00"),  # a Tuesday, 35 days before
        (date(2030, 4, 6), "2030-03-04T09:00:00+01:00"),  # a Saturday's wave waits for Monday
        (date(2030, 6, 5), "2030-05-02T09:00:00+02:00"),  # 1 May is a public holiday
    ],
)
def test_vague_opens_at_an_office_hour_of_a_working_day(jour: date, attendu: str) -> None:
    regles = ReglesCreneaux(horizon_jours=35, heure_ouverture=time(9))
    assert vague(jour, regles, fuseau=FUSEAU, feries={date(2030, 5, 1)}).isoformat() == attendu


@given(st.lists(st.integers(0, 20)), st.integers(0, 100))
def test_repartir_is_right_in_sum_at_each_step(nombres: list[int], pourcent: int) -> None:
    parts = list(repartir(nombres, pourcent))
    for rang in range(1, len(parts) + 1):
        assert sum(parts[:rang]) == sum(nombres[:rang]) * pourcent // 100
    assert all(part >= 0 for part in parts)


def test_partager_without_rules_gives_the_counters_minus_the_reserve_of_the_opening() -> None:
    assert partager([3, 2], [1, 1], rythme=100, regles=ReglesCreneaux()) == [
        Partage(3, 2, 1, (0, 0, 0)),
        Partage(2, 1, 1, (0, 0, 0)),
    ]


def test_partager_longer_visits_leave_fewer_places() -> None:
    places = [p.places for p in partager([2] * 6, [0] * 6, rythme=120, regles=ReglesCreneaux())]
    assert (places, sum(places)) == ([1, 2, 2, 1, 2, 2], 10)


def test_partager_shares_are_kept_over_the_day() -> None:
    regles = ReglesCreneaux(reserve_pourcent=25, titre_pourcent=50)
    partages = partager([1] * 8, [0] * 8, rythme=100, regles=regles)
    assert [p.reserve for p in partages] == [0, 0, 0, 1, 0, 0, 0, 1]
    assert sum(sum(p.gardees) for p in partages) == 3
    assert all(sum(p.gardees) <= p.places for p in partages)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30),
    st.integers(50, 200),
    st.integers(0, 80),
    st.integers(0, 80),
)
def test_partager_never_gives_more_than_there_is(
    creneaux: list[tuple[int, int]], rythme: int, reserve: int, gardees: int
) -> None:
    guichets, reserves = [g for g, _ in creneaux], [r for _, r in creneaux]
    regles = ReglesCreneaux(reserve_pourcent=reserve, titre_pourcent=gardees, accompagne_pourcent=80 - gardees)
    for partage in partager(guichets, reserves, rythme=rythme, regles=regles):
        assert 0 <= min(partage.gardees) <= sum(partage.gardees) <= partage.places
        assert partage.reserve >= 0


def test_garder_gives_each_quota_its_share_of_the_day_and_spreads_them() -> None:
    gardees = list(garder([2] * 20, [10, 20, 10]))
    assert [sum(colonne) for colonne in zip(*gardees, strict=True)] == [4, 8, 4]
    assert max(sum(g) for g in gardees) == 1
    assert all(sum(g) <= 2 for g in garder([2] * 10, [80, 80, 80]))
