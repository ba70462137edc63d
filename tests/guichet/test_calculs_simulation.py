"""The simulated day: theory of queues, and the bound on waits that no day may break."""

from __future__ import annotations

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guichet.calculs.attente import Poste
from guichet.calculs.ordre import Regles
from guichet.calculs.simulation import Arrivee, Journee, Visite, jouer, tirer
from tests.guichet.test_calculs_ordre import regles

UN = Poste(frozenset({0}))


@st.composite
def journees(draw):
    """Draw a day of whole minutes for one to three counters, so that ties happen."""
    personne = st.tuples(st.integers(0, 300), st.integers(1, 40), st.none() | st.integers(0, 300), st.integers(0, 1))
    venues = sorted(draw(st.lists(personne, max_size=30)), key=lambda v: v[0])
    return [Arrivee(i, float(a), float(d), heure=h, priorite=p) for i, (a, d, h, p) in enumerate(venues)], draw(
        st.integers(1, 3)
    )


def travail_devant(qui: Visite, visites: list[Visite], depuis: float) -> float:
    """Return the minutes of work left at an instant: visits under way, and those then to be called before."""
    avant = (v for v in visites if v is not qui and v.fin > depuis)
    return sum(
        v.fin - max(v.debut, depuis)
        for v in avant
        if v.debut <= depuis or (v.venue.arrivee <= depuis and (v.rang, v.venue.cle) < (qui.rang, qui.venue.cle))
    )


@given(journees(), regles)
@settings(max_examples=200)
def test_nobody_starves_on_any_day_under_any_rules(jour, r):
    venues, nombre = jour
    visites = jouer(venues, [UN] * nombre, r)
    assert sorted(v.venue.cle for v in visites) == [v.cle for v in venues]
    for visite in visites:
        depuis = max(visite.rang + r.depassement_max, visite.venue.arrivee)
        passes = [v for v in visites if v.debut < visite.debut and v.venue.arrivee > depuis]
        assert not passes
        assert visite.debut <= depuis + travail_devant(visite, visites, depuis) / nombre + 1e-9


@given(journees(), regles)
def test_who_is_called_is_always_the_first_of_those_who_wait(jour, r):
    venues, nombre = jour
    visites = jouer(venues, [UN] * nombre, r)
    for rang_d_appel, visite in enumerate(visites):
        attendent = [v for v in visites[rang_d_appel:] if v.venue.arrivee < visite.debut]
        if attendent:
            assert min((v.rang, v.venue.cle) for v in attendent) >= (visite.rang, visite.venue.cle)


def test_absolute_priority_starves_where_the_rules_do_not():
    """The control: one counter, a person with priority each ten minutes for ten minutes, and one without, all day."""
    venues = [Arrivee(0, 0.0, 10.0)] + [Arrivee(i, 10.0 * i - 5, 10.0, priorite=1) for i in range(1, 48)]
    venues.append(Arrivee(99, 1.0, 10.0))

    def attente(r: Regles) -> float:
        return next(v.attente for v in jouer(venues, [UN], r) if v.venue.cle == 99)

    assert attente(Regles(avance_priorite=100_000)) > 450
    assert attente(Regles()) <= Regles().depassement_max


@pytest.mark.parametrize(("charge", "nombre", "attend"), [(6.4, 8, 0.457645), (1.0, 2, 0.333333)])
def test_exponential_day_agrees_with_erlang(charge, nombre, attend):
    """Erlang C gives who waits; who finds n people ahead waits n + 1 completions of the c counters (Erlang law)."""
    alea, instant, venues = Random(7), 0.0, []
    for cle in range(30_000):
        instant += alea.expovariate(charge)
        venues.append(Arrivee(cle, instant, alea.expovariate(1.0)))
    devant: dict[int, int] = {}

    def observer(venue, etat):
        if None not in etat.en_cours:
            devant[venue.cle] = len(etat.file_d_attente())

    visites = {v.venue.cle: v.attente for v in jouer(venues, [UN] * nombre, Regles(), observer=observer)}
    assert len(devant) / len(venues) == pytest.approx(attend, rel=0.05)
    for n in (0, 1, 2):
        attentes = [visites[cle] for cle, devant_lui in devant.items() if devant_lui == n]
        assert fmean(attentes) == pytest.approx((n + 1) / nombre, rel=0.08)
        ecart = math.sqrt(fmean([(a - (n + 1) / nombre) ** 2 for a in attentes]))
        assert ecart == pytest.approx(math.sqrt(n + 1) / nombre, rel=0.12)


def test_same_seed_gives_the_same_day_and_another_rule_the_same_people():
    journee = Journee([(20.0 * i, 4) for i in range(20)], 400.0)
    assert tirer(journee, 3) == tirer(journee, 3) != tirer(journee, 4)
    plus = Journee([(20.0 * i, 4) for i in range(20)], 400.0, sans_rdv=0.0)
    avec_rdv = {(v.arrivee, v.duree) for v in tirer(journee, 3) if v.heure is not None}
    assert {(v.arrivee, v.duree) for v in tirer(plus, 3)} == avec_rdv


def test_counter_that_closes_takes_nobody_more_and_one_that_opens_begins_then():
    venues = [Arrivee(0, 0.0, 10.0), Arrivee(1, 1.0, 10.0), Arrivee(2, 2.0, 10.0)]
    postes = [Poste(frozenset({0}), ferme=10.0), Poste(frozenset({0}), ouvre=30.0)]
    assert [(v.debut, v.poste) for v in jouer(venues, postes, Regles())] == [(0.0, 0), (30.0, 1), (40.0, 1)]


def test_counters_serve_their_own_queues():
    venues = [Arrivee(0, 0.0, 10.0, file=1), Arrivee(1, 1.0, 10.0, file=1), Arrivee(2, 2.0, 10.0, file=2)]
    postes = [Poste(frozenset({1})), Poste(frozenset({1, 2}))]
    assert [(v.venue.cle, v.debut, v.poste) for v in jouer(venues, postes, Regles())] == [
        (0, 0.0, 0),
        (1, 1.0, 1),
        (2, 11.0, 1),
    ]
