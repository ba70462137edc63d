"""The week of a site as the calculation wants it: posts, agents and needs, read from the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from psycopg.types.range import TimestamptzRange

from demandes.droits import DROITS_PAR_ROLE, Droit, Role
from demandes.models import Agent, Attribution
from planning.calculs.affectation.explications import REGLES
from planning.calculs.affectation.moteur import Plan
from planning.calculs.affectation.semaine import AgentSemaine, Dejeuner, Faute, Semaine
from planning.calculs.affectation.semaine import Poste as PosteCalcul
from planning.calculs.demi_journees import COUPURE
from planning.calculs.guichets import attribuer
from planning.models import (
    Absence,
    Affectation,
    FileGuichet,
    Guichet,
    Habilitation,
    PlacePlan,
    PlanSemaine,
    RegimeTravail,
)
from planning.selectors_fiches import regles_de
from planning.selectors_horaires import Horaire, JoursFermes, horaires
from planning.selectors_ouvertures import raisons_de_fermeture

JOURS = 6
DEMI_JOURNEES = 2 * JOURS
PLEIN_TEMPS = 10  # half-days worked in a full-time's week
OUVRE, FERME = time(8, 30), time(17)
REPOS = timedelta(hours=11)  # between two days: décret n° 2000-815 du 25 août 2000, art. 3
JOURNEE = timedelta(hours=10)  # in one day: the same
SAMEDI = 5
PASSE = timedelta(weeks=4)


@dataclass(frozen=True)
class Poste:
    """A post of a site: a queue's counters, the desk, or the back office."""

    genre: Affectation.Poste
    file: FileGuichet | None = None

    @property
    def cle(self) -> str:
        """How forms name it."""
        return f"file-{self.file.pk}" if self.file else str(self.genre)

    def __str__(self) -> str:
        return self.file.nom if self.file else str(self.genre.label)


@dataclass(frozen=True)
class Moment:
    """A half-day, from an instant to another."""

    debut: datetime
    fin: datetime

    @property
    def periode(self) -> TimestamptzRange:
        """As the database writes it."""
        return TimestamptzRange(self.debut, self.fin)


@dataclass(frozen=True)
class SemaineLue:
    """A site's week.

    Args:
        plan: a draft, or the plan in force.
        postes: posts, in the order of their numbers.
        agents: who may hold them, by number.
        jours: Monday to Saturday.
        fermes: why each day is closed; an empty string when it is open.
        moments: begin and end of each half-day.
        semaine: what the calculation takes.
        sans_guichet: (queue, half-day) of the openings that find no counter.
        guichets: queues that each counter serves.
    """

    plan: PlanSemaine
    postes: list[Poste]
    agents: dict[int, Agent]
    jours: list[date]
    fermes: list[str]
    moments: list[Moment]
    semaine: Semaine
    sans_guichet: list[tuple[int, int]]
    guichets: dict[int, set[int]]

    @cached_property
    def places(self) -> dict[tuple[int, int], PlacePlan]:
        """Places of the plan that still make sense, by (agent, half-day)."""
        lues = self.plan.places.all()
        return {
            (p.agent_id, p.demi_journee): p for p in lues if p.agent_id in self.agents and self.numero(p) is not None
        }

    @cached_property
    def nombres(self) -> Plan:
        """Places of the plan, as numbers."""
        numeros = {cle: self.numero(place) for cle, place in self.places.items()}
        return {cle: numero for cle, numero in numeros.items() if numero is not None}

    def ecrire(self, nombres: Plan) -> list[PlacePlan]:
        """Return the rows of some places given as numbers, not saved."""
        postes = [(agent, demi_journee, self.postes[n]) for (agent, demi_journee), n in nombres.items()]
        return [
            PlacePlan(plan=self.plan, agent_id=agent, demi_journee=h, poste=poste.genre, file=poste.file)
            for agent, h, poste in postes
        ]

    def numero(self, place: PlacePlan | Affectation) -> int | None:
        """Return the number of a place's post; None when the site has it no more."""
        return _numero(self.postes, place)

    def demi_journee_de(self, periode: TimestamptzRange) -> int | None:
        """Return the half-day that a post belongs to: an opening added since may have lengthened or shortened it."""
        debut, fin = periode.lower or self.moments[0].debut, periode.upper or self.moments[-1].fin
        communs = [(min(m.fin, fin) - max(m.debut, debut), -h) for h, m in enumerate(self.moments)]
        commun, rang = max(communs)
        return -rang if commun > timedelta(0) else None

    def poste(self, cle: str) -> int | None:
        """Return the number of the post that a form names."""
        return next((i for i, poste in enumerate(self.postes) if poste.cle == cle), None)


