"""What the story of a préfecture needs of the base, read once: people, places, texts. Then nothing reads any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from demandes.models import Agent, Delegation, Motif, PieceRequise, Prefecture, Service, Site
from demandes.selectors import jours_feries, parametres_motif
from planipref.commun.horloge import aujourdhui
from planipref.pages.chargement.calendrier import Calendrier
from planipref.pages.chargement.vies import HISTOIRE_JOURS
from planipref.pages.peuplement.organisation import Monde, monter
from planning.models import FileGuichet

# The first steps of a demande that ended eighteen months ago.
AMORCE_JOURS = 260


@dataclass(frozen=True)
class Signataire:
    """An agent who decides: with the delegation, and the name and quality that acts carry.

    Args:
        agent_id: who.
        delegation_id: under which arrêté.
        reference: its reference at the RAA.
        nom: name on the acts.
        qualite: quality on the acts.
        guichet_id: counter held; 0 in the back office.
    """

    agent_id: int
    delegation_id: int
    reference: str
    nom: str
    qualite: str
    guichet_id: int = 0


@dataclass(frozen=True)
class Plage:
    """An opening of a weekday, as seconds since midnight."""

    debut: int
    fin: int
    places: int
    reserve: int


@dataclass(frozen=True)
class FileDuDecor:
    """A queue.

    Args:
        id: identifier.
        site_id: where.
        pas: length of a slot, in seconds.
        plages: openings by ISO weekday.
    """

    id: int
    site_id: int
    pas: int
    plages: dict[int, list[Plage]]


@dataclass(frozen=True)
class MotifDuDecor:
    """A motif as this préfecture applies it.

    Args:
        motif: with its pieces and questions loaded.
        pieces: its pieces, in order.
        service: who treats it here.
        guichet_minutes: minutes at the counter.
        validite_jours: days a link stays valid.
        sites: where it is received, main site first.
        files: queue of each of these sites; for hand-overs, see `Decor.remises`.
    """

    motif: Motif
    pieces: list[PieceRequise]
    service: Service
    guichet_minutes: int
    validite_jours: int
    sites: list[Site]
    files: dict[int, FileDuDecor]


@dataclass(frozen=True)
class Decor:
    """A préfecture at work.

    Args:
        prefecture: which one.
        calendrier: its days.
        motifs: motifs open here, by identifier.
        sites: main site first.
        files: every queue.
        remises: queue of hand-overs of each site.
        postes: counters of each site, with who holds them.
        signataires: who decides in the back office.
        instructeur_id: who checks, convokes and examines.
        accueil_id: who registers arrivals.
        lieu: town where acts are signed.
    """

    prefecture: Prefecture
    calendrier: Calendrier
    motifs: dict[int, MotifDuDecor]
    sites: list[Site]
    files: list[FileDuDecor]
    remises: dict[int, FileDuDecor]
    postes: dict[int, list[Signataire]]
    signataires: list[Signataire]
    instructeur: Signataire
    accueil_id: int
    lieu: str


def dresser(prefecture: Prefecture, *, alea: Random, maintenant: datetime, condensat: str) -> Decor:
    """Give a préfecture its agents, queues and openings if it lacks them, and read what its story needs."""
    monde = monter(prefecture, alea=alea, maintenant=maintenant, condensat=condensat)
    files = {f.pk: _file(f) for f in _lire_files(prefecture)}
    services = {s.genre: s for s in prefecture.services.order_by("pk")}
    return Decor(
        prefecture=prefecture,
        calendrier=_calendrier(prefecture, maintenant),
        motifs={m.pk: _motif(m, monde, services, files) for m in monde.motifs.values()},
        sites=monde.sites,
        files=list(files.values()),
        remises={site_id: files[f["remises"].pk] for site_id, f in monde.files.items()},
        postes={
            site_id: [s for p in postes for s in _signataires([p.agent], prefecture, guichet_id=p.guichet.pk)]
            for site_id, postes in monde.postes.items()
        },
        signataires=_signataires(_agents(monde, "signataire", "chef"), prefecture),
        instructeur=_instructeur(_agents(monde, "instructeur")[0]),
        accueil_id=monde.agents["accueil"].pk,
        lieu=monde.sites[0].commune,
    )


def _calendrier(prefecture: Prefecture, maintenant: datetime) -> Calendrier:
    jour = aujourdhui(prefecture.fuseau, maintenant)
    jours = HISTOIRE_JOURS + AMORCE_JOURS
    annees = range((jour - timedelta(days=jours)).year, jour.year + 3)
    feries = jours_feries(prefecture, annees)
    return Calendrier(jour, jours=jours, fuseau=prefecture.fuseau, feries=feries)


def _agents(monde: Monde, *noms: str) -> list[Agent]:
    return list(Agent.objects.filter(pk__in=[monde.agents[n].pk for n in noms]).order_by("pk"))


def _instructeur(agent: Agent) -> Signataire:
    return Signataire(agent.pk, 0, "", agent.signature, agent.qualite)


def _signataires(agents: Iterable[Agent], prefecture: Prefecture, *, guichet_id: int = 0) -> list[Signataire]:
    delegations = Delegation.objects.filter(prefecture=prefecture, agent__in=agents).order_by("pk")
    par_agent = {d.agent_id: d for d in delegations}
    return [
        Signataire(a.pk, par_agent[a.pk].pk, par_agent[a.pk].reference, a.signature, a.qualite, guichet_id)
        for a in agents
    ]


def _lire_files(prefecture: Prefecture) -> list[FileGuichet]:
    files = FileGuichet.objects.actives().filter(site__prefecture=prefecture)
    return list(files.prefetch_related("plages").order_by("pk"))


def _file(file: FileGuichet) -> FileDuDecor:
    plages: dict[int, list[Plage]] = {}
    for p in file.plages.all():
        plage = Plage(_secondes(p.debut), _secondes(p.fin), p.nb_guichets - p.reserve_sans_rdv, p.reserve_sans_rdv)
        plages.setdefault(p.jour, []).append(plage)
    return FileDuDecor(file.pk, file.site_id, file.pas_minutes * 60, plages)


def _secondes(heure: time) -> int:
    return heure.hour * 3600 + heure.minute * 60


def _motif(motif: Motif, monde: Monde, services: dict[str, Service], files: dict[int, FileDuDecor]) -> MotifDuDecor:
    parametres = parametres_motif(motif, monde.prefecture)
    sites = monde.sites_de(motif)
    return MotifDuDecor(
        motif=motif,
        pieces=list(motif.pieces_requises.all()),
        service=services[motif.genre_service],
        guichet_minutes=parametres.guichet_minutes,
        validite_jours=parametres.validite_convocation_jours,
        sites=sites,
        files={s.pk: files[monde.file_pour(s, motif, remise=False).pk] for s in sites},
    )
