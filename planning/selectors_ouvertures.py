"""Reads of the manager's page: openings by queue and day, closures, the slots of a week with what is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from demandes.droits import Droit
from demandes.models import Agent, Prefecture, Site
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import debuts, lundi_de
from planning.models import Creneau, Fermeture, FileGuichet, HoraireExceptionnel, PlageOuverture
from planning.selectors_horaires import FERIE, JoursFermes, guichets_tenus

JOURS = tuple(PlageOuverture.Jour)


def sites_planifies(agent: Agent) -> list[Site]:
    """Return the sites whose openings the agent manages."""
    return list(Site.objects.visibles_par(agent, Droit.PLANIFIER).order_by("prefecture", "genre", "nom", "pk"))


def planifie_partout(agent_id: int, prefecture: Prefecture) -> bool:
    """Say whether an agent plans every site of a préfecture: an attribution narrowed to a site is not enough."""
    entieres = Agent.objects.qui_peuvent(Droit.PLANIFIER, prefecture.pk, Q(attributions__site=None))
    return bool(entieres.filter(pk=agent_id).exists())


def files_planifiees(agent: Agent) -> list[FileGuichet]:
    """Return the queues whose openings the agent manages."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    return list(
        FileGuichet.objects.actives()
        .filter(site__in=sites)
        .select_related("site__prefecture")
        .order_by("site__prefecture", "site__nom", "site", "lettre", "pk")
    )


def plage_planifiee(agent: Agent, pk: int) -> PlageOuverture | None:
    """Return an opening that the agent manages."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    return PlageOuverture.objects.filter(pk=pk, file__site__in=sites).select_related("file__site__prefecture").first()


def fermeture_planifiee(agent: Agent, pk: int) -> Fermeture | None:
    """Return a closure of a préfecture where the agent plans."""
    prefectures = Prefecture.objects.visibles_par(agent, Droit.PLANIFIER)
    return Fermeture.objects.filter(pk=pk, prefecture__in=prefectures).select_related("prefecture", "site").first()


@dataclass(frozen=True)
class PlageAffichee:
    """An opening as the grid shows it.

    Args:
        plage: the opening.
        du: first day, when still to come; None otherwise.
        au: last day included; None without end.
    """

    plage: PlageOuverture
    du: date | None
    au: date | None


@dataclass(frozen=True)
class Grille:
    """The weekly grid of a queue.

    Args:
        file: queue.
        jours: (name of the day, its openings), from Monday to Saturday.
    """

    file: FileGuichet
    jours: list[tuple[str, list[PlageAffichee]]]


def grilles(site: Site, *, maintenant: datetime) -> list[Grille]:
    """Return the openings of a site, in force or to come, by queue and day (two queries)."""
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    files = FileGuichet.objects.actives().filter(site=site).prefetch_related("plages").order_by("lettre", "pk")
    return [Grille(f, _par_jour(list(f.plages.all()), jour)) for f in files]


def _par_jour(plages: Sequence[PlageOuverture], jour: date) -> list[tuple[str, list[PlageAffichee]]]:
    valables = [p for p in plages if p.pendant.upper is None or p.pendant.upper > jour]
    return [(str(j.label), [_affichee(p, jour) for p in valables if p.jour == j]) for j in JOURS]


def _affichee(plage: PlageOuverture, jour: date) -> PlageAffichee:
    debut, fin = plage.pendant.lower, plage.pendant.upper
    return PlageAffichee(plage, debut if debut and debut > jour else None, fin - timedelta(days=1) if fin else None)


def horaire_planifie(agent: Agent, pk: int) -> HoraireExceptionnel | None:
    """Return the hours of a day, of a queue that the agent manages."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    trouves = HoraireExceptionnel.objects.filter(pk=pk, file__site__in=sites)
    return trouves.select_related("file__site__prefecture").first()


@dataclass(frozen=True)
class HoraireAffiche:
    """Exceptional hours as the list shows them.

    Args:
        horaire: the hours.
        sans_agent: slots that no agent of the plan in force holds: they have no place.
        creneaux: all of them.
    """

    horaire: HoraireExceptionnel
    sans_agent: int
    creneaux: int


def horaires_a_venir(site: Site, *, maintenant: datetime) -> list[HoraireAffiche]:
    """Return the exceptional hours of a site from today on (three queries)."""
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    lignes = HoraireExceptionnel.objects.filter(file__site=site, jour__gte=jour).select_related("file")
    return dire_horaires(list(lignes.order_by("jour", "file__lettre", "debut", "pk")), site.prefecture.fuseau)


