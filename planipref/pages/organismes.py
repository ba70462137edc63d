"""What a préfecture sees of the organisations that help there: size, appointments, limits and alerts; no name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDate

from demandes.droits import Droit
from demandes.models import Agent, AlerteOrganisme, Mandat, Organisme
from demandes.services.quotas import SEUIL, plafond
from planipref.commun.horloge import aujourdhui
from planning.models import RendezVous

DROITS = (Droit.PARAMETRER, Droit.STATISTIQUES)
ALERTES_JOURS = 30
MANDATS_MONTRES = 100
PERDUS = (RendezVous.Etat.ANNULE, RendezVous.Etat.ABSENT)


@dataclass(frozen=True)
class Usage:
    """How much of a limit is used.

    Args:
        libelle: which limit.
        tenus: how many.
        plafond: how many at most.
    """

    libelle: str
    tenus: int
    plafond: int

    @property
    def est_haut(self) -> bool:
        """Say whether 80 % are reached."""
        return self.tenus >= SEUIL * self.plafond


@dataclass(frozen=True)
class LigneOrganisme:
    """One organisation.

    Args:
        organisme: itself.
        aidants: how many may sign in.
        mandats: mandates that run.
        a_venir: appointments that it took, to come.
        part_perdue: share of its appointments cancelled or missed, in per cent; None without any.
        usages: what it uses of each limit.
        alertes: of the last thirty days.
    """

    organisme: Organisme
    aidants: int
    mandats: int
    a_venir: int
    part_perdue: int | None
    usages: list[Usage]
    alertes: list[AlerteOrganisme]


def organismes_visibles(agent: Agent) -> list[Organisme]:
    """Return the organisations of the préfectures where the agent sees figures or sets parameters."""
    return list(Organisme.objects.visibles_par(agent, *DROITS))


def lignes(organismes: Iterable[Organisme], *, maintenant: datetime) -> list[LigneOrganisme]:
    """Return the rows of the page: seven queries, however many organisations."""
    liste = list(organismes)
    ids = [o.pk for o in liste]
    jour = aujourdhui(settings.TIME_ZONE, maintenant)
    mandats = Mandat.objects.filter(organisme__in=ids)
    aidants = _compter(
        Agent.objects.filter(aidant__organisme__in=ids, aidant__actif=True, is_active=True), "aidant__organisme"
    )
    en_cours = _compter(mandats.en_cours(jour), "organisme")
    ouverts = _maxima(mandats.ouverts(jour), "organisme", "aidant")
    brouillons = mandats.filter(ouvre_la_demande=True, demande__creee_le__gt=maintenant - timedelta(days=1))
    ouvertes = _compter(brouillons, "organisme")
    pris = RendezVous.objects.filter(organisme__in=ids)
    par_jour = (
        pris.actifs()
        .filter(creneau__debut__gt=maintenant)
        .annotate(jour=TruncDate("creneau__debut", tzinfo=ZoneInfo(settings.TIME_ZONE)))
    )
    charges = _maxima(par_jour, "organisme", "creneau__file__site", "jour")
    etats = _etats(pris)
    alertes = defaultdict(list)
    depuis = maintenant - timedelta(days=ALERTES_JOURS)
    for alerte in AlerteOrganisme.objects.filter(organisme__in=ids).recentes(depuis):
        alertes[alerte.organisme_id].append(alerte)
    genre = AlerteOrganisme.Genre
    return [
        LigneOrganisme(
            o,
            aidants.get(o.pk, 0),
            en_cours.get(o.pk, 0),
            etats[o.pk].get(RendezVous.Etat.PRIS.value, 0),
            _part(etats[o.pk]),
            [
                Usage("Mandats de l’aidant qui en a le plus", ouverts.get(o.pk, 0), plafond(o, genre.MANDATS)),
                Usage("Demandes ouvertes en 24 heures", ouvertes.get(o.pk, 0), plafond(o, genre.BROUILLONS)),
                Usage("Rendez-vous du jour le plus chargé", charges.get(o.pk, 0), plafond(o, genre.RENDEZ_VOUS)),
            ],
            alertes[o.pk],
        )
        for o in liste
    ]


def mandats_montres(organisme: Organisme, agent: Agent, *, maintenant: datetime) -> list[Mandat]:
    """Return the running mandates of an organisation in the agent's préfectures, the newest first."""
    tenues = [p for p, tenus in agent.droits_par_prefecture.items() if tenus.intersection(DROITS)]
    jour = aujourdhui(settings.TIME_ZONE, maintenant)
    mandats = organisme.mandats.en_cours(jour).filter(demande__prefecture__in=tenues)
    return list(mandats.avec_liste().order_by("-pk")[:MANDATS_MONTRES])


def _compter(objets, groupe: str) -> dict[int, int]:  # type: ignore[no-untyped-def]
    return dict(objets.order_by().values_list(groupe).annotate(n=Count("pk")))


def _maxima(objets, organisme: str, *groupe: str) -> dict[int, int]:  # type: ignore[no-untyped-def]
    """Return, for each organisation, the greatest of the counts of its groups."""
    maxima: dict[int, int] = {}
    for organisme_id, *_reste, n in objets.order_by().values_list(organisme, *groupe).annotate(n=Count("pk")):
        maxima[organisme_id] = max(maxima.get(organisme_id, 0), n)
    return maxima


def _etats(pris) -> defaultdict[int, dict[str, int]]:  # type: ignore[no-untyped-def]
    etats: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for organisme_id, etat, n in pris.order_by().values_list("organisme", "etat").annotate(n=Count("pk")):
        etats[organisme_id][etat] = n
    return etats


def _part(etats: dict[str, int]) -> int | None:
    """Return the share of appointments cancelled or missed among those ended; a moved one counts for none."""
    finis = {e: n for e, n in etats.items() if e in (*PERDUS, RendezVous.Etat.HONORE)}
    total = sum(finis.values())
    return round(100 * sum(finis.get(e.value, 0) for e in PERDUS) / total) if total else None
