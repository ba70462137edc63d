"""A préfecture's weeks, played in the order of time: the journal, the numbers and the tickets come out in order."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from random import Random

from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Agent, Demande, LotCourrier, Motif, Notification, Prefecture, Site
from demandes.querysets import NotificationQuerySet
from demandes.services.messages import ecrire
from planipref.pages.peuplement import accompagnement, journee, medecins, semaines
from planipref.pages.peuplement.chemins import DELAIS, POIDS, REPOS, choisir, tracer
from planipref.pages.peuplement.organisation import Monde, monter
from planipref.pages.peuplement.temps import dater
from planipref.pages.peuplement.vies import PAS, Vie
from planning.services.publication import publier

REPOS_MIN = 0.06  # day: the last step ended more than an hour ago
REPOS_DEFAUT = 15.0
LIENS_GARDES = (
    ("convocation", Etat.CONVOQUEE),
    ("rendez_vous", Etat.RDV_PRIS),
    ("depot", Etat.DEPOSEE),
    ("mandat_propose", Etat.BROUILLON),
)
# Short lives that are over, enough of them to learn from: the last weeks' appointments, kept or missed.
HABITUELLES, MOTIF_HABITUEL, REPOS_HABITUEL = 100, "ETR-GUDA", 45.0
A_ENVOYER = 3  # messages of each kind left to the worker, so that the demonstration's mailbox is not flooded


def peupler_prefecture(prefecture: Prefecture, *, graine: int, maintenant: datetime, condensat: str) -> int:
    """Make a préfecture's agents, slots, demandes and day.

    Args:
        prefecture: which one.
        graine: seed; the same gives the same data.
        maintenant: present instant.
        condensat: hash of the agents' password.

    Returns:
        Number of demandes made; 0 when it already has some.
    """
    if Demande.objects.filter(prefecture=prefecture).exists():
        return 0
    alea = Random(f"{graine}:{prefecture.departement}")  # noqa: S311 (invented people, no secret)
    monde = monter(prefecture, alea=alea, maintenant=maintenant, condensat=condensat)
    publier(prefecture, maintenant=maintenant)
    journee.ouvrir_la_journee(monde)
    vies = _naitre(monde)
    _jouer(monde, vies)
    attendus = journee.prendre_rendez_vous(monde, [v for v, _ in vies])
    journee.accueillir(monde, [v for v, _ in vies], attendus)
    _ecrire(monde, [v for v, _ in vies])
    accompagnement.accompagner(monde, [v for v, _ in vies], condensat)
    medecins.installer(monde)
    semaines.installer(monde)
    _clore_les_envois(prefecture)
    return Demande.objects.filter(prefecture=prefecture).count()


def _naitre(monde: Monde) -> list[tuple[Vie, list[tuple[datetime, str]]]]:
    """Draw the demandes, each with its dated steps."""
    facteur = 2 if monde.prefecture.taille == Prefecture.Taille.TRES_GRANDE else 1
    cibles = [e for e, poids in (POIDS | {Etat.REMISE: 1}).items() for _ in range(poids * facteur)]
    habituel = monde.motifs.get(MOTIF_HABITUEL)
    tirees = [(choisir(monde.motifs.values(), c, monde.alea), c, REPOS.get(c, REPOS_DEFAUT)) for c in cibles]
    tirees += [(habituel, Etat.CLOTUREE, REPOS_HABITUEL)] * HABITUELLES if habituel else []
    vies = []
    for motif, cible, repos in tirees:
        pas = tracer(motif, cible, monde.alea)
        vie = Vie(motif, cible, _site(monde, motif, cible), papiers="demander_complements" not in pas)
        vies.append((vie, _dater(monde, pas, repos)))
    return vies


def _site(monde: Monde, motif: Motif, cible: Etat) -> Site:
    sites = monde.sites_de(motif)
    if cible in (Etat.RDV_PRIS, Etat.REMISE) or monde.alea.random() < 0.6:
        return sites[0]
    return monde.alea.choice(sites)


def _dater(monde: Monde, pas: list[str], repos_max: float) -> list[tuple[datetime, str]]:
    repos = monde.alea.uniform(REPOS_MIN, max(REPOS_MIN * 2, repos_max))
    instants = dater(
        [monde.alea.uniform(*DELAIS[p]) for p in pas],
        monde.maintenant - timedelta(days=repos),
        alea=monde.alea,
        fuseau=monde.prefecture.fuseau,
        feries=monde.feries,
    )
    return list(zip(instants, pas, strict=True))


def _jouer(monde: Monde, vies: list[tuple[Vie, list[tuple[datetime, str]]]]) -> None:
    """Play all steps of all lives in the order of time."""
    tas = [(pas[0][0], rang, 0) for rang, (_, pas) in enumerate(vies)]
    heapq.heapify(tas)
    while tas:
        instant, rang, position = heapq.heappop(tas)
        vie, pas = vies[rang]
        PAS[pas[position][1]](monde, vie, instant)
        if position + 1 < len(pas):
            heapq.heappush(tas, (max(pas[position + 1][0], instant), rang, position + 1))


def _ecrire(monde: Monde, vies: list[Vie]) -> None:
    """Exchange a few messages."""
    vivantes = [v for v in vies if v.cible in (Etat.DEPOSEE, Etat.EN_INSTRUCTION)][:4]
    for vie in vivantes:
        instant = monde.maintenant - timedelta(hours=monde.alea.randrange(3, 30))
        ecrire(vie.dossier, "Bonjour, où en est ma demande ? Merci.", par=vie.usager, maintenant=instant)
        if vie.cible == Etat.EN_INSTRUCTION:
            reponse = "Bonjour, votre dossier est à l’étude. Vous serez prévenu dès la décision."
            par = monde.agents["instructeur"]
            ecrire(vie.dossier, reponse, par=par, maintenant=instant + timedelta(hours=1))


def _clore_les_envois(prefecture: Prefecture) -> None:
    """Mark old messages as sent; the latest links stay to be sent, so that one can follow them."""
    lignes = Notification.objects.filter(demande__prefecture=prefecture, etat=Notification.Etat.A_ENVOYER)
    gardees: list[int] = []
    for modele, etat in LIENS_GARDES:
        recentes = lignes.filter(modele=modele, demande__etat=etat).order_by("-pk").values_list("pk", flat=True)
        gardees += recentes[:A_ENVOYER]
    lettres = lignes.filter(canal=Notification.Canal.COURRIER)
    lignes.exclude(pk__in=gardees).exclude(pk__in=lettres.values("pk")).clore_sans_envoi()
    _clore_les_lettres(lettres, prefecture)


def _clore_les_lettres(lettres: NotificationQuerySet, prefecture: Prefecture) -> None:
    """Mark old letters as posted, in one batch by service; the latest wait to be printed."""
    qui = Agent.objects.qui_peuvent(Droit.VERIFIER, prefecture.pk).order_by("pk").first()
    recentes = list(lettres.order_by("-pk").values_list("pk", flat=True)[:A_ENVOYER])
    passees = lettres.exclude(pk__in=recentes)
    for rang, service in enumerate(sorted(set(passees.values_list("demande__service", flat=True)) - {None}), start=1):
        siennes = passees.filter(demande__service=service)
        derniere = siennes.latest("prochain_essai_le").prochain_essai_le
        lot = LotCourrier.objects.create(
            prefecture=prefecture,
            service_id=service,
            numero=rang,
            nb_lettres=siennes.count(),
            etat=LotCourrier.Etat.POSTE,
            cree_par=qui,
            cree_le=derniere,
            termine_par=qui,
            termine_le=derniere,
        )
        siennes.clore_sans_envoi(lot)
