"""Why a half-day is not covered, why an agent holds a post, what a change by hand would break: codes and figures.

The sentences are in `REGLES` and `RAISONS`; nothing here names anyone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planning.calculs.affectation.moteur import Plan
from planning.calculs.affectation.semaine import AgentSemaine, Faute, Semaine, charge, fautes, fautes_d_un, penalites

# A hard rule, as it is said to who plans.
REGLES = {
    "absent": "absent",
    "competence": "pas d’habilitation pour ce poste",
    "interdit": "ce poste lui est interdit",
    "teletravail": "en télétravail, pas au guichet",
    "trop": "ce poste a déjà tous ses agents",
    "quotite": "quotité de travail dépassée",
    "max_guichet": "trop de demi-journées au guichet dans la semaine",
    "rotation": "trop de demi-journées sur ce poste sensible",
    "quatre_yeux": "un même agent n’instruit pas et ne valide pas dans la même semaine",
    "repos": "moins de onze heures de repos entre deux journées",
    "journee": "plus de dix heures dans la journée",
}
AILLEURS = "ailleurs"
POSSIBLE = "possible"
OBSTACLES = REGLES | {
    AILLEURS: "occupé à un autre poste",
    POSSIBLE: "disponible",
}
RAISONS = {
    "seul": "aucun autre agent ne peut tenir ce poste à ce moment sans quitter le sien",
    "senior": "seul agent expérimenté de la zone à ce moment",
    "preference": "c’est le poste que l’agent préfère",
    "stabilite": "c’est déjà son poste dans le planning en cours",
    "continuite": "même poste toute la journée",
    "equite": "moins de guichet que la moyenne depuis le début de la période",
    "couverture": "il fallait quelqu’un à ce poste",
}


@dataclass(frozen=True)
class Manque:
    """A half-day where a post is not covered.

    Args:
        poste: which.
        demi_journee: when.
        nombre: agents missing.
        raisons: (agent, key of `OBSTACLES`) for each agent who has the habilitation.
    """

    poste: int
    demi_journee: int
    nombre: int
    raisons: tuple[tuple[int, str], ...]


def manques(semaine: Semaine, plan: Plan) -> list[Manque]:
    """Return what a plan does not cover, with the reason for each agent who might have."""
    trouves = []
    for (poste, demi_journee), demande in sorted(semaine.demande.items(), key=lambda d: (d[0][1], d[0][0])):
        presents = {a for (a, h), p in plan.items() if (h, p) == (demi_journee, poste)}
        if len(presents) < demande:
            possibles = [a for a in semaine.agents if poste in a.competences and a.id not in presents]
            raisons = tuple((a.id, empechement(semaine, plan, a, demi_journee, poste)) for a in possibles)
            trouves.append(Manque(poste, demi_journee, demande - len(presents), raisons))
    return trouves


def empechement(semaine: Semaine, plan: Plan, agent: AgentSemaine, demi_journee: int, poste: int) -> str:
    """Say what keeps an agent from one more half-day at a post: a key of `OBSTACLES`."""
    if obstacle := semaine.obstacle(agent, demi_journee, poste):
        return obstacle
    if (agent.id, demi_journee) in plan:
        return AILLEURS
    tenus = {h: p for (a, h), p in plan.items() if a == agent.id}
    deja = set(fautes_d_un(semaine, agent, tenus))
    apres = fautes_d_un(semaine, agent, tenus | {demi_journee: poste})
    return next((faute.regle for faute in apres if faute not in deja), POSSIBLE)


def nouvelles_fautes(semaine: Semaine, avant: Plan, apres: Plan) -> list[Faute]:
    """Return the hard rules that a change breaks, those already broken left out."""
    deja = set(fautes(semaine, avant))
    return [faute for faute in fautes(semaine, apres) if faute not in deja]


@dataclass(frozen=True)
class Explication:
    """Why an agent holds a post.

    Args:
        raisons: keys of `RAISONS`, the strongest first; never empty.
        autres: (agent, what the plan would cost more with them there), the nearest first.
    """

    raisons: tuple[str, ...]
    autres: tuple[tuple[int, int], ...]


def expliquer(semaine: Semaine, plan: Plan, agent: int, demi_journee: int) -> Explication:
    """Say why an agent holds their post at a half-day.

    Raises:
        KeyError: they hold none then.
    """
    poste = plan[agent, demi_journee]
    sans = {cle: p for cle, p in plan.items() if cle != (agent, demi_journee)}
    cout = sum(penalites(semaine, plan).values())
    autres = sorted(
        (
            (sum(penalites(semaine, sans | {(autre.id, demi_journee): poste}).values()) - cout, autre.id)
            for autre in semaine.agents
            if autre.id != agent and empechement(semaine, sans, autre, demi_journee, poste) == POSSIBLE
        ),
    )
    raisons = tuple(_raisons(semaine, plan, sans, agent, demi_journee)) or ("couverture",)
    return Explication(raisons if autres else ("seul", *raisons), tuple((a, ecart) for ecart, a in autres))


def _raisons(semaine: Semaine, plan: Plan, sans: Plan, numero: int, demi_journee: int) -> Iterator[str]:
    agent, poste = semaine.agent[numero], plan[numero, demi_journee]
    if agent.senior and penalites(semaine, sans)["senior"] > penalites(semaine, plan)["senior"]:
        yield "senior"
    if agent.preference == poste:
        yield "preference"
    if semaine.actuel.get((numero, demi_journee)) == poste:
        yield "stabilite"
    if plan.get((numero, demi_journee ^ 1)) == poste:
        yield "continuite"
    charges = [charge(semaine, plan, a) for a in semaine.suivis]
    if poste in semaine.guichets and charges and charge(semaine, plan, agent) * len(charges) < sum(charges):
        yield "equite"
