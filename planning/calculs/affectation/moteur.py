"""Choices « this agent, this period, this post », general rules on them, and the search by OR-Tools CP-SAT.

Nothing here knows a préfecture: `semaine.py` writes the rules of a week with these words, and the test of the public
benchmark of Curtois and Qu (2014, schedulingbenchmarks.org) writes its own with the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import monotonic

from ortools.sat.python import cp_model

# Post by (agent, period), all three as numbers.
Plan = dict[tuple[int, int], int]
Choix = cp_model.IntVar
# The portfolio of strategies wants eight workers, even on two cores: with fewer, the best at this are left out.
TRAVAILLEURS = 8
PAS_SECONDES = 0.5
# Units of CP-SAT's own time in a second, below the 0.3 to 0.4 measured on two cores: a search that may be replayed
# stops by this time, the same everywhere, before the clock.
TEMPS_PAR_SECONDE = 0.25


@dataclass(frozen=True)
class Avancement:
    """Where a search stands.

    Args:
        secondes: since it began.
        objectif: cost of the best plan found, None before the first one.
        borne: no plan costs less.
    """

    secondes: float
    objectif: int | None
    borne: int


@dataclass(frozen=True)
class Resultat:
    """The best plan found.

    Args:
        plan: post by (agent, period).
        objectif: its cost.
        borne: no plan costs less.
        prouve: whether it is proved the best.
        secondes: time taken.
    """

    plan: Plan
    objectif: int
    borne: int
    prouve: bool
    secondes: float


Suivre = Callable[[Avancement], bool]


class Infaisable(Exception):
    """No plan keeps the hard rules, or none was found in time."""


def tirage(graine: int) -> random.Random:
    """Return the draw among equals, that anyone who knows the seed may replay."""
    return random.Random(graine)  # noqa: S311


class Moteur:
    """A plan to find: choices, rules, costs.

    Agents are taken in an order drawn from the seed, so that who comes first in a list has no advantage among equals.

    Args:
        graine: seed of what is left to chance.
    """

    def __init__(self, graine: int = 0) -> None:
        self.modele = cp_model.CpModel()
        self.graine = graine
        self.choix: dict[tuple[int, int, int], Choix] = {}
        self._par_agent: dict[int, list[tuple[int, int, Choix]]] = {}
        self._par_besoin: dict[tuple[int, int], list[Choix]] = {}
        self._couts: list[tuple[cp_model.LinearExprT, int]] = []
        self._fixe = 0

    def melanger(self, agents: Iterable[int]) -> list[int]:
        """Return agents in an order that only the seed decides."""
        melange = list(agents)
        tirage(self.graine).shuffle(melange)
        return melange

    def ouvrir(self, agent: int, periode: int, poste: int) -> None:
        """Let an agent hold a post during a period."""
        variable = self.modele.new_bool_var(f"{agent}|{periode}|{poste}")
        self.choix[agent, periode, poste] = variable
        self._par_agent.setdefault(agent, []).append((periode, poste, variable))
        self._par_besoin.setdefault((periode, poste), []).append(variable)

    def de(
        self, agent: int, *, periodes: Container[int] | None = None, postes: Container[int] | None = None
    ) -> list[Choix]:
        """Return the choices of an agent, of these periods and posts only."""
        return [
            variable
            for periode, poste, variable in self._par_agent.get(agent, ())
            if (periodes is None or periode in periodes) and (postes is None or poste in postes)
        ]

    def sur(self, periode: int, postes: Iterable[int], agents: set[int] | None = None) -> list[Choix]:
        """Return the choices that fill one of these posts during a period, by these agents only."""
        if agents is None:
            return [v for poste in postes for v in self._par_besoin.get((periode, poste), ())]
        return [self.choix[a, periode, p] for p in postes for a in agents if (a, periode, p) in self.choix]

    # Hard rules

    def au_plus_un(self, choix: Iterable[Choix]) -> None:
        """Take at most one of these choices."""
        self.modele.add_at_most_one(choix)

    def entre(self, choix: Sequence[Choix], minimum: int, maximum: int, *, unites: Sequence[int] | None = None) -> None:
        """Keep the number of choices taken, each counted for its units, within two bounds."""
        total = cp_model.LinearExpr.weighted_sum(choix, unites) if unites else cp_model.LinearExpr.sum(choix)
        self.modele.add_linear_constraint(total, minimum, maximum)

    def jamais_les_deux(self, uns: Sequence[Choix], autres: Sequence[Choix]) -> None:
        """Refuse to take any of the first choices with any of the others."""
        un = self.modele.new_bool_var("")
        for variable in uns:
            self.modele.add_implication(variable, un)
        for variable in autres:
            self.modele.add_implication(variable, ~un)

    def travaille(self, choix: Sequence[Choix]) -> Choix:
        """Return whether one of these choices, that exclude each other, is taken."""
        if len(choix) == 1:
            return choix[0]
        oui = self.modele.new_bool_var("")
        self.modele.add(cp_model.LinearExpr.sum(choix) == oui)
        return oui

    def suites(self, jours: Sequence[Choix], *, au_plus: int, au_moins: int, repos_au_moins: int) -> None:
        """Bound the runs of days worked, and of days off between them; those that touch an end may be shorter.

        Args:
            jours: whether each day is worked, in order.
            au_plus: days worked in a row.
            au_moins: days worked in a row.
            repos_au_moins: days off in a row.
        """
        for debut in range(len(jours) - au_plus):
            self.modele.add_bool_or(~j for j in jours[debut : debut + au_plus + 1])
        for longueur in range(1, au_moins):
            for debut in range(1, len(jours) - longueur):
                suite = jours[debut : debut + longueur]
                self.modele.add_bool_or([jours[debut - 1], jours[debut + longueur], *(~j for j in suite)])
        for longueur in range(1, repos_au_moins):
            for debut in range(1, len(jours) - longueur):
                suite = jours[debut : debut + longueur]
                self.modele.add_bool_or([~jours[debut - 1], ~jours[debut + longueur], *suite])

    def au_plus_de_groupes(self, groupes: Sequence[Sequence[Choix]], maximum: int) -> None:
        """Let at most so many of these groups hold a choice that is taken (week-ends, for instance)."""
        touches = []
        for groupe in groupes:
            touche = self.modele.new_bool_var("")
            for variable in groupe:
                self.modele.add_implication(variable, touche)
            touches.append(touche)
        self.modele.add(cp_model.LinearExpr.sum(touches) <= maximum)

    # Costs

    def couter(self, quoi: cp_model.LinearExprT, poids: int) -> None:
        """Add a cost: an expression times its weight."""
        self._couts.append((quoi, poids))

    def couter_toujours(self, combien: int) -> None:
        """Add a cost that no plan escapes, so that what is told is what is paid."""
        self._fixe += combien

    def couvrir(self, choix: Sequence[Choix], demande: int, *, manque: int, exces: int | None) -> None:
        """Cover a need, softly.

        Args:
            choix: who may fill it.
            demande: how many are wanted.
            manque: cost of each one missing.
            exces: cost of each one too many; None when that is refused.
        """
        total = cp_model.LinearExpr.sum(choix)
        absents = self.modele.new_int_var(0, demande, "")
        if exces is None:
            self.modele.add(total + absents == demande)
        else:
            trop = self.modele.new_int_var(0, max(0, len(choix) - demande), "")
            self.modele.add(total + absents - trop == demande)
            self.couter(trop, exces)
        self.couter(absents, manque)

    def changer(self, agent: int, avant: int, apres: int, poids: int) -> None:
        """Cost an agent's change of post between two periods, when they work in both."""
        avants = {p: v for t, p, v in self._par_agent.get(agent, ()) if t == avant}
        apres_ = {p: v for t, p, v in self._par_agent.get(agent, ()) if t == apres}
        if not avants or not apres_:
            return
        change = self.modele.new_bool_var("")
        for poste, variable in avants.items():
            autres = cp_model.LinearExpr.sum([v for p, v in apres_.items() if p != poste])
            self.modele.add(change >= variable + autres - 1)
        self.couter(change, poids)

    def partager(self, uns: Sequence[Choix], autres: Sequence[Choix]) -> tuple[Choix, Choix]:
        """Return two answers of which one at most is yes, and only when a choice of each group is taken."""
        premier, second = self.modele.new_bool_var(""), self.modele.new_bool_var("")
        for groupe in (uns, autres):
            self.modele.add(premier + second <= cp_model.LinearExpr.sum(groupe))
        return premier, second

    def souhaiter_un(self, choix: Sequence[Choix], poids: int) -> None:
        """Want at least one of these choices, at the cost of not having it."""
        manque = self.modele.new_bool_var("")
        self.modele.add_bool_or([*choix, manque])
        self.couter(manque, poids)

    def egaliser(self, charges: Sequence[tuple[Sequence[Choix], int, int]], poids: int) -> None:
        """Cost the heaviest of these loads, for a full-time share, rounded down.

        Args:
            charges: choices that load an agent, what they already bear, their share in per cent.
            poids: of one unit of the heaviest.
        """
        bornes = [(len(choix) + deja) * 100 // part for choix, deja, part in charges]
        plus_lourde = self.modele.new_int_var(0, max(bornes, default=0), "")
        for choix, deja, part in charges:
            charge = (cp_model.LinearExpr.sum(choix) + deja) * 100
            self.modele.add(charge <= plus_lourde * part + (part - 1))
        self.couter(plus_lourde, poids)

    # Search

    def resoudre(self, *, secondes: float, depart: Plan | None = None, suivre: Suivre | None = None) -> Resultat:
        """Search for the plan that costs least.

        Args:
            secondes: time allowed; what is best then is returned.
            depart: a plan to begin from.
            suivre: told twice a second where the search stands; answers whether to go on.

        Raises:
            Infaisable: no plan keeps the hard rules, or none was found in time.
        """
        self.modele.minimize(
            cp_model.LinearExpr.weighted_sum([quoi for quoi, _ in self._couts], [poids for _, poids in self._couts])
            + self._fixe
        )
        if depart is not None:
            self._partir_de(depart)
        trouve = chercher(self.modele, secondes=secondes, graine=self.graine, suivre=suivre)
        plan = {(a, t): p for (a, t, p), variable in self.choix.items() if trouve.valeur(variable)}
        return Resultat(plan, trouve.objectif, trouve.borne, prouve=trouve.prouve, secondes=trouve.secondes)

    def _partir_de(self, depart: Plan) -> None:
        """Give the search a plan to begin from, with all that follows from it; one that breaks a rule is left out."""
        for (agent, periode, poste), variable in self.choix.items():
            self.modele.add_hint(variable, depart.get((agent, periode)) == poste)
        solveur = cp_model.CpSolver()
        solveur.parameters.fix_variables_to_their_hinted_value = True
        statut = solveur.solve(self.modele)
        self.modele.clear_hints()  # type: ignore[no-untyped-call]
        if statut in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            for rang in range(len(self.modele.proto.variables)):
                variable = self.modele.get_int_var_from_proto_index(rang)
                self.modele.add_hint(variable, solveur.value(variable))


@dataclass(frozen=True)
class Trouve:
    """The best values found.

    Args:
        solveur: where they are read.
        objectif: their cost.
        borne: nothing costs less.
        prouve: whether they are proved the best.
        arrete: whether who follows the search stopped it.
        secondes: time taken.
    """

    solveur: cp_model.CpSolver
    objectif: int
    borne: int
    prouve: bool
    arrete: bool
    secondes: float

    def valeur(self, variable: cp_model.IntVar) -> int:
        """Return the value of a variable."""
        return self.solveur.value(variable)


def chercher(
    modele: cp_model.CpModel, *, secondes: float, graine: int, suivre: Suivre | None = None, rejouable: bool = False
) -> Trouve:
    """Search for the values that cost least.

    Args:
        modele: with what is to be minimised.
        secondes: time allowed; what is best then is returned.
        graine: seed of what is left to chance.
        suivre: told twice a second where the search stands; answers whether to go on.
        rejouable: whether the same seed must give the same values: slower, and true as long as the clock does not cut
            it short.

    Raises:
        Infaisable: no values keep the hard rules, or none were found in time.
    """
    solveur = cp_model.CpSolver()
    solveur.parameters.num_workers = TRAVAILLEURS
    if rejouable:
        solveur.parameters.interleave_search = True
        solveur.parameters.max_deterministic_time = secondes * TEMPS_PAR_SECONDE
    solveur.parameters.max_time_in_seconds = secondes
    solveur.parameters.random_seed = graine % 2**31
    temoin, arrete = _Temoin(), False
    debut = monotonic()
    with ThreadPoolExecutor(1) as fil:
        recherche = fil.submit(solveur.solve, modele, temoin)
        while suivre is not None and not arrete and not _finie(recherche, PAS_SECONDES):
            arrete = not suivre(Avancement(monotonic() - debut, temoin.objectif, temoin.borne))
            if arrete:
                solveur.stop_search()
        statut = recherche.result()
    if statut not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise Infaisable
    prouve, cout, borne = statut == cp_model.OPTIMAL, solveur.objective_value, solveur.best_objective_bound
    return Trouve(solveur, round(cout), round(borne), prouve, arrete, monotonic() - debut)


class _Temoin(cp_model.CpSolverSolutionCallback):
    """Remembers the best cost and the bound, as solutions come."""

    def __init__(self) -> None:
        super().__init__()
        self.objectif: int | None = None
        self.borne = 0

    def on_solution_callback(self) -> None:
        """Note a solution."""
        self.objectif = round(self.objective_value)
        self.borne = round(self.best_objective_bound)


def _finie(recherche: Future[cp_model.CpSolverStatus], secondes: float) -> bool:
    """Wait a little; tell whether the search is over."""
    return bool(wait([recherche], timeout=secondes).done)