def touchees(moments: Sequence[Moment], periode: TimestamptzRange) -> list[int]:
    """Return the half-days that a period touches."""
    return [
        h
        for h, m in enumerate(moments)
        if (periode.lower is None or periode.lower < m.fin) and (periode.upper is None or periode.upper > m.debut)
    ]


def quand(demi_journee: int) -> str:
    """Name a half-day of the week."""
    jours = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
    return f"{jours[demi_journee // 2]} {'après-midi' if demi_journee % 2 else 'matin'}"


def dire_faute(lue: SemaineLue, faute: Faute) -> str:
    """Say a broken rule in a sentence, with who and when."""
    qui = f"{lue.agents[faute.agent]} : " if faute.agent in lue.agents else ""
    ou = [str(lue.postes[faute.poste])] if faute.poste is not None else []
    if faute.regle == "trop" and not lue.semaine.demande.get((faute.poste or 0, faute.demi_journee or 0)):
        return f"{qui}{', '.join(ou)}, {quand(faute.demi_journee or 0)}, personne n’est demandé à ce poste à ce moment."
    a_quel_moment = [quand(faute.demi_journee)] if faute.demi_journee is not None else []
    return f"{qui}{', '.join([*ou, *a_quel_moment, REGLES[faute.regle]])}."


def lire_semaine(plan: PlanSemaine) -> SemaineLue:
    """Read the week of a plan, in a number of queries that its size does not change.

    Args:
        plan: with its site and préfecture loaded.
    """
    return _Lecture(plan).lue()


