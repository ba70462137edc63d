"""The week of a service: posts, agents, half-days; what is forbidden and what costs.

The rules and the weights are those of `shared/tools/check_roster.py`, with legal rest (décret n° 2000-815, art. 3:
eleven hours between two days) and the lunch of a counter that does not close at noon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from planning.calculs.affectation.moteur import Plan

GUICHET = "guichet"


@dataclass(frozen=True)
class Poste:
    """A post to hold.

    Args:
        id: number.
        genre: « guichet », or any other word for a post that sees nobody.
        zone: counters that one senior agent watches together; None elsewhere.
        sensible: whether one agent may not stay on it (rotation against fraud).
    """

    id: int
    genre: str
    zone: int | None = None
    sensible: bool = False

    @property
    def au_guichet(self) -> bool:
        """Whether usagers are received there."""
        return self.genre == GUICHET


@dataclass(frozen=True)
class AgentSemaine:
    """An agent in the week to plan.

    Args:
        id: number.
        competences: posts that habilitations open.
        quotite: contract share, in per cent.
        maximum: half-days worked at most.
        conges: half-days away.
        teletravail: half-days at home, without counter.
        senior: whether they may watch a zone.
        guichets_passes: half-days at a counter over the past weeks.
        interdits: posts kept from them (déports, doctors' advice).
        preference: post they like; None without one.
    """

    id: int
    competences: frozenset[int]
    quotite: int = 100
    maximum: int = 10
    conges: frozenset[int] = frozenset()
    teletravail: frozenset[int] = frozenset()
    senior: bool = False
    guichets_passes: int = 0
    interdits: frozenset[int] = frozenset()
    preference: int | None = None

    def deplait(self, poste: int) -> bool:
        """Tell whether a post is not the one they like."""
        return self.preference not in (None, poste)


@dataclass(frozen=True)
class Dejeuner:
    """A day when counters stay open at noon: who works all day eats at one of two times, so many stay each time.

    Args:
        jour: day, from 0.
        postes: posts where those who stay are taken.
        minimum: agents wanted at each time.
    """

    jour: int
    postes: frozenset[int]
    minimum: int


@dataclass(frozen=True)
class Poids:
    """What each thing costs, without unit: one agent missing, one zone and half-day without a senior, and so on."""

    manque: int = 100
    senior: int = 40
    equite: int = 8
    preference: int = 2
    continuite: int = 1
    stabilite: int = 3


@dataclass(frozen=True)
class Semaine:
    """A week to plan; half-days are numbered from 0, two for each day.

    Args:
        postes: to hold.
        agents: who may.
        demande: agents wanted, by (post, half-day); absent, none.
        demi_journees: how many half-days, ten from Monday to Friday.
        quatre_yeux: pairs of posts that one agent does not hold both (instruction and validation).
        max_guichet: half-days at a counter in the week, for one agent.
        max_meme_sensible: half-days on one sensitive post, for one agent.
        repos: pairs of half-days that leave too little rest between them.
        journees: pairs of half-days that make too long a day together.
        dejeuners: days open at noon.
        fixes: places that somebody set, and the machine keeps.
        actuel: plan in force, to change as little as may be.
        au_plus_changes: how many places of the plan in force may change; None without limit.
        poids: costs.
    """

    postes: tuple[Poste, ...]
    agents: tuple[AgentSemaine, ...]
    demande: Mapping[tuple[int, int], int]
    demi_journees: int = 10
    quatre_yeux: tuple[tuple[int, int], ...] = ()
    max_guichet: int = 10
    max_meme_sensible: int = 10
    repos: tuple[tuple[int, int], ...] = ()
    journees: tuple[tuple[int, int], ...] = ()
    dejeuners: tuple[Dejeuner, ...] = ()
    fixes: Plan = field(default_factory=dict)
    actuel: Plan = field(default_factory=dict)
    au_plus_changes: int | None = None
    poids: Poids = Poids()

    @cached_property
    def poste(self) -> dict[int, Poste]:
        """Posts by number."""
        return {poste.id: poste for poste in self.postes}

    @cached_property
    def agent(self) -> dict[int, AgentSemaine]:
        """Agents by number."""
        return {agent.id: agent for agent in self.agents}

    @cached_property
    def guichets(self) -> frozenset[int]:
        """Posts at a counter."""
        return frozenset(poste.id for poste in self.postes if poste.au_guichet)

    @cached_property
    def zones(self) -> dict[int, frozenset[int]]:
        """Posts of each zone."""
        zones = {poste.zone for poste in self.postes if poste.zone is not None}
        return {zone: frozenset(p.id for p in self.postes if p.zone == zone) for zone in sorted(zones)}

    @property
    def jours(self) -> range:
        """Days, numbered from 0."""
        return range(self.demi_journees // 2)

    @cached_property
    def suivis(self) -> tuple[AgentSemaine, ...]:
        """Agents whose load at the counter is compared: those who may hold one and are here at least once."""
        return tuple(a for a in self.agents if a.competences & self.guichets and len(a.conges) < self.demi_journees)

    def obstacle(self, agent: AgentSemaine, demi_journee: int, poste: int) -> str:
        """Say why an agent can never hold a post then, whatever the rest of the plan; an empty string if they can."""
        if demi_journee in agent.conges:
            return "absent"
        if poste not in agent.competences:
            return "competence"
        if poste in agent.interdits:
            return "interdit"
        if demi_journee in agent.teletravail and poste in self.guichets:
            return "teletravail"
        return ""

    def permis(self) -> Iterator[tuple[int, int, int]]:
        """Return each (agent, half-day, post) that the machine may choose, in order."""
        for agent in self.agents:
            for demi_journee in range(self.demi_journees):
                fixe = self.fixes.get((agent.id, demi_journee))
                for poste in sorted(agent.competences) if fixe is None else (fixe,):
                    if self.demande.get((poste, demi_journee)) and not self.obstacle(agent, demi_journee, poste):
                        yield agent.id, demi_journee, poste

    def zones_demandees(self) -> Iterator[tuple[int, int]]:
        """Return each (zone, half-day) where somebody is wanted."""
        for zone, postes in self.zones.items():
            for demi_journee in range(self.demi_journees):
                if any(self.demande.get((poste, demi_journee)) for poste in postes):
                    yield zone, demi_journee


@dataclass(frozen=True)
class Faute:
    """A hard rule that a plan breaks.

    Args:
        regle: which, a key of `explications.REGLES`.
        agent: who; None when it is a post.
        demi_journee: when; None for the whole week.
        poste: where; None for every post.
    """

    regle: str
    agent: int | None = None
    demi_journee: int | None = None
    poste: int | None = None


def fautes(semaine: Semaine, plan: Plan) -> list[Faute]:
    """Return the hard rules that a plan breaks, made by the machine or by hand."""
    trouvees = []
    occupes = Counter((poste, demi_journee) for (_, demi_journee), poste in plan.items())
    for (poste, demi_journee), nombre in sorted(occupes.items()):
        if nombre > semaine.demande.get((poste, demi_journee), 0):
            trouvees.append(Faute("trop", None, demi_journee, poste))
    par_agent: dict[int, dict[int, int]] = {}
    for (agent, demi_journee), poste in plan.items():
        par_agent.setdefault(agent, {})[demi_journee] = poste
    for agent, tenus in sorted(par_agent.items()):
        trouvees += fautes_d_un(semaine, semaine.agent[agent], tenus)
    return trouvees


def fautes_d_un(semaine: Semaine, agent: AgentSemaine, tenus: Mapping[int, int]) -> Iterator[Faute]:
    """Return the hard rules that the half-days of one agent break.

    Args:
        semaine: to plan.
        agent: whose.
        tenus: post by half-day.
    """
    for demi_journee, poste in sorted(tenus.items()):
        if obstacle := semaine.obstacle(agent, demi_journee, poste):
            yield Faute(obstacle, agent.id, demi_journee, poste)
    nombres = Counter(tenus.values())
    yield from _fautes_de_nombre(semaine, agent, nombres)
    for un, autre in semaine.quatre_yeux:
        if nombres[un] and nombres[autre]:
            yield Faute("quatre_yeux", agent.id, None, un)
    for regle, paires in (("repos", semaine.repos), ("journee", semaine.journees)):
        for avant, apres in paires:
            if avant in tenus and apres in tenus:
                yield Faute(regle, agent.id, apres, tenus[apres])


def _fautes_de_nombre(semaine: Semaine, agent: AgentSemaine, nombres: Counter[int]) -> Iterator[Faute]:
    if nombres.total() > agent.maximum:
        yield Faute("quotite", agent.id)
    if sum(nombres[poste] for poste in semaine.guichets) > semaine.max_guichet:
        yield Faute("max_guichet", agent.id)
    for poste in sorted(nombres):
        if semaine.poste[poste].sensible and nombres[poste] > semaine.max_meme_sensible:
            yield Faute("rotation", agent.id, None, poste)


def penalites(semaine: Semaine, plan: Plan) -> dict[str, int]:
    """Return what a plan costs, by name of weight; their sum is what the search lowers."""
    poids = semaine.poids
    occupes = Counter((poste, demi_journee) for (_, demi_journee), poste in plan.items())
    manque = sum(max(0, nombre - occupes[cle]) for cle, nombre in semaine.demande.items())
    veilles = {
        (semaine.poste[poste].zone, demi_journee)
        for (agent, demi_journee), poste in plan.items()
        if semaine.agent[agent].senior
    }
    return {
        "manque": poids.manque * (manque + sum(_manques_dejeuner(plan, d) for d in semaine.dejeuners)),
        "senior": poids.senior * sum(cle not in veilles for cle in semaine.zones_demandees()),
        "equite": poids.equite * max((charge(semaine, plan, a) for a in semaine.suivis), default=0),
        "preference": poids.preference * sum(semaine.agent[a].deplait(p) for (a, _), p in plan.items()),
        "continuite": poids.continuite * sum(_changements(plan, (a.id for a in semaine.agents), semaine.jours)),
        "stabilite": poids.stabilite * sum(plan.get(cle) != poste for cle, poste in semaine.actuel.items()),
    }


def mesures(semaine: Semaine, plan: Plan) -> dict[str, int]:
    """Return what `penalites` weighs, as numbers: agents missing, half-days of a zone without a senior, and so on."""
    return {nom: cout // getattr(semaine.poids, nom) for nom, cout in penalites(semaine, plan).items()}


def couvertes(semaine: Semaine, plan: Plan) -> int:
    """Return how many of the half-days wanted are covered."""
    occupes = Counter((poste, demi_journee) for (_, demi_journee), poste in plan.items())
    return sum(min(nombre, occupes[cle]) for cle, nombre in semaine.demande.items())


def charge(semaine: Semaine, plan: Plan, agent: AgentSemaine) -> int:
    """Return an agent's half-days at a counter, past and planned, in hundredths of a full-time's."""
    planifies = sum(a == agent.id and poste in semaine.guichets for (a, _), poste in plan.items())
    return (planifies + agent.guichets_passes) * 100 // agent.quotite


def _changements(plan: Plan, agents: Iterable[int], jours: range) -> Iterator[bool]:
    for agent in agents:
        for jour in jours:
            matin, soir = plan.get((agent, 2 * jour)), plan.get((agent, 2 * jour + 1))
            yield matin is not None and soir is not None and matin != soir


def _manques_dejeuner(plan: Plan, dejeuner: Dejeuner) -> int:
    """How many are missing at the two times of lunch, when those who work all day are shared at best."""
    journees = sum(
        poste in dejeuner.postes and plan.get((agent, demi_journee + 1)) in dejeuner.postes
        for (agent, demi_journee), poste in plan.items()
        if demi_journee == 2 * dejeuner.jour
    )
    return max(0, 2 * dejeuner.minimum - journees)
