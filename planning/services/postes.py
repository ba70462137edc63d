"""The posts that agents hold: locked in one order, given up for an absence, held again once it is removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, models, transaction
from psycopg.types.range import TimestamptzRange

from demandes.services.notifications import reveiller
from planipref.commun.contraintes import contrainte
from planipref.commun.transactions import etape
from planning.models import Absence, Affectation, Guichet, Habilitation, PlacePlan, PlanSemaine
from planning.selectors_semaine import Moment, lire_semaine

PUBLIER = "planning.tasks.publier_files"
SANS_FIN = timedelta(days=366)  # an absence without end is looked at so far


@etape
def verrouiller_agents(agents: Collection[int]) -> None:
    """Lock the posts and the absences of some agents, before any of their rows, in the order of their identifiers.

    The triggers of posts and absences take the same locks one by one: whoever writes for several agents takes them all
    here first, so that an import of leave and a swap cannot wait for each other. The plans in force are locked before
    them (`verrouiller_plans`).
    """
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT pg_advisory_xact_lock(hashtext('agent'), agent) FROM unnest(%s::int[]) AS agent",
            [sorted(agents)],
        )


@etape
def verrouiller_plans(plans: models.QuerySet[PlanSemaine]) -> list[PlanSemaine]:
    """Lock those of some plans that are in force, before the agents who hold their places.

    Whoever waited for a plan that another one replaced meanwhile locks that other one.
    """
    en_vigueur = plans.filter(etat=PlanSemaine.Etat.PUBLIE)
    while True:
        tenus = list(en_vigueur.select_for_update(of=("self",), no_key=True).order_by("pk"))
        if {plan.pk for plan in tenus} == set(en_vigueur.values_list("pk", flat=True)):
            return tenus


@etape
def verrouiller_pour_rendre(agents: Collection[int], *, maintenant: datetime) -> None:
    """Lock some agents, and before them the plans in force that may give them posts back."""
    verrouiller_plans(_plans_de(agents, maintenant))
    verrouiller_agents(agents)


def _plans_de(agents: Collection[int], depuis: datetime) -> models.QuerySet[PlanSemaine]:
    """Return the plans in force where some agents have places, of the week of an instant and after."""
    places = PlacePlan.objects.filter(agent__in=agents, plan__etat=PlanSemaine.Etat.PUBLIE)
    return PlanSemaine.objects.filter(pk__in=places.values("plan"), lundi__gt=(depuis - timedelta(days=8)).date())


@etape
def liberer_les_postes(agent_id: int, periode: TimestamptzRange, *, maintenant: datetime) -> int:
    """Give up the posts that an agent holds during a period and that have not begun.

    Returns:
        How many.
    """
    postes = Affectation.objects.filter(agent=agent_id, pendant__overlap=periode, pendant__startswith__gt=maintenant)
    return postes.delete()[0]


@dataclass
class Rendus:
    """What became of the posts that an absence had given up.

    Args:
        rendus: posts held again.
        a_reparer: half-days of the plan in force that nobody holds: their counter is taken, or the agent may not.
    """

    rendus: int = 0
    a_reparer: int = 0


@etape
def rendre_les_postes(agent_id: int, periode: TimestamptzRange, *, maintenant: datetime) -> Rendus:
    """Give an agent back the posts of the plans in force during a period, those to come that they hold no more.

    Args:
        agent_id: who is there again, locked (`verrouiller_pour_rendre`).
        periode: of the absence that is no more.
        maintenant: instant.
    """
    bilan = Rendus()
    debut, fin = periode.lower or maintenant, periode.upper or maintenant + SANS_FIN
    plans = _plans_de([agent_id], debut).filter(lundi__lte=(fin + timedelta(days=1)).date())
    # Locked already, but one published between the plans and the agents.
    for plan in verrouiller_plans(plans.select_related("site__prefecture")):
        lue = lire_semaine(plan)
        siennes = [(lue.moments[h], place) for (agent, h), place in sorted(lue.places.items()) if agent == agent_id]
        for moment, place in siennes:
            if moment.debut > maintenant and _quittee(agent_id, moment, debut, fin):
                rendue = _tenir(place, moment)
                bilan.rendus += rendue
                bilan.a_reparer += not rendue
    return bilan


def _quittee(agent_id: int, moment: Moment, debut: datetime, fin: datetime) -> bool:
    """Say whether a half-day was given up for an absence, and may be held again: nothing else keeps the agent away."""
    siens = {"agent": agent_id, "pendant__overlap": moment.periode}
    dedans = debut < moment.fin and moment.debut < fin
    return dedans and not (Affectation.objects.filter(**siens).exists() or Absence.objects.filter(**siens).exists())


def _tenir(place: PlacePlan, moment: Moment) -> bool:
    """Write the post of a place, at the counter that the agent had that day if it is free."""
    guichet = None
    if place.poste == Affectation.Poste.GUICHET:
        libres = Guichet.objects.filter(files=place.file_id, actif=True)
        libres = libres.exclude(affectations__pendant__overlap=moment.periode).order_by("numero", "pk")
        autour = TimestamptzRange(moment.debut - timedelta(hours=12), moment.fin + timedelta(hours=12))
        habituel = libres.filter(affectations__agent=place.agent_id, affectations__pendant__overlap=autour)
        guichet = habituel.first() or libres.first()
        if guichet is None:
            return False
    try:
        with transaction.atomic():
            Affectation.objects.create(
                agent_id=place.agent_id,
                poste=place.poste,
                site_id=place.plan.site_id,
                guichet=guichet,
                file_id=place.file_id,
                pendant=moment.periode,
                origine=Affectation.Origine.MANUELLE if place.a_la_main else Affectation.Origine.AUTOMATIQUE,
            )
    except IntegrityError as erreur:
        if not contrainte(erreur).startswith("affectation_"):
            raise
        return False
    return True


@etape
def publier_apres(agents: Collection[int]) -> None:
    """Have the slots of the queues that some agents serve follow the counters held, once the transaction is over."""
    files = Habilitation.objects.filter(agent__in=agents).order_by("file").values_list("file", flat=True).distinct()
    if files:
        reveiller(PUBLIER, list(files))
