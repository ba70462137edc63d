"""Next week in the demonstration: who works how much, who is away, a plan in force and a draft, a day over-booked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement.organisation import DEPUIS, Monde
from planning.calculs.affectation.amorce import amorcer
from planning.calculs.creneaux import lundi_de
from planning.models import Absence, FileGuichet, PlacePlan, PlanSemaine, RegimeTravail, ReglesPlanning
from planning.selectors_surreservation import jours_a_venir
from planning.services import plans, surreservation
from planning.services.lecture_semaine import lire_semaine

# Contract share in per cent, half-days of telework.
REGIMES: tuple[tuple[int, list[int]], ...] = ((80, [2, 3]), (50, []), (100, [8, 9]))
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
    _surreserver(monde)


def _plan(monde: Monde, lundi: date, nom: str, *, graine: int = 0) -> PlanSemaine:
    """Begin a draft and fill it at once."""
    plan = plans.creer_plan(
        monde.sites[0], lundi, nom=nom, copie=None, par=monde.agents["chef"], maintenant=monde.maintenant
    )
    lue = lire_semaine(plan)
    PlacePlan.objects.bulk_create(lue.ecrire(amorcer(lue.semaine, graine)))
    return plan


def _surreserver(monde: Monde) -> None:
    """Apply what is proposed to the main queue on its first day to come."""
    file = FileGuichet.objects.select_related("site__prefecture").get(pk=monde.files[monde.sites[0].pk]["etrangers"].pk)
    jour = next(iter(jours_a_venir(file, maintenant=monde.maintenant)), None)
    if jour is not None:
        vue = surreservation.journee(file, jour, maintenant=monde.maintenant).empreinte
        surreservation.appliquer(file, jour, vue=vue, par=monde.agents["chef"], maintenant=monde.maintenant)
