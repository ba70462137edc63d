"""Reads of what agents ask for: leave, swaps of half-days; theirs, and what waits for the manager."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q

from demandes.droits import Droit
from demandes.models import Agent, Attribution, Prefecture, Site
from planning.models import Affectation, DemandeConge, EchangePlaces, PlacePlan, PlanSemaine
from planning.selectors_agents import dire_periode
from planning.selectors_semaine import DEMI_JOURNEES, SemaineLue, lire_semaine, quand

Offres = tuple[str, list[tuple[str, str]]]
MONTREES = 20  # of one's own requests


def prefectures_de(agent: Agent) -> list[Prefecture]:
    """Return the préfectures where an agent works (two queries)."""
    return list(Prefecture.objects.visibles_par(agent, Droit.CONSULTER).order_by("departement"))


@dataclass(frozen=True)
class CongeDit:
    """A request for leave, in civil days.

    Args:
        demande: the row.
        du: first day.
        au: last day, included.
        partie: « matin » or « après-midi » when it is half a day.
    """

    demande: DemandeConge
    du: date
    au: date
    partie: str


@dataclass(frozen=True)
class EchangeDit:
    """A swap, in words.

    Args:
        echange: the row.
        donnee: half-day given, with its post while it is held.
        rendue: half-day taken in return; empty for nothing.
    """

    echange: EchangePlaces
    donnee: str
    rendue: str


def dire_conge(demande: DemandeConge) -> CongeDit:
    """Return a request in civil days."""
    return CongeDit(demande, *dire_periode(demande.pendant, demande.prefecture.fuseau))


def dire_echanges(echanges: Iterable[EchangePlaces]) -> list[EchangeDit]:
    """Return swaps in words (one query for the posts)."""
    liste = list(echanges)
    places = PlacePlan.objects.filter(plan__in=[e.plan_id for e in liste if e.ouvert]).select_related("file")
    postes = {(p.plan_id, p.agent_id, p.demi_journee): p.dit for p in places}

    def dire(e: EchangePlaces, agent: int, h: int | None) -> str:
        if h is None:
            return ""
        return ", ".join(filter(None, [dire_demi_journee(e.plan.lundi, h), postes.get((e.plan_id, agent, h))]))

    return [EchangeDit(e, dire(e, e.agent_id, e.demi_journee), dire(e, e.collegue_id, e.rendue)) for e in liste]


def dire_demi_journee(lundi: date, demi_journee: int) -> str:
    """Name a half-day with its date: « mardi matin, 12/03/2030 »."""
    return f"{quand(demi_journee)}, {lundi + timedelta(days=demi_journee // 2):%d/%m/%Y}"


def mes_conges(agent: Agent) -> list[CongeDit]:
    """Return an agent's last requests for leave (one query)."""
    demandes = DemandeConge.objects.filter(agent=agent).select_related("prefecture").order_by("-pk")
    return [dire_conge(d) for d in demandes[:MONTREES]]


def mes_echanges(agent: Agent) -> list[EchangeDit]:
    """Return the last swaps that an agent proposed or was proposed (two queries)."""
    echanges = EchangePlaces.objects.filter(Q(agent=agent) | Q(collegue=agent))
    return dire_echanges(_avec_parties(echanges).order_by("-pk")[:MONTREES])


def conge_de(agent: Agent, pk: int) -> DemandeConge | None:
    """Return a request of an agent's own."""
    return DemandeConge.objects.filter(agent=agent, pk=pk).first()


def echange_de(agent: Agent, pk: int) -> EchangePlaces | None:
    """Return a swap that an agent proposed or was proposed."""
    return _avec_parties(EchangePlaces.objects.filter(Q(agent=agent) | Q(collegue=agent), pk=pk)).first()


