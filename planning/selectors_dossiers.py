"""The files of a service that nobody follows, and the agents who may: as the calculation and the page want them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Q
from psycopg.types.range import TimestamptzRange

from demandes.cycle import Etat
from demandes.droits import DROITS_PAR_ROLE, Droit, Role
from demandes.models import Agent, Attribution, Demande, Deport, Motif, ParametrageMotif, Service
from demandes.querysets import OUVERTS
from demandes.selectors import acteur_agent, jours_feries
from demandes.selectors_deports import deports_par_agent
from demandes.selectors_valeurs import valeurs_posees
from planipref.commun.horloge import aujourdhui
from planning.calculs.affectation.dossiers import AgentDossiers, Dossier, Lot
from planning.models import (
    Absence,
    Affectation,
    FileGuichet,
    Habilitation,
    PropositionDossiers,
    RegimeTravail,
    RegleDossiers,
)
from planning.querysets import bornes_du_jour

# Of the files, those on which an agent has something to do now; the others wait for the usager, or for their visit.
A_VERIFIER = (Etat.DEPOSEE, Etat.COMPLETE)
A_DECIDER = (Etat.RECUE, Etat.EN_INSTRUCTION)
# A half-day that an agent does not spend at a counter, at the desk nor away, in minutes given to files.
DEMI_JOURNEE = 210
CHAMPS = ("automatique", "horizon_jours")


@dataclass(frozen=True)
class ReglesDossiers:
    """How the files of a service are given out.

    Args:
        automatique: whether each night.
        horizon_jours: working days whose time is shared out.
    """

    automatique: bool = False
    horizon_jours: int = 10


def regles_des_services(services: Collection[int]) -> dict[int, ReglesDossiers]:
    """Return the rules of some services, field by field: their own, else the country's (one query)."""
    posees = valeurs_posees(RegleDossiers.objects.all(), services, CHAMPS, ou="service")
    return {service: ReglesDossiers(**posees[service]) for service in services}


def regles_nationales() -> ReglesDossiers:
    """Return the rules of a service that has none of its own (one query)."""
    return ReglesDossiers(**valeurs_posees(RegleDossiers.objects.all(), [], CHAMPS, ou="service")[None])


def regle_du_service(service: Service) -> RegleDossiers | None:
    """Return what a service has of its own."""
    return RegleDossiers.objects.filter(service=service).first()


def services_planifies(agent: Agent) -> list[Service]:
    """Return the services whose files an agent gives out (one query)."""
    par = acteur_agent(agent)
    prefectures = [pk for pk, droits in agent.droits_par_prefecture.items() if Droit.PLANIFIER in droits]
    services = Service.objects.filter(prefecture__in=prefectures).select_related("prefecture")
    return [
        s
        for s in services.order_by("prefecture__departement", "genre")
        if par.peut(Droit.PLANIFIER, prefecture_id=s.prefecture_id, service_id=s.pk)
    ]


def proposition_planifiee(agent: Agent, pk: int) -> PropositionDossiers | None:
    """Return a proposal for a service whose files the agent gives out."""
    services = [s.pk for s in services_planifies(agent)]
    propositions = PropositionDossiers.objects.filter(pk=pk, service__in=services)
    return propositions.select_related("service__prefecture", "appliquee_par").first()


def derniere_proposition(service: Service) -> PropositionDossiers | None:
    """Return the newest proposal for a service."""
    propositions = PropositionDossiers.objects.filter(service=service).select_related("service__prefecture")
    return propositions.order_by("-pk").first()


def sans_agent(service: Service) -> list[Demande]:
    """Return the files of a service on which an agent has something to do, and that nobody follows, oldest first."""
    demandes = Demande.objects.filter(
        prefecture=service.prefecture_id, service=service, agent__isnull=True, etat__in=[*A_VERIFIER, *A_DECIDER]
    )
    return list(demandes.select_related("motif").order_by("pk"))


@dataclass(frozen=True)
class LotLu:
    """What there is to give out.

    Args:
        lot: as the calculation wants it.
        agents: by number.
        demandes: by number.
        deports: how many déports hold, by agent: never whom.
    """

    lot: Lot
    agents: dict[int, Agent]
    demandes: dict[int, Demande]
    deports: dict[int, int]


def lire_lot(service: Service, *, maintenant: datetime) -> LotLu:
    """Read the files and the agents of a service, in a number of queries that their number does not change.

    Args:
        service: with its préfecture loaded.
        maintenant: instant.
    """
    return _Lecture(service, maintenant).lu()


