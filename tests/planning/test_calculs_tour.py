from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.calculs.tour import DUREE_MAX, etalement, retard, tirer

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


@pytest.mark.parametrize(
    ("attendent", "par_seconde", "secondes"),
    [(0, 40, 0), (40, 40, 0), (400, 40, 10), (10**6, 40, 1_800), (10_000, 0, 0)],
)
def test_etalement_lasts_what_serving_all_takes(attendent, par_seconde, secondes):
    assert etalement(attendent, par_seconde=par_seconde) == timedelta(seconds=secondes)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 10**6), st.integers(0, 1_000))
def test_retard_is_in_whole_seconds_within_the_spread(tirage, attendent, par_seconde):
    apres = retard(tirage, attendent, par_seconde=par_seconde)
    assert timedelta(0) <= apres <= min(etalement(attendent, par_seconde=par_seconde), DUREE_MAX)
    assert apres.microseconds == 0


def test_retard_of_a_crowd_never_brings_more_in_a_second_than_the_server_takes():
    """With a fair margin: it is a lottery."""
    par_seconde: dict[timedelta, int] = {}
    for i in range(10_000):
        apres = retard(tirer(str(i), JOUR, secret="s"), 10_000, par_seconde=40)
        par_seconde[apres] = par_seconde.get(apres, 0) + 1
    assert len(par_seconde) == 250
    assert max(par_seconde.values()) <= 65
