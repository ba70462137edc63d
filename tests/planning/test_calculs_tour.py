from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.calculs.tour import DUREE_MAX, Foule, retard, tirer

JOUR = date(2030, 3, 5)


def test_tirer_is_uniform_and_the_same_each_time():
    tirages = [tirer(str(i), JOUR, secret="s") for i in range(4_000)]
    assert tirages == [tirer(str(i), JOUR, secret="s") for i in range(4_000)]
    assert min(tirages) >= 0
    assert max(tirages) < 1
    for dixieme in range(10):
        assert 320 <= sum(dixieme <= 10 * t < dixieme + 1 for t in tirages) <= 480


def test_tirer_another_day_or_key_draws_anew():
    assert (
        len({tirer("a", JOUR, secret="s"), tirer("a", JOUR + timedelta(1), secret="s"), tirer("a", JOUR, secret="t")})
        == 3
    )


def dernier(attendent, places, par_seconde):
    return retard(1.0, Foule(attendent, places, par_seconde)).total_seconds()


@pytest.mark.parametrize(
    ("attendent", "places", "par_seconde", "secondes"),
    [
        (0, 10, 40, 0),
        (40, 10, 40, 0),
        (400, 200, 40, 10),  # each may book
        (10_000, 600, 8, 150 + 220),  # twelve hundred at the pace of who books, the others five times as quickly
        (10**6, 600, 40, 1_800),
        (10_000, 0, 0, 0),
    ],
)
def test_turns_last_what_serving_all_takes(attendent, places, par_seconde, secondes):
    assert dernier(attendent, places, par_seconde) == secondes


FOULES = st.builds(Foule, st.integers(0, 10**6), st.integers(0, 5_000), st.integers(0, 1_000))


@given(FOULES, st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_retard_is_in_whole_seconds_and_follows_the_draw(foule, un, autre):
    premier, second = (retard(t, foule) for t in sorted((un, autre)))
    assert timedelta(0) <= premier <= second <= DUREE_MAX
    assert premier.microseconds == 0


def test_retard_of_a_crowd_never_brings_more_in_a_second_than_the_server_takes():
    """With a fair margin: it is a lottery."""
    par_seconde: dict[timedelta, int] = {}
    for i in range(10_000):
        apres = retard(tirer(str(i), JOUR, secret="s"), Foule(10_000, 5_000, 40))
        par_seconde[apres] = par_seconde.get(apres, 0) + 1
    assert len(par_seconde) == 250
    assert max(par_seconde.values()) <= 65