def conges_en_attente(planificateur: Agent) -> models.QuerySet[DemandeConge]:
    """Return the requests for leave that wait where an agent plans, the nearest days first.

    Those of who works there no more are another manager's business (`planning.services.conges.exiger`).
    """
    prefectures = Prefecture.objects.visibles_par(planificateur, Droit.PLANIFIER)
    y_travaille = Attribution.objects.en_vigueur().filter(agent=OuterRef("agent"), prefecture=OuterRef("prefecture"))
    demandes = DemandeConge.objects.filter(
        Exists(y_travaille), etat=DemandeConge.Etat.ENVOYEE, prefecture__in=prefectures
    )
    return demandes.select_related("agent", "prefecture").order_by("pendant", "pk")


def echanges_en_attente(planificateur: Agent) -> models.QuerySet[EchangePlaces]:
    """Return the swaps of plans in force that wait where an agent plans, the nearest weeks first."""
    sites = Site.objects.visibles_par(planificateur, Droit.PLANIFIER)
    echanges = EchangePlaces.objects.filter(
        etat=EchangePlaces.Etat.ACCEPTE, plan__etat=PlanSemaine.Etat.PUBLIE, plan__site__in=sites.values("pk")
    )
    return _avec_parties(echanges).order_by("plan__lundi", "demi_journee", "pk")


def en_attente(planificateur: Agent) -> int:
    """Return how many requests wait for an agent who plans (three queries)."""
    return conges_en_attente(planificateur).count() + echanges_en_attente(planificateur).count()


def _avec_parties(echanges: models.QuerySet[EchangePlaces]) -> models.QuerySet[EchangePlaces]:
    return echanges.select_related("agent", "collegue", "plan__site__prefecture")


@dataclass(frozen=True)
class PlaceADonner:
    """A half-day of the plan in force that an agent might give.

    Args:
        lue: the week.
        demi_journee: which.
    """

    lue: SemaineLue
    demi_journee: int

    @property
    def libelle(self) -> str:
        """Name it."""
        return dire_demi_journee(self.lue.plan.lundi, self.demi_journee)


def place_a_donner(agent: Agent, affectation_id: int, *, maintenant: datetime) -> PlaceADonner | None:
    """Return the half-day of a post of an agent's, to come, of a plan in force; None when there is none."""
    poste = Affectation.objects.filter(agent=agent, pk=affectation_id, pendant__startswith__gt=maintenant).first()
    if poste is None:
        return None
    plans = PlanSemaine.objects.filter(site=poste.site_id, etat=PlanSemaine.Etat.PUBLIE)
    proches = plans.filter(lundi__gt=poste.pendant.lower.date() - timedelta(days=8))
    for plan in proches.select_related("site__prefecture").order_by("lundi")[:2]:
        lue = lire_semaine(plan)
        h = lue.demi_journee_de(poste.pendant)
        if h is not None and (agent.pk, h) in lue.nombres:
            return PlaceADonner(lue, h)
    return None


def contreparties(
    place: PlaceADonner, agent: Agent, *, maintenant: datetime
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what an agent may propose against a half-day, by colleague: nothing, or a half-day to come of theirs.

    Returns:
        (name of the colleague, choices as (``<colleague>-<half-day>``, words)).
    """
    lue, donnee = place.lue, place.demi_journee
    choix = []
    for collegue in lue.agents.values():
        if collegue == agent:
            continue
        a_venir = [h for h in range(DEMI_JOURNEES) if lue.moments[h].debut > maintenant]
        rendues = [h for h in a_venir if (collegue.pk, h) in lue.nombres and _rendable(lue, agent, h, donnee)]
        libre = (collegue.pk, donnee) not in lue.nombres
        offres = [(f"{collegue.pk}-", "sans contrepartie")] if libre else []
        offres += [
            (f"{collegue.pk}-{h}", f"contre {quand(h)}, {lue.postes[lue.nombres[collegue.pk, h]]}")
            for h in (rendues if libre else [h for h in rendues if h == donnee])
        ]
        if offres:
            choix.append((str(collegue), offres))
    return choix


def _rendable(lue: SemaineLue, agent: Agent, demi_journee: int, donnee: int) -> bool:
    """Whether an agent may take a half-day: they hold nothing then, or it is the one that they give."""
    return demi_journee == donnee or (agent.pk, demi_journee) not in lue.nombres
