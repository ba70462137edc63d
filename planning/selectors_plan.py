"""Reads of the week grid: agents by half-days, what is covered, what is not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from demandes.droits import Droit
from demandes.models import Agent, Site
from planning.calculs.affectation.explications import OBSTACLES, POSSIBLE, RAISONS, empechement, expliquer, manques
from planning.calculs.affectation.semaine import couvertes, fautes, mesures
from planning.models import Affectation, PlacePlan, PlanSemaine, RetouchePlan
from planning.selectors_semaine import DEMI_JOURNEES, Poste, SemaineLue, dire_faute, quand, touchees

COULEURS = 6


def plans_de_la_semaine(site: Site, lundi: date) -> list[PlanSemaine]:
    """Return the plans of a site's week, the one in force first, then the newest (one query)."""
    return list(PlanSemaine.objects.de_la_semaine(site.pk, lundi).select_related("site__prefecture"))


def plan_planifie(agent: Agent, pk: int) -> PlanSemaine | None:
    """Return a plan of a site where the agent plans."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    return PlanSemaine.objects.filter(pk=pk, site__in=sites).select_related("site__prefecture").first()


def dernier_publie(site: Site, avant: date) -> PlanSemaine | None:
    """Return the newest plan in force of a week before a Monday."""
    return PlanSemaine.objects.filter(site=site, etat="publie", lundi__lt=avant).order_by("-lundi").first()


def derniere_retouche(plan: PlanSemaine) -> RetouchePlan | None:
    """Return the change that would be undone (one query)."""
    return plan.retouches.filter(defaite=False).order_by("-pk").first()


def guichets_tenus(lue: SemaineLue) -> dict[tuple[int, int], int]:
    """Return the number of the counter held, by agent and half-day, of the plan in force (one query, or none)."""
    if lue.plan.etat != PlanSemaine.Etat.PUBLIE:
        return {}
    tenus = Affectation.objects.filter(
        site=lue.plan.site_id, guichet__isnull=False, pendant__overlap=(lue.moments[0].debut, lue.moments[-1].fin)
    ).values_list("agent", "pendant", "guichet__numero")
    return {(agent, h): numero for agent, pendant, numero in tenus for h in touchees(lue.moments, pendant)}


@dataclass(frozen=True)
class CaseGrille:
    """A cell: an agent at a half-day.

    Args:
        demi_journee: 0 to 11.
        place: what they hold.
        poste: its post.
        guichet: number of their counter; None when they hold none, or not yet.
        couleur: number of its tint.
        absent: whether they are away.
        teletravail: whether they work at home.
    """

    demi_journee: int
    place: PlacePlan | None
    poste: Poste | None
    guichet: int | None
    couleur: int
    absent: bool
    teletravail: bool


@dataclass(frozen=True)
class LigneGrille:
    """An agent's week.

    Args:
        agent: who.
        cases: one for each half-day shown.
        tenues: half-days worked.
        maximum: half-days that their contract share allows.
    """

    agent: Agent
    cases: list[CaseGrille]
    tenues: int
    maximum: int


@dataclass(frozen=True)
class Couverture:
    """A post's week: (present, wanted) for each half-day shown; None when nobody is wanted."""

    poste: Poste
    couleur: int
    nombres: list[tuple[int, int] | None]


@dataclass(frozen=True)
class ManqueDit:
    """A half-day that is not covered, in words.

    Args:
        poste: which.
        demi_journee: when.
        nombre: agents missing.
        raisons: (reason, names of the agents).
    """

    poste: Poste
    demi_journee: int
    nombre: int
    raisons: list[tuple[str, str]]

    @property
    def quand(self) -> str:
        """The half-day, in words."""
        return quand(self.demi_journee)


@dataclass(frozen=True)
class GrilleSemaine:
    """The week grid.

    Args:
        lue: the week.
        jours: (rank of the day, date, why it is closed) of the days shown.
        lignes: agents.
        couvertures: posts wanted at least once.
        manques: what is not covered.
        couvertes: half-days covered.
        demandees: half-days wanted.
        fautes: hard rules that the plan breaks, in words: an absence typed since, for instance.
    """

    lue: SemaineLue
    jours: list[tuple[int, date, str]]
    lignes: list[LigneGrille]
    couvertures: list[Couverture]
    manques: list[ManqueDit]
    couvertes: int
    demandees: int
    fautes: list[str]


def grille_semaine(lue: SemaineLue, guichets: Mapping[tuple[int, int], int] | None = None) -> GrilleSemaine:
    """Return the grid of a week that was read (no query but those of the reading).

    Args:
        lue: the week.
        guichets: see `guichets_tenus`.

    A place whose agent is away covers nothing: an absence typed after the publication is seen at once.
    """
    nombres, semaine = lue.nombres, lue.semaine
    tenus = {(agent, h): n for (agent, h), n in nombres.items() if h not in semaine.agent[agent].conges}
    jours = [(i, j, lue.fermes[i]) for i, j in enumerate(lue.jours) if i < 5 or _utile(lue, i)]
    montrees = _des_jours([rang for rang, _, _ in jours])
    presents = Counter((numero, h) for (_, h), numero in tenus.items())
    couvertures = [
        Couverture(poste, i % COULEURS, [_nombre(presents, semaine.demande, i, h) for h in montrees])
        for i, poste in enumerate(lue.postes)
        if any(semaine.demande.get((i, h)) or presents[i, h] for h in montrees)
    ]
    return GrilleSemaine(
        lue,
        jours,
        [_ligne(lue, agent, montrees, guichets or {}) for agent in lue.agents.values()],
        couvertures,
        [
            ManqueDit(lue.postes[m.poste], m.demi_journee, m.nombre, _par_raison(lue, m.raisons))
            for m in manques(semaine, tenus)
        ],
        couvertes(semaine, tenus),
        sum(semaine.demande.values()),
        [dire_faute(lue, faute) for faute in fautes(semaine, nombres)],
    )


