"""Who follows which file: by skill and load, the most urgent first, drawn among equals; and why.

Files that nothing tells apart make one class: the search decides how many files of a class each agent takes (OR-Tools
CP-SAT), then a draw from the seed gives out which. Thousands of files are a few hundred whole numbers.

Costs, the first before the second, and so on: files left to nobody, the latest most; the heaviest load as a share of
what the agent can do; loads far from each other. The search begins from what a hand would do: each file in turn to the
agent least loaded.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ortools.sat.python import cp_model

from planning.calculs.affectation.moteur import Infaisable, Suivre, Trouve, chercher, tirage

# What it costs to leave a file to nobody, by days left before its deadline: late or within a week, a month, more.
URGENCES = ((7, 8), (30, 4), (10**9, 1))
# Loads are told in thousandths of what an agent can do.
MILLE = 1000
# The load of an agent is spread over steps, each minute of one dearer than those of the step before.
PALIERS = 40


@dataclass(frozen=True)
class AgentDossiers:
    """An agent who may take files.

    Args:
        id: number.
        competences: level by skill.
        charge: minutes of the files already followed.
        capacite: minutes that the agent can give to files until the horizon, leave and contract share deducted.
    """

    id: int
    competences: Mapping[int, int]
    charge: int
    capacite: int

    @property
    def reste(self) -> int:
        """Minutes still free."""
        return max(0, self.capacite - self.charge)


@dataclass(frozen=True)
class Dossier:
    """A file that nobody follows.

    Args:
        id: number.
        competence: skill that it takes.
        niveau: least level of it.
        minutes: work that it takes.
        jours: days left before its deadline, negative when late; None without one.
        interdits: agents who must not have it: déport, four eyes, rotation.
    """

    id: int
    competence: int
    niveau: int
    minutes: int
    jours: int | None = None
    interdits: frozenset[int] = frozenset()

    @property
    def poids(self) -> int:
        """What it costs to leave it to nobody."""
        reste = URGENCES[-1][0] if self.jours is None else self.jours
        return next(poids for borne, poids in URGENCES if reste <= borne)


@dataclass(frozen=True)
class Attribution:
    """What was found.

    Args:
        agents: agent by file, for those that found one.
        objectif: cost.
        borne: nothing costs less.
        prouve: whether it is proved the best.
        secondes: time taken.
    """

    agents: dict[int, int]
    objectif: int
    borne: int
    prouve: bool
    secondes: float


@dataclass(frozen=True)
class Lot:
    """What there is to give out.

    Args:
        agents: who may take files.
        dossiers: files that nobody follows.
    """

    agents: Sequence[AgentDossiers]
    dossiers: Sequence[Dossier]

    @cached_property
    def agent(self) -> dict[int, AgentDossiers]:
        """Agents by number."""
        return {a.id: a for a in self.agents}

    @cached_property
    def habilites(self) -> dict[tuple[int, int], list[AgentDossiers]]:
        """Agents who have a skill at a level at least, by (skill, level)."""
        voulues = {(d.competence, d.niveau) for d in self.dossiers}
        return {
            (competence, niveau): [a for a in self.agents if a.competences.get(competence, 0) >= niveau]
            for competence, niveau in voulues
        }

    def charges(self, attribution: Mapping[int, int]) -> dict[int, int]:
        """Return the minutes that each agent has once files are given out."""
        charges = {a.id: a.charge for a in self.agents}
        for dossier in self.dossiers:
            if dossier.id in attribution:
                charges[attribution[dossier.id]] += dossier.minutes
        return charges


# Why nobody has a file, as it is said to who gives files out.
RAISONS = {
    "competence": "aucun agent n’a l’habilitation demandée",
    "niveau": "aucun agent n’a le niveau demandé",
    "absents": "les agents habilités sont absents ou n’ont pas de temps pour les dossiers",
    "ecartes": "les agents habilités en sont écartés (déport, quatre yeux ou rotation)",
    "charge": "les agents habilités ont déjà tout le travail qu’ils peuvent faire d’ici là",
}
# Why an agent has one.
EXPLICATIONS = {
    "seul": "seul agent habilité qui puisse le prendre",
    "charge": "parmi les agents habilités, l’un des moins chargés",
    "tirage": "tiré au sort entre agents aussi chargés",
}


def raison(lot: Lot, dossier: Dossier) -> str:
    """Return why nobody has a file: a key of `RAISONS`."""
    if not any(dossier.competence in a.competences for a in lot.agents):
        return "competence"
    habilites = lot.habilites[dossier.competence, dossier.niveau]
    if not habilites:
        return "niveau"
    if all(not a.capacite for a in habilites):
        return "absents"
    if all(a.id in dossier.interdits for a in habilites if a.capacite):
        return "ecartes"
    return "charge"


@dataclass(frozen=True)
class Explication:
    """Why an agent has a file.

    Args:
        raison: key of `EXPLICATIONS`.
        avant: thousandths of the agent's capacity taken before.
        apres: once all is given out.
        autres: other agents who could have taken it.
        ecartes: agents with the skill who are kept from it; how many, never who.
    """

    raison: str
    avant: int
    apres: int
    autres: int
    ecartes: int


def expliquer(
    lot: Lot, attribution: Mapping[int, int], dossier: Dossier, *, charges: Mapping[int, int] | None = None
) -> Explication:
    """Say why an agent has a file.

    Args:
        lot: what was given out.
        attribution: agent by file.
        dossier: which.
        charges: as `Lot.charges` counts them, when they are known already.

    Raises:
        KeyError: nobody has it.
    """
    agent = lot.agent[attribution[dossier.id]]
    charges = charges or lot.charges(attribution)
    habilites = [a for a in lot.habilites[dossier.competence, dossier.niveau] if a.capacite]
    permis = [a for a in habilites if a.id not in dossier.interdits and a.id != agent.id]
    part, sans = _part(charges[agent.id], agent), _part(charges[agent.id] - dossier.minutes, agent)
    egaux = any(abs(_part(charges[a.id], a) - sans) <= _part(dossier.minutes, a) for a in permis)
    pourquoi = "seul" if not permis else "tirage" if egaux else "charge"
    ecartes = sum(a.id in dossier.interdits for a in habilites)
    return Explication(pourquoi, _part(agent.charge, agent), part, len(permis), ecartes)


def _part(charge: int, agent: AgentDossiers) -> int:
    return charge * MILLE // agent.capacite if agent.capacite else MILLE


@dataclass
class _Classe:
    """Files that nothing tells apart, but one agent that each may not have.

    Args:
        dossiers: in the order drawn.
        agents: who may have some, and how many at most.
    """

    dossiers: list[Dossier]
    agents: dict[int, int] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        return self.dossiers[0].minutes

    @property
    def poids(self) -> int:
        return self.dossiers[0].poids


def attribuer_dossiers(lot: Lot, *, secondes: float, graine: int = 0, suivre: Suivre | None = None) -> Attribution:
    """Give files out.

    A file goes to nobody without the skill, nor to an agent kept from it, nor beyond what an agent can do until the
    horizon; what is left to nobody has its reason.

    Args:
        lot: agents and files.
        secondes: time allowed; what is best then is returned.
        graine: seed of the draw among equals; the same gives the same, as long as nothing cuts the search short.
        suivre: told where the search stands, answers whether to go on.

    Raises:
        Infaisable: nothing was found in time, not even to leave everything as it is.
    """
    tire = tirage(graine)
    modele = _Modele(lot, tire)
    premier = modele.compter(secondes=secondes / 2, graine=graine, suivre=suivre)
    dernier = premier
    if not premier.arrete:
        dernier = modele.etaler(premier, secondes=secondes - premier.secondes, graine=graine, suivre=suivre)
    agents: dict[int, int] = {}
    for classe, parts in zip(modele.classes, modele.lire(dernier, tire), strict=True):
        agents |= _distribuer(classe, parts, tire)
    pris = premier.secondes + (dernier.secondes if dernier is not premier else 0)
    return Attribution(agents, premier.objectif, premier.borne, premier.prouve and dernier.prouve, pris)


class _Modele:
    """How many files of each class each agent takes."""

    def __init__(self, lot: Lot, tire: random.Random) -> None:
        self.modele = cp_model.CpModel()
        self.classes = _classes(lot, tire)
        self.agents = [a for a in sorted(lot.agents, key=lambda a: a.id) if a.reste]
        tire.shuffle(self.agents)
        self.parts = [
            {a.id: self.modele.new_int_var(0, c.agents[a.id], "") for a in self.agents if a.id in c.agents}
            for c in self.classes
        ]
        # Agents whom nothing tells apart may swap what they take.
        nommes = {a for d in lot.dossiers for a in d.interdits}
        self.egaux: dict[tuple[Any, ...], list[int]] = {}
        for agent in self.agents:
            cle = (*sorted(agent.competences.items()), agent.charge, agent.capacite)
            self.egaux.setdefault((*cle, agent.id if agent.id in nommes else 0), []).append(agent.id)
        self._charger()

    def _charger(self) -> None:
        """Write the loads, that no capacity is passed, and what is left to nobody."""
        self.restes = []
        prises: dict[int, list[tuple[cp_model.IntVar, int]]] = {a.id: [] for a in self.agents}
        for classe, parts in zip(self.classes, self.parts, strict=True):
            self.restes.append(len(classe.dossiers) - cp_model.LinearExpr.sum(list(parts.values())))
            self.modele.add(self.restes[-1] >= 0)
            for numero, variable in parts.items():
                prises[numero].append((variable, classe.minutes))
        self.charges: dict[int, Any] = {}
        for agent in self.agents:
            siennes = prises[agent.id]
            nouvelles = cp_model.LinearExpr.weighted_sum([v for v, _ in siennes], [m for _, m in siennes])
            self.charges[agent.id] = agent.charge + nouvelles
            self.modele.add(self.charges[agent.id] <= agent.capacite)
        self.laisses = cp_model.LinearExpr.weighted_sum(self.restes, [c.poids for c in self.classes])
        self.plus_lourde = self.modele.new_int_var(0, MILLE, "")
        for qui in self.agents:
            self.modele.add(self.charges[qui.id] * MILLE <= self.plus_lourde * qui.capacite)
        for parts, tenus in zip(self.parts, _a_la_main(self.classes, self.agents), strict=True):
            for numero, variable in parts.items():
                self.modele.add_hint(variable, tenus.get(numero, 0))

    def compter(self, *, secondes: float, graine: int, suivre: Suivre | None) -> Trouve:
        """Leave as little as possible to nobody, the latest first, then lighten the heaviest load."""
        self.modele.minimize(self.laisses * (MILLE + 1) + self.plus_lourde)
        return chercher(self.modele, secondes=secondes, graine=graine, suivre=suivre, rejouable=True)

    def etaler(self, premier: Trouve, *, secondes: float, graine: int, suivre: Suivre | None) -> Trouve:
        """Bring the loads near each other, without losing what `compter` has won."""
        self.modele.add(self.laisses <= premier.solveur.value(self.laisses))
        self.modele.add(self.plus_lourde <= premier.valeur(self.plus_lourde))
        self.modele.clear_hints()  # type: ignore[no-untyped-call]
        self.modele.add_hint(self.plus_lourde, premier.valeur(self.plus_lourde))
        couts: list[cp_model.IntVar] = []
        poids: list[int] = []
        for agent in self.agents:
            largeur = -(-agent.capacite // PALIERS)
            paliers = [self.modele.new_int_var(0, largeur, "") for _ in range(PALIERS)]
            self.modele.add(cp_model.LinearExpr.sum(paliers) == self.charges[agent.id])
            charge = premier.solveur.value(self.charges[agent.id])
            for rang, palier in enumerate(paliers):
                self.modele.add_hint(palier, min(largeur, max(0, charge - rang * largeur)))
            couts += paliers
            poids += range(PALIERS)
        self.modele.minimize(cp_model.LinearExpr.weighted_sum(couts, poids))
        for parts in self.parts:
            for variable in parts.values():
                self.modele.add_hint(variable, premier.valeur(variable))
        try:
            return chercher(self.modele, secondes=max(1.0, secondes), graine=graine, suivre=suivre, rejouable=True)
        except Infaisable:
            return premier

    def lire(self, trouve: Trouve, tire: random.Random) -> list[dict[int, int]]:
        """Return how many files each agent takes of each class, drawn among agents whom nothing tells apart."""
        place: dict[int, int] = {}
        for egaux in self.egaux.values():
            melanges = list(egaux)
            tire.shuffle(melanges)
            place |= dict(zip(egaux, melanges, strict=True))
        return [{place[a]: trouve.valeur(v) for a, v in parts.items()} for parts in self.parts]


def _a_la_main(classes: Sequence[_Classe], agents: Sequence[AgentDossiers]) -> list[dict[int, int]]:
    """Give out the dearest files first, those that few agents may have before the others, each to the least loaded."""
    charge, capacite = {a.id: a.charge for a in agents}, {a.id: a.capacite for a in agents}
    rang = {a.id: i for i, a in enumerate(agents)}
    parts: list[dict[int, int]] = [{} for _ in classes]
    for i in sorted(
        range(len(classes)), key=lambda i: (-classes[i].poids, len(classes[i].agents), -classes[i].minutes)
    ):
        minutes = classes[i].minutes
        tas = [((charge[a] + minutes) * MILLE / capacite[a], rang[a], a) for a in classes[i].agents]
        heapq.heapify(tas)
        for _ in classes[i].dossiers:
            while tas and (
                charge[tas[0][2]] + minutes > capacite[tas[0][2]]
                or parts[i].get(tas[0][2], 0) >= classes[i].agents[tas[0][2]]
            ):
                heapq.heappop(tas)
            if not tas:
                break
            agent = tas[0][2]
            parts[i][agent] = parts[i].get(agent, 0) + 1
            charge[agent] += minutes
            heapq.heapreplace(tas, ((charge[agent] + minutes) * MILLE / capacite[agent], rang[agent], agent))
    return parts


def _classes(lot: Lot, tire: random.Random) -> list[_Classe]:
    """Put together the files that nothing tells apart, the most urgent first, drawn among equals."""
    melanges = sorted(lot.dossiers, key=lambda d: d.id)
    tire.shuffle(melanges)
    melanges.sort(key=lambda d: URGENCES[-1][0] if d.jours is None else d.jours)
    par_cle: dict[tuple[Any, ...], list[Dossier]] = {}
    for dossier in melanges:
        cle = (dossier.competence, dossier.niveau, dossier.minutes, dossier.poids)
        # Of files with one agent kept away at most, any numbers within the bounds below can be given out: see
        # `_distribuer`. The few with more make classes of their own.
        a_part = tuple(sorted(dossier.interdits)) if len(dossier.interdits) > 1 else ()
        par_cle.setdefault((*cle, a_part), []).append(dossier)
    return [_classe(lot, dossiers) for dossiers in par_cle.values()]


def _classe(lot: Lot, dossiers: list[Dossier]) -> _Classe:
    premier = dossiers[0]
    refus = Counter(a for d in dossiers for a in d.interdits)
    agents = {
        a.id: min(len(dossiers) - refus[a.id], a.reste // premier.minutes)
        for a in lot.habilites[premier.competence, premier.niveau]
    }
    return _Classe(dossiers, {a: n for a, n in agents.items() if n > 0})


def _distribuer(classe: _Classe, parts: Mapping[int, int], tire: random.Random) -> dict[int, int]:
    """Give out the files of a class, the most urgent ones first, and none to who is kept from it.

    No agent takes more than the files that they are not kept from, so whoever is given one that they must not have
    finds another to swap it for: were there none, every file that they may have would be theirs, and this one besides.
    """
    tirees: list[int | None] = [a for a in sorted(parts) for _ in range(parts[a])]
    tire.shuffle(tirees)
    tirees += [None] * (len(classe.dossiers) - len(tirees))
    for i, dossier in enumerate(classe.dossiers):
        agent = tirees[i]
        if agent is None or agent not in dossier.interdits:
            continue
        j = next(
            j
            for j, autre in enumerate(classe.dossiers)
            if tirees[j] != agent and agent not in autre.interdits and tirees[j] not in dossier.interdits
        )
        tirees[i], tirees[j] = tirees[j], agent
    return {d.id: a for d, a in zip(classe.dossiers, tirees, strict=True) if a is not None}
