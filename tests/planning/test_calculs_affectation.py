"""The allotment of agents to posts: rules kept, costs told, best plans found, reasons given."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.calculs.affectation.amorce import amorcer
from planning.calculs.affectation.explications import OBSTACLES, RAISONS, expliquer, manques, nouvelles_fautes
from planning.calculs.affectation.instance import InstanceIllisible, ecrire, lire, lire_plan
from planning.calculs.affectation.moteur import Avancement, Infaisable, Moteur, Plan
from planning.calculs.affectation.recherche import planifier, reparer
from planning.calculs.affectation.semaine import AgentSemaine, Dejeuner, Poste, Semaine, fautes, penalites
from tests.planning import curtois

SEMAINE60 = Path(__file__).with_name("donnees") / "semaine60.json"
# What the reference solver of the data reaches (`donnees/README.md`).
REFERENCE = 2886


def semaine60() -> Semaine:
    """The week of 60 agents and 25 posts."""
    return lire(json.loads(SEMAINE60.read_text(encoding="utf-8")))


def petite(graine: int, agents: int = 3) -> Semaine:
    """A week of two posts at a counter and one behind, one day long, drawn at random."""
    tirage = random.Random(graine)
    return Semaine(
        postes=(Poste(0, "guichet", 0, sensible=True), Poste(1, "guichet", 0), Poste(2, "dossier")),
        agents=tuple(
            AgentSemaine(
                id=i,
                competences=frozenset(tirage.sample(range(3), tirage.randint(1, 3))),
                quotite=tirage.choice([50, 80, 100]),
                maximum=tirage.randint(1, 2),
                conges=frozenset(h for h in range(2) if tirage.random() < 0.2),
                teletravail=frozenset(h for h in range(2) if tirage.random() < 0.2),
                senior=tirage.random() < 0.5,
                guichets_passes=tirage.randint(0, 3),
                preference=tirage.choice([None, 0, 1, 2]),
            )
            for i in range(agents)
        ),
        demande={(p, h): tirage.randint(0, 2) for p in range(3) for h in range(2)},
        demi_journees=2,
        quatre_yeux=((0, 2),),
        max_guichet=tirage.randint(1, 2),
        max_meme_sensible=1,
        actuel={(0, 0): 1},
    )


def tous_les_plans(semaine: Semaine) -> list[Plan]:
    """Every plan of a small week, sound or not."""
    cases = [(a.id, h) for a in semaine.agents for h in range(semaine.demi_journees)]
    choix = itertools.product([None, *semaine.poste], repeat=len(cases))
    return [{case: p for case, p in zip(cases, tenus, strict=True) if p is not None} for tenus in choix]


def cout(semaine: Semaine, plan: Plan) -> int:
    """What a plan costs."""
    return sum(penalites(semaine, plan).values())


@pytest.mark.parametrize("graine", range(12))
def test_search_finds_the_best_of_all_plans(graine: int) -> None:
    semaine = petite(graine)
    meilleur = min(cout(semaine, plan) for plan in tous_les_plans(semaine) if not fautes(semaine, plan))
    resultat = planifier(semaine, secondes=20)
    assert resultat.prouve
    assert resultat.objectif == resultat.borne == meilleur == cout(semaine, resultat.plan)
    assert fautes(semaine, resultat.plan) == []


@given(graine=st.integers(0, 10_000))
@settings(max_examples=25)
def test_first_plan_keeps_every_hard_rule(graine: int) -> None:
    semaine = petite(graine, agents=6)
    assert fautes(semaine, amorcer(semaine, graine)) == []


@pytest.mark.parametrize("graine", range(3))
def test_first_plan_of_sixty_agents_is_sound_and_near(graine: int) -> None:
    semaine = semaine60()
    plan = amorcer(semaine, graine)
    assert fautes(semaine, plan) == []
    assert cout(semaine, plan) <= 1.08 * REFERENCE


def test_search_tells_the_cost_of_its_plan_and_only_gets_better() -> None:
    semaine, vus = semaine60(), list[Avancement]()

    def suivre(avancement: Avancement) -> bool:
        vus.append(avancement)
        return len(vus) < 8

    resultat = planifier(semaine, secondes=60, suivre=suivre)
    assert resultat.objectif == cout(semaine, resultat.plan) <= cout(semaine, amorcer(semaine))
    assert resultat.borne <= resultat.objectif
    assert fautes(semaine, resultat.plan) == []
    couts = [a.objectif for a in vus if a.objectif is not None]
    assert couts == sorted(couts, reverse=True)
    assert len(vus) == 8, "the search stops when it is told to, and keeps the best so far"


@pytest.mark.parametrize(
    ("regle", "change", "plan"),
    [
        ("absent", {"conges": frozenset({0})}, {(0, 0): 1}),
        ("competence", {"competences": frozenset({2})}, {(0, 0): 1}),
        ("interdit", {"interdits": frozenset({1})}, {(0, 0): 1}),
        ("teletravail", {"teletravail": frozenset({0})}, {(0, 0): 1}),
        ("quotite", {"maximum": 1}, {(0, 0): 1, (0, 1): 1}),
        ("max_guichet", {}, {(0, h): 1 for h in range(4)}),
        ("rotation", {}, {(0, 0): 0, (0, 1): 0, (0, 2): 0}),
        ("quatre_yeux", {}, {(0, 0): 0, (0, 1): 2}),
        ("repos", {}, {(0, 1): 1, (0, 2): 1}),
    ],
)
def test_each_hard_rule_is_seen_and_never_broken(regle: str, change: dict[str, object], plan: Plan) -> None:
    agent = replace(AgentSemaine(0, frozenset({0, 1, 2})), **change)  # type: ignore[arg-type]
    semaine = Semaine(
        postes=(Poste(0, "guichet", 0, sensible=True), Poste(1, "guichet"), Poste(2, "dossier")),
        agents=(agent,),
        demande=dict.fromkeys(itertools.product(range(3), range(4)), 1),
        demi_journees=4,
        quatre_yeux=((0, 2),),
        max_guichet=3,
        max_meme_sensible=2,
        repos=((1, 2),) if regle == "repos" else (),
    )
    assert regle in {f.regle for f in fautes(semaine, plan)}
    assert regle in {f.regle for f in nouvelles_fautes(semaine, {}, plan)}
    assert nouvelles_fautes(semaine, plan, plan) == []
    resultat = planifier(semaine, secondes=20)
    assert resultat.prouve
    assert fautes(semaine, resultat.plan) == []


def test_no_more_agents_than_wanted() -> None:
    semaine = replace(petite(1), agents=tuple(AgentSemaine(i, frozenset({1})) for i in range(3)), demande={(1, 0): 2})
    assert [f.regle for f in fautes(semaine, {(i, 0): 1 for i in range(3)})] == ["trop"]
    assert sorted(planifier(semaine, secondes=20).plan.values()) == [1, 1]


def test_lunch_is_covered_at_both_times() -> None:
    agents = tuple(AgentSemaine(i, frozenset({0, 1}), maximum=2 if i < 2 else 1) for i in range(4))
    postes = (Poste(0, "guichet"), Poste(1, "dossier"))
    demande = {(0, 0): 2, (0, 1): 2, (1, 0): 2, (1, 1): 2}
    semaine = Semaine(postes, agents, demande, demi_journees=2, dejeuners=(Dejeuner(0, frozenset({0}), 1),))
    resultat = planifier(semaine, secondes=20)
    assert resultat.objectif == cout(semaine, resultat.plan)
    assert [resultat.plan.get((i, h)) for i in (0, 1) for h in (0, 1)] == [0, 0, 0, 0]
    seuls = replace(semaine, agents=agents[2:])
    assert penalites(seuls, planifier(seuls, secondes=20).plan)["manque"] == (6 + 2) * 100


def test_equals_are_drawn_by_the_seed() -> None:
    agents = tuple(AgentSemaine(i, frozenset({0})) for i in range(4))
    semaine = Semaine((Poste(0, "dossier"),), agents, {(0, 0): 1}, demi_journees=2)
    tires = {next(iter(planifier(semaine, secondes=20, graine=g).plan))[0] for g in range(30)}
    assert tires == {0, 1, 2, 3}


def test_equals_share_the_counter_with_the_past_counted() -> None:
    agents = (AgentSemaine(0, frozenset({0}), guichets_passes=4), AgentSemaine(1, frozenset({0})))
    semaine = Semaine((Poste(0, "guichet"),), agents, {(0, h): 1 for h in range(4)}, demi_journees=4)
    assert {agent for agent, _ in planifier(semaine, secondes=20).plan} == {1}


def absents(semaine: Semaine, *agents: int) -> Semaine:
    """The same week with agents away from beginning to end."""
    conges = frozenset(range(semaine.demi_journees))
    return replace(semaine, agents=tuple(replace(a, conges=conges) if a.id in agents else a for a in semaine.agents))


def test_absence_is_mended_without_upsetting_the_rest() -> None:
    semaine = replace(semaine60(), actuel=amorcer(semaine60()))
    absent = next(a for a, _ in semaine.actuel)
    restent = {cle: p for cle, p in semaine.actuel.items() if cle[0] != absent}
    resultat = reparer(absents(semaine, absent), secondes=8)
    assert not any(agent == absent for agent, _ in resultat.plan)
    assert fautes(semaine, resultat.plan) == []
    changes = sum(resultat.plan.get(cle) != poste for cle, poste in restent.items())
    nouveaux = sum(cle not in semaine.actuel for cle in resultat.plan)
    assert changes + nouveaux <= len(restent) / 10
    assert penalites(semaine, resultat.plan)["manque"] <= penalites(semaine, restent)["manque"]


def test_who_is_free_takes_the_place_of_who_is_away() -> None:
    agents = tuple(AgentSemaine(i, frozenset({0})) for i in range(12))
    semaine = Semaine(
        (Poste(0, "dossier"),), agents, {(0, 0): 11}, demi_journees=2, actuel={(i, 0): 0 for i in range(11)}
    )
    plan = reparer(absents(semaine, 4), secondes=20).plan
    assert plan == {(i, 0): 0 for i in range(12) if i != 4}


def test_what_is_not_covered_has_a_reason_for_each_who_might() -> None:
    agents = (
        AgentSemaine(0, frozenset({1}), conges=frozenset({0})),
        AgentSemaine(1, frozenset({1, 2})),
        AgentSemaine(2, frozenset({2})),
    )
    semaine = replace(petite(1), agents=agents, demande={(1, 0): 2, (2, 0): 1}, quatre_yeux=())
    (manque,) = manques(semaine, {(1, 0): 2})[:1]
    assert (manque.poste, manque.demi_journee, manque.nombre) == (1, 0, 2)
    assert manque.raisons == ((0, "absent"), (1, "ailleurs"))
    assert {raison for m in manques(semaine60(), {}) for _, raison in m.raisons} <= set(OBSTACLES)


def test_each_place_can_say_why() -> None:
    semaine = semaine60()
    plan = amorcer(semaine)
    for agent, demi_journee in list(plan)[::40]:
        explication = expliquer(semaine, plan, agent, demi_journee)
        assert explication.raisons
        assert set(explication.raisons) <= set(RAISONS)
        assert ("seul" in explication.raisons) == (explication.autres == ())
        ecarts = [ecart for _, ecart in explication.autres]
        assert ecarts == sorted(ecarts)


@pytest.mark.parametrize(("numero", "meilleur"), [(1, 607), (3, 1001)])
def test_public_benchmark_is_solved_by_the_same_general_rules(numero: int, meilleur: int) -> None:
    resultat = curtois.moteur(curtois.Instance(numero)).resoudre(secondes=120)
    assert resultat.prouve
    assert resultat.objectif == meilleur


def test_what_cannot_be_kept_is_said() -> None:
    moteur = Moteur()
    moteur.ouvrir(0, 0, 0)
    moteur.entre(moteur.de(0), 2, 3)
    with pytest.raises(Infaisable):
        moteur.resoudre(secondes=10)


def test_command_reads_and_writes_the_format_of_the_data(tmp_path: Path) -> None:
    donnees = json.loads(SEMAINE60.read_text(encoding="utf-8"))
    for poste in donnees["demande"]:
        poste[2:] = [0] * 8  # one day, to be quick
    fichier = tmp_path / "jour.json"
    fichier.write_text(json.dumps(donnees), encoding="utf-8")
    sortie = StringIO()
    call_command("affecter", instance=fichier, secondes=5, json=True, stdout=sortie)
    ecrit = json.loads(sortie.getvalue())
    semaine, plan = lire(donnees), lire_plan(ecrit["affectations"])
    assert fautes(semaine, plan) == []
    assert ecrit["borne"] <= ecrit["objectif"] == cout(semaine, plan)
    en_clair = StringIO()
    call_command("affecter", instance=fichier, secondes=5, stdout=en_clair)
    assert "demi-journées affectées" in en_clair.getvalue()
    assert "Non couvert" in en_clair.getvalue()


@pytest.mark.parametrize("texte", ["", "[]", "{}", '{"posts": 1}', '{"posts": [], "agents": [{}]}'])
def test_command_refuses_a_file_that_is_no_week(tmp_path: Path, texte: str) -> None:
    fichier = tmp_path / "semaine.json"
    fichier.write_text(texte, encoding="utf-8")
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("affecter", instance=fichier)
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("affecter", instance=tmp_path / "absent.json")


def test_unknown_posts_are_refused() -> None:
    donnees = json.loads(SEMAINE60.read_text(encoding="utf-8"))
    donnees["agents"][0]["skills"] = [99]
    with pytest.raises(InstanceIllisible, match="99"):
        lire(donnees)


def test_written_plan_reads_back() -> None:
    resultat = planifier(petite(3), secondes=20)
    assert lire_plan(ecrire(resultat)["affectations"]) == resultat.plan
