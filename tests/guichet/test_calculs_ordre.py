"""The order of call: what it always holds to, whoever comes, whenever, under any rules."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from guichet.calculs.ordre import (
    Personne,
    Regles,
    Retard,
    derniere_arrivee_devant,
    instant_de_rang,
    ordonner,
    rang,
)
from tests.demandes.factories import INSTANT

minutes = st.integers(0, 600).map(float)
regles = st.builds(
    Regles,
    avance_rdv=st.integers(0, 240),
    tolerance_retard=st.integers(0, 240),
    retard=st.sampled_from(Retard),
    avance_priorite=st.integers(0, 240),
)
heures = st.none() | minutes
priorites = st.integers(0, 1)


@st.composite
def foules(draw):
    """Draw people numbered in the order of their arrival, some of them called, away or gone."""
    arrivees = sorted(draw(st.lists(minutes, max_size=25)))
    return [Personne(i, a, draw(heures), draw(priorites), draw(st.booleans())) for i, a in enumerate(arrivees)]


@given(foules(), regles, st.randoms(use_true_random=False))
def test_ordonner_gives_each_person_present_once_whatever_the_order_they_are_given_in(foule, r, alea: Random):
    ordre = ordonner(foule, r)
    assert sorted(p.cle for p in ordre) == [p.cle for p in foule if p.presente]
    melangee = list(foule)
    alea.shuffle(melangee)
    assert ordonner(melangee, r) == ordre


@given(foules(), regles, st.data())
def test_ordonner_keeps_the_others_in_place_when_one_leaves(foule, r, data):
    ordre = ordonner(foule, r)
    if ordre:
        parti = data.draw(st.sampled_from(ordre))
        assert ordonner([p for p in foule if p is not parti], r) == [p for p in ordre if p is not parti]


@given(foules(), regles, st.floats(-500, 500))
def test_ordonner_does_not_depend_on_where_time_is_counted_from(foule, r, decalage):
    decalage = float(round(decalage))
    ailleurs = [
        Personne(p.cle, p.arrivee + decalage, None if p.heure is None else p.heure + decalage, p.priorite, p.presente)
        for p in foule
    ]
    assert [p.cle for p in ordonner(ailleurs, r)] == [p.cle for p in ordonner(foule, r)]


@given(minutes, minutes, heures, priorites, regles)
def test_rang_never_punishes_who_comes_sooner(une, autre, heure, priorite, r):
    tot, tard = sorted([une, autre])
    assert rang(tot, heure, priorite, r) <= rang(tard, heure, priorite, r)


@given(minutes, heures, regles)
def test_rang_never_punishes_priority(arrivee, heure, r):
    assert rang(arrivee, heure, 1, r) <= rang(arrivee, heure, 0, r)


@given(minutes, minutes, regles)
def test_rang_of_an_appointment_on_time_passes_before_who_came_without_since_its_advance(heure, arrivee, r):
    sans = rang(arrivee, None, 0, r)
    assert (rang(heure, heure, 0, r) <= sans) == (arrivee >= heure - r.avance_rdv)


@given(minutes, minutes, heures, priorites, regles, heures, priorites)
def test_nobody_who_arrives_later_than_the_bound_passes_before(arrivee, plus, heure, priorite, r, autre, la_sienne):
    place = rang(arrivee, heure, priorite, r)
    assert rang(place + r.depassement_max + plus, autre, la_sienne, r) >= place


@given(st.integers(-600, 600).map(float), minutes, heures, priorites, regles)
def test_derniere_arrivee_devant_says_until_when_somebody_passes(place, arrivee, heure, priorite, r):
    limite = derniere_arrivee_devant(place, heure, priorite, r)
    if limite is None:
        assert rang(arrivee, heure, priorite, r) >= place
    elif arrivee != limite:
        assert (rang(arrivee, heure, priorite, r) < place) == (arrivee < limite)


@given(minutes, heures, priorites, regles)
def test_instant_de_rang_is_the_same_rank_to_the_microsecond(arrivee, heure, priorite, r):
    def instant(m):
        return None if m is None else INSTANT + timedelta(minutes=m)

    attendu = instant(rang(arrivee, heure, priorite, r))
    assert instant_de_rang(instant(arrivee), instant(heure), priorite, r) == attendu


def test_rang_of_a_late_appointment_follows_the_rule_of_the_site():
    tolere, garde, perd = Regles(), Regles(), Regles(retard=Retard.PERD)
    assert rang(70.0, 60.0, 0, tolere) == 30.0
    assert rang(71.0, 60.0, 0, garde) == 41.0
    assert rang(71.0, 60.0, 0, perd) == 71.0
