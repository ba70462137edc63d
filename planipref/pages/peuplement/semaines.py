"""The plan of next week in the demonstration: who works how much, who is away, a plan in force and a draft."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import DateRange, TimestamptzRange

from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement.organisation import DEPUIS, Monde
from planning.calculs.affectation.amorce import amorcer
from planning.calculs.creneaux import lundi_de
from planning.models import (
    Absence,
    Fermeture,
    PlacePlan,
    PlanSemaine,
    RegimeTravail,
    RegleCreneaux,
    ReglesPlanning,
    RendezVous,
)
from planning.services import attente, plans, reservation
from planning.services.lecture_semaine import lire_semaine
from planning.services.publication import publier

# Contract share in per cent, half-days of telework.
REGIMES: tuple[tuple[int, list[int]], ...] = ((80, [2, 3]), (50, []), (100, [8, 9]))
ATTENDENT = 3
ABSENCES = ((0, 2, Absence.Genre.CONGE), (3, 4, Absence.Genre.FORMATION))


def installer(monde: Monde) -> None:
    """Plan next week at the main site; once."""
    site, prefecture = monde.sites[0], monde.prefecture
    lundi = lundi_de(aujourdhui(prefecture.fuseau, monde.maintenant)) + timedelta(days=7)
    if PlanSemaine.objects.filter(site=site).exists():
        return
    ReglesPlanning.objects.create(site=site, agents_arriere=1)
    agents = [poste.agent for poste in monde.postes[site.pk]]
    for agent, (quotite, teletravail) in zip(agents, REGIMES, strict=False):
        RegimeTravail.objects.create(agent=agent, quotite=quotite, teletravail=teletravail, pendant=DEPUIS)
    zone = ZoneInfo(prefecture.fuseau)
    for agent, (premier, fin, genre) in zip(agents, ABSENCES, strict=False):
        debut, terme = (datetime.combine(lundi + timedelta(days=j), time(0), tzinfo=zone) for j in (premier, fin))
        Absence.objects.create(agent=agent, genre=genre, pendant=TimestamptzRange(debut, terme))
    en_vigueur = _plan(monde, lundi, "Proposé par la machine")
    plans.publier_plan(en_vigueur, par=monde.agents["chef"], maintenant=monde.maintenant)
    _plan(monde, lundi, "Variante", graine=1)
    # The places follow the plan: where more is already taken, conflicts wait for the manager.
    RegleCreneaux.objects.create(site=site, gardees_pourcent=10, remise_minutes=60)
    publier(prefecture, maintenant=monde.maintenant)
    _attendre(monde)


def _attendre(monde: Monde) -> None:
    """Put some people on the waiting list, free the first place for them; close a day over the last appointment."""
    pris = list(
        RendezVous.objects.actifs()
        .filter(
            creneau__file__site__in=monde.sites,
            creneau__debut__gt=monde.maintenant + timedelta(days=2),
            convocation__personnes=1,
        )
        .select_related("creneau__file__site")
        .order_by("creneau__debut", "pk")
    )
    if not pris:
        return
    convocations = [Convocation.objects.avec_page().get(pk=r.convocation_id) for r in pris]
    libere, *attendent = convocations
    for convocation in attendent[:ATTENDENT]:
        attente.inscrire(convocation, par=acteur_usager(convocation.demande.usager_id), maintenant=monde.maintenant)
    reservation.annuler(libere, par=acteur_usager(libere.demande.usager_id), maintenant=monde.maintenant)
    attente.proposer_places(maintenant=monde.maintenant)
    dernier = pris[-1].creneau
    jour = aujourdhui(monde.prefecture.fuseau, dernier.debut)
    Fermeture.objects.create(
        prefecture=monde.prefecture,
        site=dernier.file.site,
        libelle="Journée de formation",
        pendant=DateRange(jour, jour + timedelta(days=1)),
    )
    publier(monde.prefecture, maintenant=monde.maintenant)


def _plan(monde: Monde, lundi: date, nom: str, *, graine: int = 0) -> PlanSemaine:
    """Begin a draft and fill it at once."""
    plan = plans.creer_plan(
        monde.sites[0], lundi, nom=nom, copie=None, par=monde.agents["chef"], maintenant=monde.maintenant
    )
    lue = lire_semaine(plan)
    PlacePlan.objects.bulk_create(lue.ecrire(amorcer(lue.semaine, graine)))
    return plan