@dataclass(frozen=True)
class LigneComparee:
    """A plan of the week beside the others.

    Args:
        plan: which.
        couvertes: half-days covered.
        demandees: half-days wanted.
        mesures: see `calculs.affectation.semaine.mesures`.
    """

    plan: PlanSemaine
    couvertes: int
    demandees: int
    mesures: dict[str, int]


def comparaison(lue: SemaineLue, plans: Sequence[PlanSemaine]) -> list[LigneComparee]:
    """Return the plans of a week beside each other (one query for each).

    Args:
        lue: the week, read for one of them.
        plans: of that week.
    """
    demandees, lignes = sum(lue.semaine.demande.values()), []
    for plan in plans:
        nombres = replace(lue, plan=plan).nombres
        lignes.append(LigneComparee(plan, couvertes(lue.semaine, nombres), demandees, mesures(lue.semaine, nombres)))
    return lignes


def _utile(lue: SemaineLue, jour: int) -> bool:
    """Whether somebody is wanted, or placed, on a day."""
    demi_journees = {2 * jour, 2 * jour + 1}
    return any(n and h in demi_journees for (_, h), n in lue.semaine.demande.items()) or any(
        h in demi_journees for _, h in lue.places
    )


def _des_jours(rangs: Sequence[int]) -> list[int]:
    return [h for h in range(DEMI_JOURNEES) if h // 2 in rangs]


def _nombre(
    presents: Counter[tuple[int, int]], demande: Mapping[tuple[int, int], int], poste: int, demi_journee: int
) -> tuple[int, int] | None:
    voulus = demande.get((poste, demi_journee), 0)
    present = presents[poste, demi_journee]
    return (present, voulus) if voulus or present else None


def _ligne(
    lue: SemaineLue, agent: Agent, montrees: Sequence[int], guichets: Mapping[tuple[int, int], int]
) -> LigneGrille:
    calcul = lue.semaine.agent[agent.pk]
    cases = []
    for h in montrees:
        numero = lue.nombres.get((agent.pk, h))
        poste = lue.postes[numero] if numero is not None else None
        couleur = numero % COULEURS if numero is not None else 0
        place = lue.places.get((agent.pk, h))
        guichet = guichets.get((agent.pk, h)) if poste and poste.file else None
        cases.append(CaseGrille(h, place, poste, guichet, couleur, h in calcul.conges, h in calcul.teletravail))
    tenues = sum(a == agent.pk for a, _ in lue.nombres)
    return LigneGrille(agent, cases, tenues, calcul.maximum)


def _par_raison(lue: SemaineLue, raisons: Sequence[tuple[int, str]]) -> list[tuple[str, str]]:
    par_raison: dict[str, list[str]] = {}
    for agent, raison in raisons:
        par_raison.setdefault(raison, []).append(str(lue.agents[agent]))
    return [(OBSTACLES[raison], ", ".join(noms)) for raison, noms in par_raison.items()]


@dataclass(frozen=True)
class ChoixPoste:
    """A post that a cell might hold.

    Args:
        poste: which.
        tenu: whether it is held now.
        empeche: why it cannot be, in words; empty when it can.
        manquent: agents missing there at that half-day, this one not counted.
    """

    poste: Poste
    tenu: bool
    empeche: str
    manquent: int


@dataclass(frozen=True)
class CaseOuverte:
    """A cell looked at closely.

    Args:
        agent: who.
        demi_journee: when.
        choix: posts, those that can be held first.
        raisons: why they hold what they hold, in words.
        autres: (agent, cost of the plan with them there instead), the nearest first.
    """

    agent: Agent
    demi_journee: int
    choix: list[ChoixPoste]
    raisons: list[str]
    autres: list[tuple[Agent, int]]


AUTRES_MONTRES = 5


def case_ouverte(lue: SemaineLue, agent: Agent, demi_journee: int) -> CaseOuverte:
    """Return what a cell may hold, and why it holds what it does."""
    case = (agent.pk, demi_journee)
    tenu = lue.nombres.get(case)
    sans = {cle: numero for cle, numero in lue.nombres.items() if cle != case}
    presents = Counter(numero for (_, h), numero in sans.items() if h == demi_journee)
    choix = []
    for numero, poste in enumerate(lue.postes):
        voulus = lue.semaine.demande.get((numero, demi_journee), 0)
        if not voulus and numero != tenu:
            continue
        obstacle = empechement(lue.semaine, sans, lue.semaine.agent[agent.pk], demi_journee, numero)
        if obstacle == POSSIBLE and presents[numero] >= voulus:
            obstacle = "trop"
        empeche = "" if obstacle == POSSIBLE else OBSTACLES[obstacle]
        choix.append(ChoixPoste(poste, numero == tenu, empeche, max(0, voulus - presents[numero])))
    choix.sort(key=lambda c: (bool(c.empeche), -c.manquent))
    if tenu is None:
        return CaseOuverte(agent, demi_journee, choix, [], [])
    explication = expliquer(lue.semaine, lue.nombres, *case)
    place = lue.places[case]
    raisons = ["posé à la main"] if place.a_la_main else [RAISONS[r] for r in explication.raisons]
    autres = [(lue.agents[a], ecart) for a, ecart in explication.autres[:AUTRES_MONTRES]]
    return CaseOuverte(agent, demi_journee, choix, raisons, autres)
