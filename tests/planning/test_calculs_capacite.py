"""How many more may be convoked: never more than fit, and as many as can be when each visit takes one slot."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.calculs.capacite import Rangee, Visite, mesurer, tient

LUNDI, MARDI = date(2030, 3, 4), date(2030, 3, 5)


def visite(*files, k=1, jusqu_au=MARDI, quotas=()):
    return Visite(tuple((f, k) for f in files), jusqu_au, frozenset(quotas))


def test_mesurer_promised_visits_take_their_places_first():
    bilan = mesurer({Rangee(1, LUNDI): [2, 1]}, [visite(1), visite(1)], [visite(1), visite(1)])
    assert bilan.assises == [True, False]
    assert (bilan.offertes, bilan.promises, bilan.demandees) == ({1: 3}, {1: 2}, {1: 1})
    manque = bilan.manques[1]
    assert (manque.places, manque.avant, manque.attente) == (1, MARDI, 1)


def test_mesurer_moves_who_may_go_elsewhere_to_make_room():
    """The promised visit sits at queue 1 at first, and the one wished for can only go there."""
    bilan = mesurer({Rangee(1, LUNDI): [1], Rangee(2, LUNDI): [1]}, [visite(1, 2)], [visite(1)])
    assert bilan.assises == [True]


def test_mesurer_place_after_the_link_ends_does_not_count():
    bilan = mesurer({Rangee(1, MARDI): [5]}, [], [visite(1, jusqu_au=LUNDI)])
    assert bilan.assises == [False]
    assert bilan.manques[1].avant == LUNDI


def test_mesurer_kept_places_count_only_for_whom_they_are_kept():
    rangees = {Rangee(1, LUNDI, "accompagne"): [1]}
    assert mesurer(rangees, [], [visite(1)]).nombre == 0
    assert mesurer(rangees, [], [visite(1, quotas=["accompagne"])]).nombre == 1


def test_mesurer_promised_more_than_there_is_leaves_nothing():
    bilan = mesurer({Rangee(1, LUNDI): [1]}, [visite(1)] * 3, [visite(1)])
    assert (bilan.sans_place, bilan.nombre) == (2, 0)


def test_mesurer_counts_only_the_places_that_those_convoked_now_may_take():
    """Another's link lasts until Tuesday, others' places are kept: neither is offered to who must come on Monday."""
    rangees = {Rangee(1, LUNDI): [1], Rangee(1, MARDI): [4], Rangee(1, LUNDI, "titre"): [3]}
    bilan = mesurer(rangees, [visite(1)], [visite(1, jusqu_au=LUNDI), visite(1, jusqu_au=LUNDI)])
    assert bilan.assises == [True, False]
    assert (bilan.offertes, bilan.promises, bilan.demandees) == ({1: 1}, {1: 0}, {1: 1})


def test_mesurer_visit_that_no_queue_serves_lacks_no_place_anywhere():
    bilan = mesurer({Rangee(1, LUNDI): [1]}, [], [visite()])
    assert (bilan.assises, bilan.manques) == ([False], {})


@pytest.mark.parametrize(
    ("places", "longueurs", "attendu"),
    [
        ([1, 1, 1], [2, 1], True),
        ([1, 0, 1], [2], False),  # not in a row
        ([1, 2, 1], [2, 2], True),  # the second begins while the first still lasts
        ([1, 1], [2, 1], False),
        ([], [], True),
    ],
)
def test_tient_wants_slots_in_a_row(places, longueurs, attendu):
    assert tient(places, longueurs) is attendu


def possible(rangees, visites):
    """Brute force: whether all these visits can be seated at once."""
    depart = tuple(sorted((r.file, r.jour, r.quota, tuple(p)) for r, p in rangees.items()))

    @cache
    def essayer(reste, i):
        if i == len(visites):
            return True
        v = visites[i]
        for n, (file, jour, quota, places) in enumerate(reste):
            k = dict(v.longueurs).get(file)
            if k is None or jour > v.jusqu_au or (quota and quota not in v.quotas):
                continue
            for debut in range(len(places) - k + 1):
                if all(places[debut : debut + k]):
                    apres = tuple(p - (debut <= j < debut + k) for j, p in enumerate(places))
                    if essayer((*reste[:n], (file, jour, quota, apres), *reste[n + 1 :]), i + 1):
                        return True
        return False

    return essayer(depart, 0)


RANGEES = st.dictionaries(
    st.builds(Rangee, st.integers(1, 3), st.sampled_from([LUNDI, MARDI]), st.sampled_from(["", "titre"])),
    st.lists(st.integers(0, 2), min_size=1, max_size=3),
    max_size=4,
)


def visites(longueurs):
    return st.builds(
        lambda files, jusqu_au, quotas: Visite(tuple(sorted(files.items())), jusqu_au, quotas),
        st.dictionaries(st.integers(1, 3), longueurs, max_size=3),
        st.sampled_from([LUNDI, MARDI]),
        st.sampled_from([frozenset(), frozenset({"titre"})]),
    )


def gloutonne(rangees, promises, souhaitees):
    """What serving each in turn, whenever all those served so far still fit together, gives."""
    servies: list[Visite] = []
    assises: list[bool] = []
    for v in [*sorted(promises, key=lambda v: (v.jusqu_au, v.longueurs)), *souhaitees]:
        tous_tiennent = possible(rangees, (*servies, v))
        assises.append(tous_tiennent)
        servies += [v] * tous_tiennent
    return assises[len(promises) :], servies


@given(RANGEES, st.lists(visites(st.just(1)), max_size=3), st.lists(visites(st.just(1)), max_size=4))
def test_mesurer_seats_exactly_whom_brute_force_seats_when_visits_take_one_slot(rangees, promises, souhaitees):
    bilan = mesurer(rangees, promises, souhaitees)
    assises, servies = gloutonne(rangees, promises, souhaitees)
    assert bilan.assises == assises
    assert bilan.nombre + len(promises) - bilan.sans_place == len(servies)


@given(RANGEES, st.lists(visites(st.integers(1, 3)), max_size=3), st.lists(visites(st.integers(1, 3)), max_size=3))
def test_mesurer_never_says_that_more_fit_than_do(rangees, promises, souhaitees):
    bilan = mesurer(rangees, promises, souhaitees)
    servies = tuple(v for v, assise in zip(souhaitees, bilan.assises, strict=True) if assise)
    if not bilan.sans_place:
        assert possible(rangees, (*promises, *servies))
    assert possible(rangees, servies)


@given(RANGEES, st.lists(visites(st.integers(1, 3)), max_size=3), st.lists(visites(st.integers(1, 3)), max_size=4))
def test_mesurer_numbers_agree_with_each_other(rangees, promises, souhaitees):
    bilan = mesurer(rangees, promises, souhaitees)
    for file in bilan.offertes:
        assert 0 <= bilan.promises[file] + bilan.demandees[file] <= bilan.offertes[file]
    assert set(bilan.manques) <= set(bilan.offertes)
    assert sum(bilan.demandees.values()) >= bilan.nombre
    sans_file = sum(not v.longueurs for v in souhaitees)
    assert bilan.nombre + sum(m.attente for m in bilan.manques.values()) + sans_file == len(souhaitees)


@given(RANGEES, st.lists(visites(st.just(1)), max_size=3), st.sets(st.integers(1, 3), min_size=1), st.integers(1, 5))
def test_mesurer_leaves_no_place_free_where_who_is_alike_has_none(rangees, promises, files, nombre):
    bilan = mesurer(rangees, promises, [visite(*sorted(files))] * nombre)
    if bilan.manques:
        libres = {f: bilan.offertes[f] - bilan.promises[f] - bilan.demandees[f] for f in bilan.offertes}
        assert set(libres.values()) == {0}
