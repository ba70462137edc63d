"""Who follows which file: rules that no draw may break, loads near each other, the same seed the same result."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.calculs.affectation.dossiers import (
    EXPLICATIONS,
    RAISONS,
    AgentDossiers,
    Dossier,
    Lot,
    attribuer_dossiers,
    expliquer,
    raison,
)

SECONDES = 5.0


def agent(numero: int, charge: int = 0, capacite: int = 1000, **niveaux: int) -> AgentDossiers:
    return AgentDossiers(numero, {int(c[1:]): n for c, n in niveaux.items()} or {1: 2}, charge, capacite)


def dossiers(combien: int, **champs: Any) -> list[Dossier]:
    base = {"competence": 1, "niveau": 1, "minutes": 20} | champs
    return [Dossier(100 + i, **base) for i in range(combien)]


@st.composite
def lots(draw: st.DrawFn) -> Lot:
    """A few agents, a few dozen files, some of which some agents must not have."""
    numeros = list(range(1, draw(st.integers(1, 6)) + 1))
    agents = [
        AgentDossiers(
            n,
            draw(st.dictionaries(st.integers(1, 3), st.integers(1, 3), max_size=3)),
            draw(st.integers(0, 300)),
            draw(st.sampled_from([0, 200, 400])),
        )
        for n in numeros
    ]
    faits = [
        Dossier(
            100 + i,
            draw(st.integers(1, 3)),
            draw(st.sampled_from([1, 1, 2, 3])),
            draw(st.sampled_from([10, 25, 60])),
            draw(st.sampled_from([None, -3, 5, 20, 90])),
            frozenset(draw(st.sets(st.sampled_from(numeros), max_size=2))),
        )
        for i in range(draw(st.integers(0, 25)))
    ]
    return Lot(agents, faits)


@settings(max_examples=40, deadline=None)
@given(lots(), st.integers(0, 5))
def test_nobody_is_given_what_they_must_not_have(lot: Lot, graine: int) -> None:
    attribution = attribuer_dossiers(lot, secondes=SECONDES, graine=graine)
    trouves = attribution.agents
    par_id = {d.id: d for d in lot.dossiers}
    for pk, numero in trouves.items():
        assert numero not in par_id[pk].interdits
        assert lot.agent[numero].competences.get(par_id[pk].competence, 0) >= par_id[pk].niveau
    charges = lot.charges(trouves)
    assert all(charges[a.id] <= max(a.charge, a.capacite) for a in lot.agents)
    for dossier in lot.dossiers:
        if dossier.id in trouves:
            assert expliquer(lot, trouves, dossier).raison in EXPLICATIONS
        else:
            assert raison(lot, dossier) in RAISONS
    encore = attribuer_dossiers(lot, secondes=SECONDES, graine=graine)
    if attribution.prouve and encore.prouve:  # one that its time stopped says what it had found by then
        assert encore.agents == trouves


@settings(max_examples=40, deadline=None)
@given(lots())
def test_file_left_to_nobody_fits_nobody(lot: Lot) -> None:
    """No agent who may have it has the time left for it, the files already given counted."""
    trouves = attribuer_dossiers(lot, secondes=SECONDES).agents
    charges = lot.charges(trouves)
    for d in lot.dossiers:
        if d.id not in trouves:
            permis = [a for a in lot.habilites[d.competence, d.niveau] if a.id not in d.interdits]
            assert all(charges[a.id] + d.minutes > a.capacite for a in permis)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=6), st.integers(0, 60), st.sampled_from([10, 20, 45]))
def test_loads_of_equal_agents_differ_by_one_file_at_most(charges: list[int], combien: int, minutes: int) -> None:
    """Those who begin lighter catch up: nobody who was given a file ends heavier than another by more than one."""
    lot = Lot([agent(n, charge, 5000) for n, charge in enumerate(charges)], dossiers(combien, minutes=minutes))
    trouves = attribuer_dossiers(lot, secondes=SECONDES).agents
    assert len(trouves) == combien
    apres = lot.charges(trouves)
    recus = set(trouves.values())
    # A thousandth of the capacity is what the search tells apart, a fortieth how finely it spreads the rest.
    assert all(apres[a] - min(apres.values()) <= minutes + 5000 // 40 for a in recus)


def test_loads_of_agents_who_begin_alike_differ_by_one_file() -> None:
    lot = Lot([agent(n) for n in range(7)], dossiers(40))
    charges = lot.charges(attribuer_dossiers(lot, secondes=SECONDES).agents).values()
    assert max(charges) - min(charges) == 20


def test_half_time_takes_half() -> None:
    lot = Lot([agent(1, capacite=2000), agent(2, capacite=1000)], dossiers(30))
    charges = lot.charges(attribuer_dossiers(lot, secondes=SECONDES).agents)
    assert charges == {1: 400, 2: 200}


def test_most_urgent_files_are_taken_when_there_is_not_time_for_all() -> None:
    faits = [replace(d, jours=j) for d, j in zip(dossiers(6), [90, 3, None, -2, 20, 45], strict=True)]
    lot = Lot([agent(1, capacite=60)], faits)
    trouves = attribuer_dossiers(lot, secondes=SECONDES).agents
    assert sorted(trouves) == [101, 103, 104]
    assert {raison(lot, d) for d in faits if d.id not in trouves} == {"charge"}


def test_other_seed_draws_otherwise_among_equals() -> None:
    lot = Lot([agent(n) for n in range(4)], dossiers(21))
    tirages = [attribuer_dossiers(lot, secondes=SECONDES, graine=g).agents for g in range(6)]
    assert len({tuple(sorted(t.items())) for t in tirages}) > 1
    en_plus = {Counter(t.values()).most_common(1)[0][0] for t in tirages}
    assert len(en_plus) > 1  # who has one more than the others is drawn too


@settings(max_examples=25, deadline=None)
@given(lots(), st.integers(1, 3))
def test_one_more_agent_never_makes_the_heaviest_load_worse(lot: Lot, competence: int) -> None:
    """As long as everything had found somebody before."""
    avant = attribuer_dossiers(lot, secondes=SECONDES).agents
    lot_couvert = Lot(lot.agents, [d for d in lot.dossiers if d.id in avant])
    plus = Lot([*lot.agents, AgentDossiers(99, {competence: 3}, 0, 400)], lot_couvert.dossiers)
    apres = attribuer_dossiers(plus, secondes=SECONDES).agents
    assert len(apres) == len(avant)
    assert _plus_lourde(plus, apres) <= _plus_lourde(lot_couvert, avant) + 1


def _plus_lourde(lot: Lot, trouves: dict[int, int]) -> int:
    """Heaviest load, in thousandths rounded up, of those who had the time for more."""
    charges = lot.charges(trouves)
    return max((-(-charges[a.id] * 1000 // a.capacite) for a in lot.agents if a.reste), default=0)


@pytest.mark.parametrize(
    ("agents", "champs", "dite"),
    [
        ([agent(1, c2=3)], {}, "competence"),
        ([agent(1)], {"niveau": 3}, "niveau"),
        ([agent(1, capacite=0)], {}, "absents"),
        ([agent(1), agent(2, capacite=0)], {"interdits": frozenset({1})}, "ecartes"),
        ([agent(1, charge=990)], {}, "charge"),
    ],
)
def test_reason_why_nobody_has_a_file(agents: list[AgentDossiers], champs: dict[str, Any], dite: str) -> None:
    lot = Lot(agents, dossiers(1, **champs))
    assert attribuer_dossiers(lot, secondes=SECONDES).agents == {}
    assert raison(lot, lot.dossiers[0]) == dite


def test_reason_why_an_agent_has_a_file() -> None:
    def dit(agents: list[AgentDossiers], **champs: Any) -> str:
        lot = Lot(agents, dossiers(1, **champs))
        return expliquer(lot, attribuer_dossiers(lot, secondes=SECONDES).agents, lot.dossiers[0]).raison

    assert dit([agent(1), agent(2)]) == "tirage"
    assert dit([agent(1), agent(2, charge=500)]) == "charge"
    assert dit([agent(1), agent(2)], interdits=frozenset({2})) == "seul"


def test_search_that_is_stopped_keeps_the_best_so_far() -> None:
    """As many agents and files as a large préfecture: what a hand would do is there at once."""
    agents = [AgentDossiers(n, {n % 10: 2, (n + 1) % 10: 2}, n * 7 % 900, 2100 + n % 3 * 1000) for n in range(60)]
    faits = [Dossier(1000 + i, i % 10, 1, 10 + i % 4 * 5, i % 100) for i in range(2000)]
    lot = Lot(agents, faits)
    vus: list[int | None] = []

    def suivre(avancement: Any) -> bool:
        vus.append(avancement.objectif)
        return avancement.objectif is None

    trouves = attribuer_dossiers(lot, secondes=30.0, suivre=suivre)
    assert len(trouves.agents) == 2000
    assert trouves.secondes < 30
