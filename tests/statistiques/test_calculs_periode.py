"""Periods: their names, how a chart cuts them, and the bars cut short at both ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from statistiques.calculs.periode import (
    DUREE_MAXIMALE_JOURS,
    NOMMEES,
    PAR_DEFAUT,
    Pas,
    Periode,
    debut_de_tranche,
    periode_nommee,
)

LUNDI = date(2030, 3, 4)


@pytest.mark.parametrize(
    ("jours", "pas"), [(1, Pas.JOUR), (31, Pas.JOUR), (32, Pas.SEMAINE), (371, Pas.SEMAINE), (372, Pas.MOIS)]
)
def test_pas_follows_the_length(jours: int, pas: Pas) -> None:
    periode = Periode(LUNDI, LUNDI + timedelta(days=jours - 1))
    assert (periode.nb_jours, periode.pas) == (jours, pas)


def test_tranches_are_days_mondays_or_first_days_of_months() -> None:
    assert Periode(date(2032, 2, 28), date(2032, 3, 1)).tranches() == [
        date(2032, 2, 28),
        date(2032, 2, 29),
        date(2032, 3, 1),
    ]
    semaines = Periode(date(2029, 12, 5), date(2030, 1, 8)).tranches()
    assert (semaines[0], semaines[-1], len(semaines)) == (date(2029, 12, 3), date(2030, 1, 7), 6)
    mois = Periode(date(2028, 12, 31), date(2030, 2, 1)).tranches()
    assert (mois[0], mois[1], mois[-1], len(mois)) == (date(2028, 12, 1), date(2029, 1, 1), date(2030, 2, 1), 15)


@pytest.mark.parametrize("jours", [1, 30, 31, 32, 90, 365, 371, 372, 800, DUREE_MAXIMALE_JOURS])
def test_every_day_falls_in_a_bar_and_bars_stay_few(jours: int) -> None:
    periode = Periode(date(2029, 12, 30), date(2029, 12, 30) + timedelta(days=jours - 1))
    tranches = periode.tranches()
    attendues = {debut_de_tranche(periode.du + timedelta(days=n), periode.pas) for n in range(jours)}
    assert tranches == sorted(attendues)
    assert len(tranches) <= 62


def test_bornes_de_cuts_the_first_and_last_bars() -> None:
    periode = Periode(date(2030, 1, 9), date(2030, 3, 12))
    tranches = periode.tranches()
    assert periode.bornes_de(tranches[0]) == Periode(date(2030, 1, 9), date(2030, 1, 13))
    assert periode.bornes_de(tranches[1]) == Periode(date(2030, 1, 14), date(2030, 1, 20))
    assert periode.bornes_de(tranches[-1]) == Periode(date(2030, 3, 11), date(2030, 3, 12))
    assert sum(periode.bornes_de(t).nb_jours for t in tranches) == periode.nb_jours


@pytest.mark.parametrize(
    ("code", "attendue"),
    [
        ("7j", Periode(date(2030, 2, 26), LUNDI)),
        ("30j", Periode(date(2030, 2, 3), LUNDI)),
        ("90j", Periode(date(2029, 12, 5), LUNDI)),
        ("mois-dernier", Periode(date(2030, 2, 1), date(2030, 2, 28))),
        ("annee", Periode(date(2030, 1, 1), LUNDI)),
        ("12m", Periode(date(2029, 3, 5), LUNDI)),
    ],
)
def test_periode_nommee_ends_today_or_with_the_last_month(code: str, attendue: Periode) -> None:
    assert periode_nommee(code, LUNDI) == attendue


def test_mois_dernier_in_january_is_december() -> None:
    assert periode_nommee("mois-dernier", date(2030, 1, 31)) == Periode(date(2029, 12, 1), date(2029, 12, 31))


def test_every_name_is_a_period_and_the_default_is_one() -> None:
    assert PAR_DEFAUT in NOMMEES
    assert all(periode_nommee(code, LUNDI).nb_jours >= 7 for code in NOMMEES)
