"""Next week in the demonstration: who works how much, who is away, a plan in force and a draft, a day over-booked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from psycopg.types.range import DateRange, TimestamptzRange

from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.pages.peuplement.organisation import DEPUIS, Monde
from planning.calculs.affectation.amorce import amorcer
from planning.calculs.creneaux import lundi_de
from planning.models import (
    Absence,
    AgentCasper,
    CodeCasper,
    Fermeture,
    FileGuichet,
    HoraireExceptionnel,
    PlacePlan,
    PlanSemaine,
    RegimeTravail,
    RegleCreneaux,
    ReglesPlanning,
    RendezVous,
)
from planning.selectors_semaine import lire_semaine
from planning.selectors_surreservation import jours_a_venir
from planning.services import attente, demandes_conge, echanges, plans, reservation, surreservation
from planning.services.conges import Jours
from planning.services.echanges import Echange
from planning.services.presences import modele_du_jour
from planning.services.publication import publier

# Contract share in per cent, half-days of telework, half-days not worked.
REGIMES: tuple[tuple[int, list[int], list[int]], ...] = ((80, [2, 3], [4, 5]), (50, [], []), (100, [8, 9], []))
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
    for agent, (quotite, teletravail, libres) in zip(agents, REGIMES, strict=False):
        RegimeTravail.objects.create(
            agent=agent, quotite=quotite, teletravail=teletravail, libres=libres, pendant=DEPUIS
        )
    zone = ZoneInfo(prefecture.fuseau)
    for agent, (premier, fin, genre) in zip(agents, ABSENCES, strict=False):
        debut, terme = (datetime.combine(lundi + timedelta(days=j), time(0), tzinfo=zone) for j in (premier, fin))
        Absence.objects.create(agent=agent, genre=genre, pendant=TimestamptzRange(debut, terme))
    en_vigueur = _plan(monde, lundi, "Proposé par la machine")
    plans.publier_plan(en_vigueur, par=monde.agents["chef"], maintenant=monde.maintenant)
    _plan(monde, lundi, "Variante", graine=1)
    _demander(monde, en_vigueur)
    _parametrer(monde, lundi)
    # The places follow the plan: where more is already taken, conflicts wait for the manager.
    RegleCreneaux.objects.create(
        site=site, titre_pourcent=5, vulnerable_pourcent=5, accompagne_pourcent=5, remise_minutes=60
    )
    publier(prefecture, maintenant=monde.maintenant)
    _attendre(monde)
    _surreserver(monde)


def _demander(monde: Monde, plan: PlanSemaine) -> None:
    """Let an agent ask for leave, and two of them swap a half-day, as far as the rules allow one."""
    prefecture, instant = monde.prefecture, monde.maintenant
    postes = {poste.agent.pk: poste for poste in monde.postes[plan.site_id]}
    demandeur = monde.postes[plan.site_id][-1]
    jours = Jours(plan.lundi + timedelta(days=14), plan.lundi + timedelta(days=18)).periode(prefecture.fuseau)
    demandes_conge.demander_conge(
        demandeur.agent, prefecture, genre="conge", periode=jours, mot="", par=demandeur.par, maintenant=instant
    )
    lue = lire_semaine(plan)
    for (agent, h), (autre, rendue) in combinations(sorted(lue.nombres), 2):
        if agent == autre or not {agent, autre} <= set(postes):
            continue
        echange = Echange(agent, h, autre, rendue)
        try:
            propose = echanges.proposer_echange(
                plan, echange, mot="Rendez-vous chez le notaire.", par=postes[agent].par, maintenant=instant
            )
        except ErreurMetier:
            continue
        echanges.accepter_echange(propose, par=postes[autre].par, maintenant=instant)
        return


def _parametrer(monde: Monde, lundi: date) -> None:
    """Write the words of CASPER, and a late opening in three weeks."""
    for code, genre in (("CA", "conge"), ("CMO", "maladie"), ("FORM", "formation"), ("TT", "")):
        CodeCasper.objects.get_or_create(prefecture=monde.prefecture, code=code, defaults={"genre": genre})
    for rang, poste in enumerate(monde.postes[monde.sites[0].pk][:5]):
        identifiant = f"{monde.prefecture.departement}{rang:05}"
        AgentCasper.objects.get_or_create(
            prefecture=monde.prefecture, identifiant=identifiant, defaults={"agent": poste.agent}
        )
    HoraireExceptionnel.objects.create(
        file=monde.files[monde.sites[0].pk]["etrangers"],
        jour=lundi + timedelta(days=17),
        debut=time(13),
        fin=time(19),
        nb_guichets=2,
        libelle="Nocturne",
    )


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


def _surreserver(monde: Monde) -> None:
    """Apply what is proposed to the main queue on its first day to come, once the machine has learned."""
    modele_du_jour(monde.prefecture, maintenant=monde.maintenant)
    file = FileGuichet.objects.select_related("site__prefecture").get(pk=monde.files[monde.sites[0].pk]["etrangers"].pk)
    jour = next(iter(jours_a_venir(file, maintenant=monde.maintenant)), None)
    if jour is not None:
        vue = surreservation.journee(file, jour, maintenant=monde.maintenant).empreinte
        surreservation.appliquer(file, jour, vue=vue, par=monde.agents["chef"], maintenant=monde.maintenant)