class _Lecture:
    """One reading."""

    def __init__(self, service: Service, maintenant: datetime) -> None:
        self.service, self.prefecture = service, service.prefecture
        self.jour = aujourdhui(self.prefecture.fuseau, maintenant)
        self.horizon = regles_des_services([service.pk])[service.pk].horizon_jours
        self.demandes = sans_agent(service)
        self.files = list(
            FileGuichet.objects.actives().filter(site__prefecture=self.prefecture).prefetch_related("motifs")
        )
        self.sensibles = {m.pk for f in self.files if f.sensible for m in f.motifs.all()}
        motifs = {d.motif_id for d in self.demandes}
        self.minutes = dict(Motif.objects.filter(pk__in=motifs).values_list("pk", "guichet_minutes"))
        locales = ParametrageMotif.objects.filter(prefecture=self.prefecture, guichet_minutes__isnull=False)
        self.minutes_locales = dict(locales.values_list("motif", "guichet_minutes"))

    def lu(self) -> LotLu:
        """Put it all together."""
        agents = self._agents()
        deports = deports_par_agent(agents, self.jour)
        interdits = self._interdits(agents, deports)
        dossiers = [self._dossier(d, frozenset(interdits.get(d.pk, ()))) for d in self.demandes]
        charges, capacites, niveaux = self._charges(agents), self._capacites(agents), self._niveaux(agents)
        lot = Lot(
            [
                AgentDossiers(pk, self._competences(pk, niveaux), charges.get(pk, 0), capacites.get(pk, 0))
                for pk in agents
            ],
            dossiers,
        )
        tenus = {agent: len(liste) for agent, liste in deports.items()}
        return LotLu(lot, agents, {d.pk: d for d in self.demandes}, tenus)

    # Files

    def _dossier(self, demande: Demande, interdits: frozenset[int]) -> Dossier:
        return Dossier(
            demande.pk,
            _competence(demande.motif_id, a_decider=demande.etat in A_DECIDER),
            Habilitation.Niveau.CONFIRME if demande.motif_id in self.sensibles else Habilitation.Niveau.DEBUTANT,
            self._minutes(demande.motif_id),
            (demande.echeance - self.jour).days if demande.echeance else None,
            interdits,
        )

    def _minutes(self, motif: int) -> int:
        """Work that a file takes: nothing measures it yet, so the time that the catalogue gives its visit."""
        return max(1, self.minutes_locales.get(motif) or self.minutes.get(motif) or DEMI_JOURNEE // 10)

    def _interdits(self, agents: Collection[int], deports: dict[int, list[Deport]]) -> dict[int, set[int]]:
        """Agents who must not have each file: déport, four eyes, rotation."""
        interdits: dict[int, set[int]] = {}
        attendent = Demande.objects.filter(pk__in=[d.pk for d in self.demandes])
        for agent, siens in deports.items():
            for pk in attendent.visees(siens).values_list("pk", flat=True):
                interdits.setdefault(pk, set()).add(agent)
        for demande in self.demandes:
            verifie = demande.completude_par_id
            if demande.motif.quatre_yeux and demande.etat in A_DECIDER and verifie is not None:
                interdits.setdefault(demande.pk, set()).add(verifie)
        for pk, agent in self._precedents().items():
            interdits.setdefault(pk, set()).add(agent)
        return {pk: ecartes & set(agents) for pk, ecartes in interdits.items()}

    def _precedents(self) -> dict[int, int]:
        """Who followed the last demande of the same person, for the files of sensitive queues (one query)."""
        sensibles = [d for d in self.demandes if d.motif_id in self.sensibles]
        usagers = [d.usager_id for d in sensibles]
        suivies = Demande.objects.filter(usager__in=usagers, motif__in=self.sensibles, agent__isnull=False)
        derniers = dict(suivies.order_by("pk").values_list("usager", "agent"))
        return {d.pk: derniers[d.usager_id] for d in sensibles if d.usager_id in derniers}

    # Agents

    def _agents(self) -> dict[int, Agent]:
        """Agents of the service who check files (two queries)."""
        tenues = Attribution.objects.en_vigueur(self.jour).filter(
            Q(service=None) | Q(service=self.service), prefecture=self.prefecture, agent__is_active=True
        )
        self.droits: dict[int, set[Droit]] = {}
        for agent, role in tenues.values_list("agent", "role"):
            self.droits.setdefault(agent, set()).update(DROITS_PAR_ROLE[Role(role)])
        utiles = [a for a, droits in self.droits.items() if Droit.VERIFIER in droits]
        agents = Agent.objects.filter(pk__in=utiles).order_by("last_name", "first_name", "pk")
        return {agent.pk: agent for agent in agents}

    def _niveaux(self, agents: Collection[int]) -> dict[tuple[int, int], int]:
        """Level by (agent, queue) of the habilitations that hold today (one query)."""
        tenues = Habilitation.objects.filter(agent__in=agents, file__in=self.files, pendant__contains=self.jour)
        lignes = tenues.order_by("agent", "file").values("agent", "file").annotate(plus_haut=Max("niveau"))
        return {(ligne["agent"], ligne["file"]): ligne["plus_haut"] for ligne in lignes}

    def _competences(self, agent: int, niveaux: dict[tuple[int, int], int]) -> dict[int, int]:
        """What an agent may do of each motif, and at which level: that of its queues; of the role, without a queue."""
        competences: dict[int, int] = {}
        for motif in self.minutes:
            files = [f.pk for f in self.files if motif in {m.pk for m in f.motifs.all()}]
            tenus = [niveaux.get((agent, f), 0) for f in files] or [int(Habilitation.Niveau.CONFIRME)]
            if niveau := max(tenus):
                competences[_competence(motif, a_decider=False)] = niveau
                if Droit.DECIDER in self.droits[agent]:
                    competences[_competence(motif, a_decider=True)] = niveau
        return competences

    def _charges(self, agents: Collection[int]) -> dict[int, int]:
        """Minutes of the files already followed (one query)."""
        charges: Counter[int] = Counter()
        suivis = Demande.objects.filter(agent__in=agents, etat__in=OUVERTS)
        for agent, motif, minutes in suivis.values_list("agent", "motif", "motif__guichet_minutes"):
            charges[agent] += self.minutes_locales.get(motif) or minutes
        return charges

    def _capacites(self, agents: Collection[int]) -> dict[int, int]:
        """Minutes that each agent can give to files until the horizon (three queries)."""
        jours = self._jours_ouvres()
        demi_journees = [(j, h) for j in jours for h in (0, 1)]
        fuseau = self.prefecture.fuseau
        debut, fin = bornes_du_jour(jours[0], fuseau)[0], bornes_du_jour(jours[-1], fuseau)[1]
        regimes = {r.agent_id: r for r in RegimeTravail.objects.filter(agent__in=agents, pendant__contains=self.jour)}
        pris: dict[int, list[TimestamptzRange]] = {}
        absences = Absence.objects.filter(agent__in=agents, pendant__overlap=(debut, fin))
        postes = Affectation.objects.filter(agent__in=agents, pendant__overlap=(debut, fin))
        occupes = postes.exclude(poste=Affectation.Poste.ARRIERE)
        for agent, pendant in [*absences.values_list("agent", "pendant"), *occupes.values_list("agent", "pendant")]:
            pris.setdefault(agent, []).append(pendant)
        return {a: self._capacite(regimes.get(a), pris.get(a, []), demi_journees) for a in agents}

    def _capacite(
        self, regime: RegimeTravail | None, pris: list[TimestamptzRange], demi_journees: Sequence[tuple[date, int]]
    ) -> int:
        libres = 0
        for jour, moitie in demi_journees:
            minuit = bornes_du_jour(jour, self.prefecture.fuseau)[0]
            milieu = minuit + timedelta(hours=15 if moitie else 10)
            if regime is not None and 2 * jour.weekday() + moitie in regime.libres:
                continue
            libres += not any(_contient(p, milieu) for p in pris)
        possibles = (regime.quotite if regime else 100) * len(demi_journees) // 100
        return min(libres, possibles) * DEMI_JOURNEE

    def _jours_ouvres(self) -> list[date]:
        """The working days to come, today among them."""
        feries = jours_feries(self.prefecture, {self.jour.year, self.jour.year + 1})
        jours: list[date] = []
        jour = self.jour
        while len(jours) < self.horizon:
            if jour.weekday() < 5 and jour not in feries:
                jours.append(jour)
            jour += timedelta(days=1)
        return jours


def _contient(periode: TimestamptzRange, instant: datetime) -> bool:
    return (periode.lower is None or periode.lower <= instant) and (periode.upper is None or instant < periode.upper)


def _competence(motif: int, *, a_decider: bool) -> int:
    """Return the number of a skill: to check the files of a motif, or to decide them."""
    return 2 * motif + a_decider
