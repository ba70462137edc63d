"""A first plan in a tenth of a second: a minimum-cost flow, then again with less allowed until no rule is broken.

The flow of agents to half-days to posts knows coverage, contract shares, preferences and the plan in force, and is
solved exactly; the rules that it does not know cut what it may use, agent by agent. The search then begins from a whole
and sound plan rather than from nothing, which on a small or busy machine takes it most of its time to find.
"""

from __future__ import annotations

from collections.abc import Iterator

from ortools.graph.python import min_cost_flow

from planning.calculs.affectation.moteur import Plan, tirage
from planning.calculs.affectation.semaine import AgentSemaine, Semaine, fautes_d_un

Choix = tuple[int, int, int]  # agent, half-day, post


def amorcer(semaine: Semaine, graine: int = 0) -> Plan:
    """Return a plan that keeps every hard rule.

    Args:
        semaine: to plan.
        graine: seed of the draw among equals.
    """
    permis = set(semaine.permis())
    while True:
        plan = _flot(semaine, permis, graine)
        refuses = {choix for agent in semaine.agents for choix in _a_refuser(semaine, agent, plan)} & permis
        if not refuses:
            return plan
        permis -= refuses


def _flot(semaine: Semaine, permis: set[Choix], graine: int) -> Plan:
    """Return the cheapest plan of what is allowed, by coverage, preference and the plan in force."""
    flot = min_cost_flow.SimpleMinCostFlow()
    noeuds: dict[object, int] = {}

    def arc(de: object, vers: object, capacite: int, cout: int = 0) -> int:
        du, au = (noeuds.setdefault(n, len(noeuds)) for n in (de, vers))
        numero: int = flot.add_arc_with_capacity_and_unit_cost(du, au, capacite, cout)
        return numero

    for agent in semaine.agents:
        arc("source", agent.id, agent.maximum)
        for demi_journee in range(semaine.demi_journees):
            arc(agent.id, (agent.id, demi_journee), 1)
    choix, ordre = {}, sorted(permis)
    tirage(graine).shuffle(ordre)
    for numero, demi_journee, poste in ordre:
        cout = _cout(semaine, numero, demi_journee, poste)
        choix[arc((numero, demi_journee), ("poste", poste, demi_journee), 1, cout)] = numero, demi_journee, poste
    total = sum(semaine.demande.values())
    for (poste, demi_journee), nombre in semaine.demande.items():
        arc(("poste", poste, demi_journee), "puits", nombre)
    arc("source", "puits", total)
    flot.set_node_supply(noeuds["source"], total)
    flot.set_node_supply(noeuds["puits"], -total)
    flot.solve()
    return {(agent, demi_journee): p for i, (agent, demi_journee, p) in choix.items() if flot.flow(i)}


def _cout(semaine: Semaine, agent: int, demi_journee: int, poste: int) -> int:
    poids = semaine.poids
    garde = semaine.actuel.get((agent, demi_journee)) == poste
    fixe = 10 * (semaine.fixes.get((agent, demi_journee)) == poste)
    return poids.preference * semaine.agent[agent].deplait(poste) - poids.stabilite * garde - poids.manque * (1 + fixe)


def _a_refuser(semaine: Semaine, agent: AgentSemaine, plan: Plan) -> Iterator[Choix]:
    """Return what an agent may no longer be given, so that the rules they break now are kept next time."""
    tenus = {demi_journee: poste for (numero, demi_journee), poste in plan.items() if numero == agent.id}
    for faute in fautes_d_un(semaine, agent, tenus):
        if faute.regle == "max_guichet":
            postes, gardes = semaine.guichets, semaine.max_guichet
        elif faute.regle == "rotation" and faute.poste is not None:
            postes, gardes = frozenset({faute.poste}), semaine.max_meme_sensible
        elif faute.regle == "quatre_yeux" and faute.poste is not None:
            postes, gardes = frozenset({faute.poste}), 0
        else:
            postes, gardes = frozenset(agent.competences), -1
        # The half-days kept are the first ones found at these posts: the others are closed to them.
        tenues = sorted(h for h, poste in tenus.items() if poste in postes)[: max(gardes, 0)]
        fermees = [faute.demi_journee] if gardes < 0 else [h for h in range(semaine.demi_journees) if h not in tenues]
        yield from ((agent.id, h, poste) for h in fermees for poste in postes if h is not None)
