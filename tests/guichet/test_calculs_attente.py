"""The wait announced: exact where theory is, honest on days it has not seen, better than the last waits."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guichet.calculs.attente import Annonce, Attendu, Devant, Flux, Poste, Salle, annoncer
from guichet.calculs.durees import CV_ATTENDU, Loi, Mesure, loi_de
from guichet.calculs.ordre import Regles
from tests.guichet.journees import relever

FIXE = Loi(20.0, 0.01)
LOI = Loi(15.0, 0.5)


def poste(ecoule: float | None = None, loi: Loi = FIXE, files: tuple[int, ...] = (0,), **autres: float) -> Poste:
    occupe = ecoule is not None
    return Poste(frozenset(files), en_cours=loi if occupe else None, ecoule=ecoule or 0.0, **autres)


def dire(devant: int, *postes: Poste, file: int = 0, rang: float = 0.0, loi: Loi = FIXE, **salle: Any) -> Annonce:
    annonce = annoncer(file, rang, [Devant(0, loi)] * devant, Salle(postes, **salle))
    assert annonce is not None
    return annonce


@pytest.fixture(scope="module")
def releves():
    return list(relever(range(12)))


def test_ninth_decile_covers_nine_waits_in_ten_of_days_unseen(releves):
    assert len(releves) > 300
    couverts = fmean(r.attente <= r.annonce.p90 for r in releves)
    assert 0.86 <= couverts <= 0.94
    assert 0.42 <= fmean(r.attente <= r.annonce.p50 for r in releves) <= 0.58
    assert abs(fmean(r.annonce.p50 - r.attente for r in releves)) <= 1


def test_ninth_decile_covers_as_well_days_with_people_put_aside_and_sent_on():
    releves = list(relever(range(24), detours=True))
    assert len(releves) > 700
    assert 0.86 <= fmean(r.attente <= r.annonce.p90 for r in releves) <= 0.94
    assert 0.42 <= fmean(r.attente <= r.annonce.p50 for r in releves) <= 0.58
    assert abs(fmean(r.annonce.p50 - r.attente for r in releves)) <= 1.5


def test_announcement_is_better_than_the_mean_of_the_last_waits(releves):
    assert fmean(abs(r.attente - r.annonce.p50) for r in releves) < 0.6 * fmean(
        abs(r.attente - r.moyenne_mobile) for r in releves
    )
    assert fmean((r.attente - r.annonce.p50) ** 2 for r in releves) < 0.5 * fmean(
        (r.attente - r.moyenne_mobile) ** 2 for r in releves
    )


def test_visits_of_known_length_give_the_wait_to_the_minute():
    annonce = dire(3, poste(10.0), poste(5.0))  # free at 10 and 15, then at 30 and 35, then at 50
    assert annonce.p50 == pytest.approx(35, abs=0.5)
    assert annonce.p90 == pytest.approx(35, abs=0.5)


def test_many_counters_free_as_an_erlang_law_says():
    """Residues of many visits caught at random make a Poisson flow of c/m: n + 1 of them is an Erlang law."""
    nombre, n = 60, 5
    visites = [(i + 0.5) / nombre for i in range(nombre)]  # how far the visits under way are, over the stationary law
    postes = [poste(_age(LOI, part), LOI) for part in visites]
    annonce = dire(n, *postes, loi=LOI)
    pas = LOI.moyenne / nombre
    assert annonce.p50 == pytest.approx(5.670 * pas, rel=0.2)  # median and ninth decile of an Erlang(6, 1)
    assert annonce.p90 == pytest.approx(9.275 * pas, rel=0.2)


def _age(loi: Loi, part: float) -> float:
    """Return the age below which this share of visits caught at random is: the survival integrated, over the mean."""
    cumul, age, pas = 0.0, 0.0, 0.01
    while cumul < part * loi.moyenne:
        z = (math.log(max(age, 1e-9)) - loi.mu) / loi.sigma
        cumul += 0.5 * math.erfc(z / math.sqrt(2)) * pas
        age += pas
    return age


def test_visit_that_lasts_beyond_its_law_is_not_said_to_end_at_once():
    assert dire(0, poste(60.0, LOI)).p50 > 4
    assert dire(0, poste(600.0, LOI)).p50 > 4


def test_announcement_is_rounded_up_to_five_minutes():
    assert (Annonce(16.1, 31.0).environ, Annonce(16.1, 31.0).au_plus) == (20, 35)
    assert (Annonce(0.0, 5.0).environ, Annonce(0.0, 5.0).au_plus) == (5, 5)


@given(st.integers(0, 12), st.integers(1, 5), st.floats(0, 30))
@settings(max_examples=40)
def test_one_more_person_ahead_or_one_counter_less_never_shortens_the_wait(devant, nombre, ecoule):
    postes = [poste(ecoule, LOI)] * nombre
    annonce = dire(devant, *postes, loi=LOI)
    assert 0 <= annonce.p50 <= annonce.p90
    assert dire(devant + nombre, *postes, loi=LOI).p50 >= annonce.p50
    assert dire(devant, *postes, poste(ecoule, LOI), poste(ecoule, LOI), loi=LOI).p50 <= annonce.p50 + 0.5


def test_appointment_to_come_counts_when_it_passes_before_and_only_then():
    seul = dire(0, poste(0.0)).p50
    vient = [Attendu(0, 5.0, 1.0, FIXE)]
    assert dire(0, poste(0.0), attendus=vient).p50 == pytest.approx(seul + 20, abs=1)
    assert dire(0, poste(0.0), rang=-40.0, attendus=vient).p50 == pytest.approx(seul, abs=1)
    assert dire(0, poste(0.0), attendus=[Attendu(0, 5.0, 0.0, FIXE)]).p50 == pytest.approx(seul, abs=1)
    # Somebody awaited for an hour will not come any more.
    assert dire(0, poste(0.0), attendus=[Attendu(0, -60.0, 0.9, FIXE)]).p90 == pytest.approx(seul, abs=1)


def test_people_with_priority_to_come_lengthen_the_wait():
    flux = [Flux(0, 0.1, 1, FIXE)]
    assert dire(2, poste(0.0), flux=flux).p50 > dire(2, poste(0.0)).p50 + 15
    assert dire(2, poste(0.0), flux=flux, regles=Regles(avance_priorite=0)).p50 == dire(2, poste(0.0)).p50


def test_counter_that_serves_other_queues_does_not_help():
    assert dire(1, poste(10.0, files=(0,)), poste(files=(1,))).p50 == pytest.approx(30, abs=1)
    assert dire(1, poste(10.0, files=(0, 1)), poste(files=(1,)), file=1).p50 == 0


def test_counter_that_will_open_is_waited_for_and_one_that_closes_is_not():
    assert dire(0, poste(ouvre=25.0)).p50 == 25
    assert dire(1, poste(10.0, ferme=12.0), poste(ouvre=40.0)).p50 == pytest.approx(40, abs=0.5)
    assert annoncer(0, 0.0, [], Salle([poste(10.0, ferme=5.0)])) is None


def test_without_any_counter_nothing_is_announced():
    assert annoncer(0, 0.0, [Devant(0, LOI)], Salle([])) is None
    assert annoncer(0, 0.0, [], Salle([poste(files=(1,))])) is None


def test_same_room_says_the_same_thing_twice():
    assert dire(4, poste(3.0, LOI), loi=LOI) == dire(4, poste(3.0, LOI), loi=LOI)


def test_loi_goes_from_the_catalogue_to_what_is_measured():
    assert loi_de(20.0, None) == loi_de(20.0, Mesure(0, 0.0, 0.0)) == Loi(20.0, CV_ATTENDU)
    assert loi_de(20.0, Mesure(20, 10.0, 25.0)) == Loi(15.0, 0.5)
    assert loi_de(20.0, Mesure(100_000, 10.0, 100.0)).moyenne == pytest.approx(10.0, abs=0.01)
    assert Loi(15.0, 0.4).fois(4) == Loi(60.0, 0.2)
