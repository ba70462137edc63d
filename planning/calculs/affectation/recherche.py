"""The search for the best plan of a week: its rules and its costs, written in the words of the engine."""

from __future__ import annotations

from dataclasses import replace

from planning.calculs.affectation.amorce import amorcer
from planning.calculs.affectation.moteur import Moteur, Resultat, Suivre
from planning.calculs.affectation.semaine import AgentSemaine, Dejeuner, Semaine


def planifier(semaine: Semaine, *, secondes: float, graine: int = 0, suivre: Suivre | None = None) -> Resultat:
    """Find who holds which post.

    Coverage is soft: what cannot be covered costs, and is told by `explications.manques`.

    Args:
        semaine: to plan.
        secondes: time allowed.
        graine: seed of the draw among equals.
        suivre: told where the search stands, answers whether to go on.

    Raises:
        Infaisable: nothing was found in time.
    """
    moteur = Moteur(graine)
    _ouvrir(semaine, moteur)
    for agent in semaine.agents:
        _borner(semaine, moteur, agent)
        _souhaiter(semaine, moteur, agent)
    for (poste, demi_journee), nombre in semaine.demande.items():
        if nombre:
            moteur.couvrir(moteur.sur(demi_journee, [poste]), nombre, manque=semaine.poids.manque, exces=None)
    seniors = {agent.id for agent in semaine.agents if agent.senior}
    for zone, demi_journee in semaine.zones_demandees():
        moteur.souhaiter_un(moteur.sur(demi_journee, semaine.zones[zone], seniors), semaine.poids.senior)
    charges = [(moteur.de(a.id, postes=semaine.guichets), a.guichets_passes, a.quotite) for a in semaine.suivis]
    moteur.egaliser(charges, semaine.poids.equite)
    for dejeuner in semaine.dejeuners:
        _dejeuner(semaine, moteur, dejeuner)
    _garder(semaine, moteur)
    depart = amorcer(semaine, graine) if semaine.au_plus_changes is None else semaine.actuel
    return moteur.resoudre(secondes=secondes, depart=depart, suivre=suivre)


def _ouvrir(semaine: Semaine, moteur: Moteur) -> None:
    permis: dict[int, list[tuple[int, int]]] = {agent.id: [] for agent in semaine.agents}
    for agent, demi_journee, poste in semaine.permis():
        permis[agent].append((demi_journee, poste))
    for agent in moteur.melanger(permis):
        for demi_journee, poste in permis[agent]:
            moteur.ouvrir(agent, demi_journee, poste)
    for (agent, demi_journee), poste in semaine.fixes.items():
        if (agent, demi_journee, poste) in moteur.choix:
            moteur.entre([moteur.choix[agent, demi_journee, poste]], 1, 1)


def _borner(semaine: Semaine, moteur: Moteur, agent: AgentSemaine) -> None:
    """Write the hard rules of an agent."""
    for demi_journee in range(semaine.demi_journees):
        moteur.au_plus_un(moteur.de(agent.id, periodes={demi_journee}))
    moteur.entre(moteur.de(agent.id), 0, agent.maximum)
    moteur.entre(moteur.de(agent.id, postes=semaine.guichets), 0, semaine.max_guichet)
    for poste in agent.competences:
        if semaine.poste[poste].sensible:
            moteur.entre(moteur.de(agent.id, postes={poste}), 0, semaine.max_meme_sensible)
    for un, autre in semaine.quatre_yeux:
        moteur.jamais_les_deux(moteur.de(agent.id, postes={un}), moteur.de(agent.id, postes={autre}))
    for avant, apres in (*semaine.repos, *semaine.journees):
        moteur.jamais_les_deux(moteur.de(agent.id, periodes={avant}), moteur.de(agent.id, periodes={apres}))


def _souhaiter(semaine: Semaine, moteur: Moteur, agent: AgentSemaine) -> None:
    """Write what an agent would rather: their post, and one post a day."""
    for variable in moteur.de(agent.id, postes={poste for poste in agent.competences if agent.deplait(poste)}):
        moteur.couter(variable, semaine.poids.preference)
    for jour in semaine.jours:
        moteur.changer(agent.id, 2 * jour, 2 * jour + 1, semaine.poids.continuite)


def _garder(semaine: Semaine, moteur: Moteur) -> None:
    """Write what it costs to change the plan in force, and how much of it may change."""
    gardes = []
    for (agent, demi_journee), poste in semaine.actuel.items():
        variable = moteur.choix.get((agent, demi_journee, poste))
        moteur.couter_toujours(semaine.poids.stabilite)
        if variable is not None:
            moteur.couter(variable, -semaine.poids.stabilite)
            gardes.append(variable)
    if semaine.au_plus_changes is not None:
        nouveaux = [v for (a, h, _), v in moteur.choix.items() if (a, h) not in semaine.actuel]
        moteur.entre(
            [*gardes, *nouveaux],
            len(gardes) - semaine.au_plus_changes,
            len(gardes),
            unites=[1] * len(gardes) + [-1] * len(nouveaux),
        )


def _dejeuner(semaine: Semaine, moteur: Moteur, dejeuner: Dejeuner) -> None:
    """Keep enough agents at each of the two times of lunch, among those who work all day."""
    premiers, seconds = [], []
    for agent in semaine.agents:
        moities = [moteur.de(agent.id, periodes={2 * dejeuner.jour + i}, postes=dejeuner.postes) for i in (0, 1)]
        if all(moities):
            un, deux = moteur.partager(*moities)
            premiers.append(un)
            seconds.append(deux)
    for presents in (premiers, seconds):
        moteur.couvrir(presents, dejeuner.minimum, manque=semaine.poids.manque, exces=0)


def reparer(
    semaine: Semaine, *, secondes: float, graine: int = 0, suivre: Suivre | None = None, part: float = 0.1
) -> Resultat:
    """Mend a plan in force after an absence, changing little of the rest.

    Args:
        semaine: as it is now, absences included; `actuel` is the plan in force.
        secondes: time allowed.
        graine: seed of the draw among equals.
        suivre: told where the search stands, answers whether to go on.
        part: of the places that still hold, how many may change.

    Raises:
        Infaisable: nothing was found in time.
    """
    permis = set(semaine.permis())
    tenues = {(agent, h): poste for (agent, h), poste in semaine.actuel.items() if (agent, h, poste) in permis}
    apres = replace(semaine, actuel=tenues, au_plus_changes=int(part * len(tenues)))
    return planifier(apres, secondes=secondes, graine=graine, suivre=suivre)