def dire_horaires(lignes: Sequence[HoraireExceptionnel], fuseau: str) -> list[HoraireAffiche]:
    """Count the slots of exceptional hours that nobody is planned for (two queries).

    Args:
        lignes: hours, with their queues.
        fuseau: IANA timezone of their préfecture.
    """
    tenus = guichets_tenus({h.file for h in lignes}, {h.jour for h in lignes}, fuseau)
    affiches = []
    for h in lignes:
        bornes = (h.debut, h.fin) if h.debut and h.fin else (time.min, time.min)
        instants = debuts(h.jour, *bornes, pas_minutes=h.file.pas_minutes, fuseau=fuseau)
        periodes = tenus.get((h.file_id, lundi_de(h.jour)))
        vides = 0 if periodes is None else sum(not any(i in periode for periode in periodes) for i in instants)
        affiches.append(HoraireAffiche(h, vides, len(instants)))
    return affiches


@dataclass(frozen=True)
class FermetureAffichee:
    """A closure as the list shows it.

    Args:
        fermeture: the closure.
        du: first day.
        au: last day, included.
    """

    fermeture: Fermeture
    du: date
    au: date


def fermetures_a_venir(site: Site, *, maintenant: datetime) -> list[FermetureAffichee]:
    """Return the closures of a site or of its whole préfecture that are not over (one query)."""
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    lignes = (
        Fermeture.objects.filter(Q(site=site) | Q(site__isnull=True), prefecture=site.prefecture_id)
        .filter(pendant__endswith__gt=jour)
        .select_related("site")
        .order_by("pendant", "pk")
    )
    return [FermetureAffichee(f, f.pendant.lower, f.pendant.upper - timedelta(days=1)) for f in lignes]


@dataclass(frozen=True)
class CaseCreneau:
    """A cell of the week view.

    Args:
        creneau: the slot.
        chaleur: 0 (empty) to 4 (full), shown by colour beside the figures.
        libelle: state in words when it is not open, or full.
        en_conflit: whether more is taken than given, and nobody agreed to it.
    """

    creneau: Creneau
    chaleur: int
    libelle: str
    en_conflit: bool


@dataclass(frozen=True)
class SemaineCreneaux:
    """The slots of a queue in a week.

    Args:
        file: queue.
        lundi: first day.
        jours: (day, why it is closed or an empty string), Monday to Saturday.
        lignes: (local time, one cell or None per day).
        prises: places taken in the week.
        places: places offered in the week.
    """

    file: FileGuichet
    lundi: date
    jours: list[tuple[date, str]]
    lignes: list[tuple[time, list[CaseCreneau | None]]]
    prises: int
    places: int

    @property
    def precedente(self) -> date:
        """Monday before."""
        return self.lundi - timedelta(days=7)

    @property
    def suivante(self) -> date:
        """Monday after."""
        return self.lundi + timedelta(days=7)


def semaine(file: FileGuichet, jour: date) -> SemaineCreneaux:
    """Return the slots of a queue in the week of a day, withdrawn ones left out (three queries).

    Args:
        file: with its site and préfecture loaded.
        jour: any day of the week.
    """
    lundi, prefecture = lundi_de(jour), file.site.prefecture
    jours = [lundi + timedelta(days=i) for i in range(6)]
    zone = ZoneInfo(prefecture.fuseau)
    creneaux = list(
        Creneau.objects.filter(file=file)
        .exclude(etat="retire")
        .de_la_semaine(lundi, prefecture.fuseau)
        .order_by("debut", "pk")
    )
    cases = {}
    for creneau in creneaux:
        local = creneau.debut.astimezone(zone)
        cases[local.date(), local.time()] = _case(creneau)
    heures = sorted({heure for _, heure in cases})
    raisons = raisons_de_fermeture(file.site, jours, JoursFermes(prefecture, jours))
    return SemaineCreneaux(
        file,
        lundi,
        list(zip(jours, raisons, strict=True)),
        [(h, [cases.get((j, h)) for j in jours]) for h in heures],
        sum(c.prises for c in creneaux),
        sum(c.places for c in creneaux),
    )


def _case(creneau: Creneau) -> CaseCreneau:
    chaleur = 4 if creneau.prises >= creneau.places else creneau.prises * 4 // creneau.places
    libelle = "fermé" if creneau.etat == Creneau.Etat.FERME else ""
    en_conflit = creneau.en_trop > 0
    if creneau.places == 0:
        return CaseCreneau(creneau, 0, libelle or "sans rendez-vous seulement", en_conflit)
    return CaseCreneau(creneau, chaleur, libelle or ("complet" if chaleur == 4 else ""), en_conflit)


def raisons_de_fermeture(site: Site, jours: Sequence[date], fermes: JoursFermes) -> list[str]:
    """Say for each day why the site is closed; an empty string when it is open (one query)."""
    exceptions = HoraireExceptionnel.objects.filter(file__site=site, jour__in=jours, debut__isnull=False)
    ouverts = set(exceptions.order_by("jour").values_list("jour", flat=True))
    raisons = []
    for jour in jours:
        ferie = FERIE if fermes.est_ferie(jour) and jour not in ouverts else ""
        raisons.append(fermes.fermeture(site.pk, jour) or ferie)
    return raisons