class _Lecture:
    """One reading of a week."""

    def __init__(self, plan: PlanSemaine) -> None:
        self.plan, self.site = plan, plan.site
        self.jours = [plan.lundi + timedelta(days=i) for i in range(JOURS)]
        self.jours_fermes = JoursFermes(self.site.prefecture, self.jours)
        self.fermes = raisons_de_fermeture(self.site, self.jours, self.jours_fermes)
        self.regles = regles_de(self.site)
        self.files = list(FileGuichet.objects.actives().filter(site=self.site).order_by("lettre", "pk"))
        self.postes = [Poste(Affectation.Poste.GUICHET, f) for f in self.files]
        self.postes += [Poste(Affectation.Poste.ACCUEIL), Poste(Affectation.Poste.ARRIERE)]
        self.plages = self._plages()
        self.guichets = self._guichets()
        self.moments = [m for jour in range(JOURS) for m in self._moments(jour)]
        self.semaine_entiere = TimestamptzRange(self.moments[0].debut, self.moments[-1].fin)

    def lue(self) -> SemaineLue:
        """Put it all together."""
        demande, sans_guichet = self._demande()
        agents = self._agents()
        affectations = list(
            Affectation.objects.filter(agent__in=agents, pendant__overlap=self.semaine_entiere).order_by("pk")
        )
        ici = [a for a in affectations if a.site_id == self.site.pk]
        ailleurs = [a for a in affectations if a.site_id != self.site.pk]
        calcules = tuple(self._agents_calcul(agents, ailleurs))
        semaine = Semaine(
            postes=tuple(
                PosteCalcul(
                    i,
                    "guichet" if p.file else str(p.genre),
                    self.site.pk if p.file else None,
                    sensible=bool(p.file and p.file.sensible),
                )
                for i, p in enumerate(self.postes)
            ),
            agents=calcules,
            demande=demande,
            demi_journees=DEMI_JOURNEES,
            max_guichet=self.regles.max_guichet,
            max_meme_sensible=self.regles.max_sensible,
            quatre_yeux=tuple(self._quatre_yeux()),
            repos=tuple(self._repos()),
            journees=tuple(self._journees()),
            dejeuners=tuple(self._dejeuners(demande)),
            fixes=self._fixes(calcules),
            actuel={
                (a.agent_id, h): numero
                for a in ici
                for h in touchees(self.moments, a.pendant)
                if (numero := _numero(self.postes, a)) is not None
            },
        )
        return SemaineLue(
            self.plan, self.postes, agents, self.jours, self.fermes, self.moments, semaine, sans_guichet, self.guichets
        )

    def _fixes(self, agents: Collection[AgentSemaine]) -> dict[tuple[int, int], int]:
        """Places that a hand set and that can be held: who is away since holds none."""
        conges = {agent.id: agent.conges for agent in agents}
        posees = {(p.agent_id, p.demi_journee): _numero(self.postes, p) for p in self.plan.places.all() if p.a_la_main}
        return {
            (agent, h): numero
            for (agent, h), numero in posees.items()
            if numero is not None and h not in conges.get(agent, ())
        }

    # Openings

    def _plages(self) -> list[list[Horaire]]:
        """Openings of each day, none when it is closed (two queries)."""
        ouverts = horaires(self.files, self.jours, self.jours_fermes)
        return [[h for file in self.files for h in ouverts.get((file.pk, jour), [])] for jour in self.jours]

    def _moments(self, jour: int) -> list[Moment]:
        """The two half-days of a day, as long as its openings and never empty."""
        ouvre = min([OUVRE, *(p.debut for p in self.plages[jour])])
        ferme = max([FERME, *(p.fin for p in self.plages[jour])])
        heures = [ouvre, COUPURE, ferme]
        zone = ZoneInfo(self.site.prefecture.fuseau)
        bornes = [datetime.combine(self.jours[jour], heure, tzinfo=zone) for heure in heures]
        return [Moment(bornes[0], bornes[1]), Moment(bornes[1], bornes[2])]

    def _demande(self) -> tuple[dict[tuple[int, int], int], list[tuple[int, int]]]:
        """Agents wanted by (post, half-day), as far as there are counters; and what finds none."""
        demande: dict[tuple[int, int], int] = {}
        sans_guichet = []
        for demi_journee in range(DEMI_JOURNEES):
            voulus = self._guichets_voulus(demi_journee)
            besoins = [f for rang in range(max(voulus.values(), default=0)) for f in voulus if voulus[f] > rang]
            for file, tenu in zip(besoins, attribuer(besoins, self.guichets), strict=True):
                numero = next(i for i, f in enumerate(self.files) if f.pk == file)
                if tenu is None:
                    sans_guichet.append((numero, demi_journee))
                else:
                    demande[numero, demi_journee] = demande.get((numero, demi_journee), 0) + 1
            if voulus:
                demande[len(self.files), demi_journee] = self.regles.agents_accueil
            if voulus or (self.plages[demi_journee // 2] and demi_journee // 2 != SAMEDI):
                demande[len(self.files) + 1, demi_journee] = self.regles.agents_arriere
        return demande, sans_guichet

    def _guichets(self) -> dict[int, set[int]]:
        """Queues that each counter in use serves (one query)."""
        guichets: dict[int, set[int]] = {}
        servies = Guichet.files.through.objects.filter(guichet__site=self.site, guichet__actif=True)
        for guichet, file in servies.values_list("guichet", "fileguichet"):
            guichets.setdefault(guichet, set()).add(file)
        return guichets

    def _guichets_voulus(self, demi_journee: int) -> dict[int, int]:
        """Counters that the openings want at a half-day, by queue."""
        voulus: dict[int, int] = {}
        for plage in self.plages[demi_journee // 2]:
            if plage.fin > COUPURE if demi_journee % 2 else plage.debut < COUPURE:
                voulus[plage.file_id] = max(voulus.get(plage.file_id, 0), plage.nb_guichets)
        return voulus

    def _quatre_yeux(self) -> list[tuple[int, int]]:
        """Queues that one agent does not hold both in the week: one checks the work of the other."""
        numeros = {f.pk: i for i, f in enumerate(self.files)}
        return [
            (numeros[f.controle_de_id], numeros[f.pk])
            for f in self.files
            if f.controle_de_id is not None and f.controle_de_id in numeros
        ]

    def _repos(self) -> list[tuple[int, int]]:
        """Half-days of two days in a row with less than eleven hours between them."""
        paires = ((2 * jour + 1, 2 * jour + 2) for jour in range(JOURS - 1))
        return [(a, b) for a, b in paires if self.moments[b].debut - self.moments[a].fin < REPOS]

    def _journees(self) -> list[tuple[int, int]]:
        """Half-days of one day that last more than ten hours together."""
        durees = [m.fin - m.debut for m in self.moments]
        return [(h, h + 1) for h in range(0, DEMI_JOURNEES, 2) if durees[h] + durees[h + 1] > JOURNEE]

    def _dejeuners(self, demande: dict[tuple[int, int], int]) -> list[Dejeuner]:
        """Days when a queue stays open at noon: somebody stays at each of the two times."""
        dejeuners = []
        for jour, plages in enumerate(self.plages):
            ouvertes = {p.file_id for p in plages if p.debut < COUPURE < p.fin}
            for numero, file in enumerate(self.files):
                if file.pk in ouvertes and demande.get((numero, 2 * jour)) and demande.get((numero, 2 * jour + 1)):
                    dejeuners.append(Dejeuner(jour, frozenset({numero}), 1))
        return dejeuners

    # Agents

    def _agents(self) -> dict[int, Agent]:
        """Agents of the site: with a habilitation for one of its queues, or a role there (two queries)."""
        dates = (self.jours[0], self.jours[-1])
        habilites = Habilitation.objects.filter(file__in=self.files, pendant__overlap=dates).values("agent")
        attributions = Attribution.objects.filter(
            Q(site=self.site) | Q(agent__in=habilites), prefecture=self.site.prefecture_id, pendant__overlap=dates
        )
        self.roles: dict[int, set[Droit]] = {}
        for agent, role in attributions.filter(agent__is_active=True).values_list("agent", "role"):
            self.roles.setdefault(agent, set()).update(DROITS_PAR_ROLE[Role(role)])
        utiles = [a for a, droits in self.roles.items() if droits & {Droit.ACCUEILLIR, Droit.RECEVOIR}]
        agents = Agent.objects.filter(pk__in=utiles).order_by("last_name", "first_name", "pk")
        return {agent.pk: agent for agent in agents}

    def _agents_calcul(self, agents: dict[int, Agent], ailleurs: Collection[Affectation]) -> list[AgentSemaine]:
        """Write each agent as the calculation wants them (four queries)."""
        niveaux = self._niveaux(agents)
        regimes = {
            r.agent_id: r for r in RegimeTravail.objects.filter(agent__in=agents, pendant__contains=self.plan.lundi)
        }
        absents: dict[int, set[int]] = {}
        absences = Absence.objects.filter(agent__in=agents, pendant__overlap=self.semaine_entiere)
        pris = [(a.agent_id, a.pendant) for a in absences] + [(a.agent_id, a.pendant) for a in ailleurs]
        for agent, pendant in pris:
            absents.setdefault(agent, set()).update(touchees(self.moments, pendant))
        passe = TimestamptzRange(self.moments[0].debut - PASSE, self.moments[0].debut)
        guichets = Affectation.objects.filter(agent__in=agents, poste="guichet", pendant__overlap=passe)
        passes = dict(guichets.order_by("agent").values("agent").annotate(n=Count("pk")).values_list("agent", "n"))
        return [
            self._agent(pk, niveaux.get(pk, {}), regimes.get(pk), frozenset(absents.get(pk, ())), passes.get(pk, 0))
            for pk in agents
        ]

    def _agent(
        self, pk: int, niveaux: dict[int, int], regime: RegimeTravail | None, conges: frozenset[int], passes: int
    ) -> AgentSemaine:
        numeros = {f.pk: i for i, f in enumerate(self.files)}
        competences = {numeros[f] for f in niveaux}
        if Droit.ACCUEILLIR in self.roles[pk]:
            competences.add(len(self.files))
        if Droit.INSTRUIRE in self.roles[pk]:
            competences.add(len(self.files) + 1)
        quotite = regime.quotite if regime else 100
        if regime:
            conges |= self._hors_de_ses_heures(regime)
        return AgentSemaine(
            id=pk,
            competences=frozenset(competences),
            quotite=quotite,
            maximum=max(1, quotite * PLEIN_TEMPS // 100),
            conges=conges,
            teletravail=frozenset(regime.teletravail if regime else ()),
            senior=Habilitation.Niveau.REFERENT in niveaux.values(),
            guichets_passes=passes,
            preference=numeros.get(regime.preference_id or 0) if regime else None,
        )

    def _hors_de_ses_heures(self, regime: RegimeTravail) -> set[int]:
        """Half-days that an agent does not work, or not from the first opening of the site to the last."""
        arrivee, depart = regime.arrivee or time.min, regime.depart or time.max
        hors = set(regime.libres)
        for h in range(DEMI_JOURNEES):
            debut, fin = (COUPURE, time.max) if h % 2 else (time.min, COUPURE)
            ouvertes = [p for p in self.plages[h // 2] if p.debut < fin and p.fin > debut]
            commence = max(debut, min((p.debut for p in ouvertes), default=OUVRE))
            finit = min(fin, max((p.fin for p in ouvertes), default=FERME))
            if arrivee > commence or depart < finit:
                hors.add(h)
        return hors

    def _niveaux(self, agents: Collection[int]) -> dict[int, dict[int, int]]:
        """Levels by agent and queue, of the habilitations that hold all week (one query)."""
        niveaux: dict[int, dict[int, int]] = {}
        tenues = Habilitation.objects.filter(
            agent__in=agents, file__in=self.files, pendant__contains=(self.jours[0], self.jours[-1] + timedelta(days=1))
        )
        for agent, file, niveau in tenues.values_list("agent", "file", "niveau"):
            niveaux.setdefault(agent, {})[file] = niveau
        return niveaux


def _numero(postes: list[Poste], place: PlacePlan | Affectation) -> int | None:
    cles = ((i, p.genre, p.file.pk if p.file else None) for i, p in enumerate(postes))
    file_id = place.file_id if place.poste == Affectation.Poste.GUICHET else None
    return next((i for i, genre, file in cles if (genre, file) == (place.poste, file_id)), None)
