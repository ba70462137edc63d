"""The plans of a day side by side: never below what is taken, never worse than a place by counter, within the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.calculs import propositions
from planning.calculs.propositions import Case, Comparaison, Regles, Service, ouvertures

SERVICE = Service(18, 0.5, 0.02)


def comparer(cases: tuple[Case, ...], service: Service, regles: Regles) -> Comparaison:
    comparaison = propositions.comparer(cases, service, regles)
    assert comparaison is not None
    return comparaison


def case(rang: int = 0, base: int = 3, prises: int = 0, presence: float = 0.6, **champs: Any) -> Case:
    valeurs: dict[str, Any] = {"reserve": 0, "places": max(base, prises), "presences": (presence,) * prises}
    return Case(**{"debut": 540 + 20 * rang, "minutes": 20, "base": base, "presence": presence} | valeurs | champs)


def matinee(nombre: int = 6, **champs: Any) -> tuple[Case, ...]:
    return tuple(case(rang, **champs) for rang in range(nombre))


def test_people_who_often_miss_are_overbooked_for_less() -> None:
    comparaison = comparer(matinee(), SERVICE, Regles())
    assert comparaison.propose.total > comparaison.base.total
    assert comparaison.propose.bilan.cout < comparaison.base.bilan.cout
    assert comparaison.actuel == comparaison.base
    assert set(comparaison.taux.places) == {5}  # 3 / 0.6


def test_people_who_always_come_are_not_overbooked_beyond_the_head() -> None:
    comparaison = comparer(matinee(presence=1.0), Service(20, 0.5, 0.0), Regles())
    assert comparaison.propose.total <= comparaison.base.total + 1
    assert comparaison.taux.places == comparaison.base.places


def test_many_walk_ins_leave_fewer_places_than_counters() -> None:
    comparaison = comparer(matinee(presence=0.95), Service(20, 0.5, 0.1), Regles(retrait_max=2))
    assert comparaison.propose.total < comparaison.base.total
    assert min(comparaison.propose.places) >= 1


@settings(max_examples=10)
@given(
    prises=st.lists(st.integers(0, 5), min_size=2, max_size=4),
    presence=st.floats(0.3, 1.0),
    surplus=st.integers(0, 3),
    retrait=st.integers(0, 3),
)
def test_bounds_hold_whatever_is_taken(prises: list[int], presence: float, surplus: int, retrait: int) -> None:
    cases = tuple(case(rang, base=2, prises=n, presence=presence) for rang, n in enumerate(prises))
    comparaison = comparer(cases, SERVICE, Regles(surplus_max=surplus, retrait_max=retrait))
    assert comparaison.propose.bilan.cout <= comparaison.base.bilan.cout + 1e-9
    for propose, c in zip(comparaison.propose.places, cases, strict=True):
        assert max(c.prises, 2 - retrait) <= propose <= max(c.prises, 2 + surplus)


def test_a_limit_on_the_wait_or_the_overtime_holds_the_proposal_back() -> None:
    libre = comparer(matinee(), SERVICE, Regles(poids_attente=0.0, poids_depassement=0.0, attente_max=240))
    tenue = comparer(matinee(), SERVICE, Regles(poids_attente=0.0, poids_depassement=0.0, attente_max=2))
    assert (libre.retenu, tenue.retenu) == (False, True)
    assert tenue.propose.total < libre.propose.total
    assert tenue.propose.bilan.attente_par_personne <= max(2, tenue.base.bilan.attente_par_personne)
    assert comparer(matinee(), SERVICE, Regles(depassement_max=0)).propose.bilan.depassement <= max(
        0, comparer(matinee(), SERVICE, Regles()).base.bilan.depassement
    )


def test_a_closed_slot_keeps_who_has_taken_it_and_takes_nobody() -> None:
    cases = (*matinee(2), case(2, prises=2, figee=True, places=2), *(case(rang) for rang in (3, 4)))
    comparaison = comparer(cases, SERVICE, Regles())
    assert [s.places[2] for s in (comparaison.base, comparaison.taux, comparaison.propose)] == [2, 2, 2]


def test_the_day_is_cut_at_lunch_and_where_the_counters_change() -> None:
    cases = [case(0), case(1), case(10), case(11, base=2), case(12, base=1, reserve=1)]
    assert [len(lot) for lot in ouvertures(cases)] == [2, 1, 2]
    assert ouvertures([]) == []
    assert propositions.comparer((), SERVICE, Regles()) is None


def test_each_appointment_taken_has_its_own_probability() -> None:
    sure, incertaine = case(prises=2, presences=(1.0, 1.0)), case(prises=2, presences=(0.2, 0.2))
    assert sure.moyenne() > incertaine.moyenne()
    assert sure.lot(3) == (1.0, 1.0, 0.6)
    assert replace(sure, base=0).moyenne() == 1.0
    assert case(base=0).moyenne() == pytest.approx(0.6)


def test_slow_visits_counted_in_the_places_are_not_counted_again_in_the_counters() -> None:
    """Six counters whose visits last a fifth more open five places: the sixth counter is there to serve them."""
    lents = Service(24, 0.5, 0.0)
    six = comparer(matinee(base=5, presence=1.0, guichets=6), lents, Regles())
    cinq = comparer(matinee(base=5, presence=1.0, guichets=5), lents, Regles())
    assert six.base.bilan.depassement < cinq.base.bilan.depassement
    assert six.base.bilan.inoccupation > cinq.base.bilan.inoccupation
    assert six.propose.total > cinq.propose.total


def test_places_that_the_pace_spreads_unevenly_are_one_opening() -> None:
    lot = tuple(case(rang, base=base, guichets=2) for rang, base in enumerate((1, 2, 2, 1, 2, 2)))
    assert len(ouvertures(lot)) == 1
