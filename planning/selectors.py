"""Reads of the planning that are not one queryset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from demandes.models import Convocation, Site
from demandes.selectors import parametres_motif
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import lundi_de, nombre_de_creneaux
from planning.models import Creneau, FileGuichet, RendezVous
from planning.querysets import CreneauQuerySet

MINUTES_REMISE = 5


@dataclass(frozen=True)
class CreneauPropose:
    """A start that a convocation may take.

    Args:
        creneau: first slot.
        suite: further slots that the visit takes after it.
    """

    creneau: Creneau
    suite: tuple[Creneau, ...]


def files_de(convocation: Convocation) -> list[FileGuichet]:
    """Return the queues that serve a convocation, in its sites."""
    remise = convocation.objet == Convocation.Objet.REMISE
    return list(
        FileGuichet.objects.pour(convocation.demande.motif_id, convocation.sites.values("pk"), remise=remise)
        .select_related("site__prefecture")
        .order_by("site", "pk")
    )


def longueur(convocation: Convocation, file: FileGuichet) -> int:
    """Return how many slots in a row the visit takes in this queue."""
    return nombre_de_creneaux(_minutes(convocation), file.pas_minutes, convocation.personnes)


def _minutes(convocation: Convocation) -> int:
    if convocation.objet == Convocation.Objet.REMISE:
        return MINUTES_REMISE
    return parametres_motif(convocation.demande.motif, convocation.demande.prefecture).guichet_minutes


def creneaux_proposes(
    convocation: Convocation,
    lundi: date,
    *,
    maintenant: datetime,
    site_id: int | None = None,
    files: list[FileGuichet] | None = None,
) -> list[CreneauPropose]:
    """Return the starts free in a week for a convocation, by time then site.

    Args:
        convocation: with its demande, motif and préfecture loaded.
        lundi: first day of the week.
        maintenant: instant; only later slots are free.
        site_id: only this site, when given.
        files: queues of the convocation, when already read.
    """
    files = files_de(convocation) if files is None else files
    files = [f for f in files if site_id is None or f.site_id == site_id]
    libres = _libres(convocation, files, maintenant).de_la_semaine(lundi, convocation.demande.prefecture.fuseau)
    return _debuts_possibles(list(libres.avec_file()), _longueurs(convocation, files))


def rien_de_libre(convocation: Convocation, *, maintenant: datetime) -> bool:
    """Say whether a convocation finds no slot at all, in any week of its life and at any of its sites (two queries).

    Args:
        convocation: with its demande, motif and préfecture loaded.
        maintenant: instant.
    """
    files = files_de(convocation)
    libres = _libres(convocation, files, maintenant).avec_file()
    return not _debuts_possibles(list(libres), _longueurs(convocation, files))


def _libres(convocation: Convocation, files: list[FileGuichet], maintenant: datetime) -> CreneauQuerySet:
    return Creneau.objects.libres(maintenant).filter(file__in=files, debut__lte=convocation.expire_le)


def _longueurs(convocation: Convocation, files: list[FileGuichet]) -> dict[int, int]:
    minutes = _minutes(convocation)
    return {f.pk: nombre_de_creneaux(minutes, f.pas_minutes, convocation.personnes) for f in files}


def _debuts_possibles(libres: list[Creneau], longueurs: dict[int, int]) -> list[CreneauPropose]:
    par_instant = {(c.file_id, c.debut): c for c in libres}
    proposes = []
    for creneau in libres:
        suite = [
            par_instant.get((creneau.file_id, creneau.debut + timedelta(minutes=creneau.minutes * i)))
            for i in range(1, longueurs[creneau.file_id])
        ]
        trouves = tuple(c for c in suite if c is not None)
        if len(trouves) == len(suite):
            proposes.append(CreneauPropose(creneau, trouves))
    return proposes


def premiere_semaine(convocation: Convocation, *, maintenant: datetime, files: list[FileGuichet] | None = None) -> date:
    """Return the Monday of the first week with a free slot for a convocation; this week when none has."""
    fuseau = convocation.demande.prefecture.fuseau
    premier = (
        Creneau.objects.libres(maintenant)
        .filter(file__in=files_de(convocation) if files is None else files, debut__lte=convocation.expire_le)
        .order_by("debut", "pk")
        .first()
    )
    return lundi_de(aujourdhui(fuseau, premier.debut if premier else maintenant))


def rendez_vous_actif(convocation: Convocation) -> RendezVous | None:
    """Return the live appointment of a convocation."""
    return RendezVous.objects.actifs().de_la_convocation(convocation.pk).first()


@dataclass(frozen=True)
class JourPropose:
    """A day of a week with its free starts; one start per time and site, whatever the queue."""

    date: date
    creneaux: tuple[dict[str, object], ...]


@dataclass(frozen=True)
class Semaine:
    """A week of slots, as the page of a link shows it.

    Args:
        lundi: first day.
        jours: Monday to Friday, and the weekend days that have slots.
        precedente: ``2030-W10`` of the week before, empty before the current week.
        suivante: same for the week after, empty past the expiry of the convocation.
        sites: sites among which the usager may choose.
        site_id: the one chosen, if any.
        est_vide: whether no slot is free.
        rien_du_tout: whether none is, in any week and at any site.
    """

    lundi: date
    jours: tuple[JourPropose, ...]
    precedente: str
    suivante: str
    sites: tuple[Site, ...]
    site_id: int | None
    est_vide: bool
    rien_du_tout: bool


def semaine_proposee(
    convocation: Convocation, *, maintenant: datetime, lundi: date | None = None, site_id: int | None = None
) -> Semaine:
    """Return a week of free slots for a convocation; the first with one when no week is asked for.

    Args:
        convocation: with its demande, motif and préfecture loaded.
        maintenant: instant.
        lundi: Monday asked for, kept between this week and the expiry.
        site_id: site asked for; ignored when the convocation doesn't allow it.
    """
    files = files_de(convocation)
    sites = tuple({f.site_id: f.site for f in files}.values())
    site_id = site_id if site_id in {s.pk for s in sites} else None
    choisies = [f for f in files if site_id is None or f.site_id == site_id]
    fuseau = convocation.demande.prefecture.fuseau
    premiere, derniere = (lundi_de(aujourdhui(fuseau, i)) for i in (maintenant, convocation.expire_le))
    if lundi is None:
        lundi = premiere_semaine(convocation, maintenant=maintenant, files=choisies)
    lundi = min(max(lundi, premiere), derniere)
    proposes = creneaux_proposes(convocation, lundi, maintenant=maintenant, files=choisies)
    return Semaine(
        lundi=lundi,
        jours=_jours(proposes, lundi, fuseau, plusieurs_sites=len(sites) > 1),
        precedente=code_semaine(lundi - timedelta(days=7)) if lundi > premiere else "",
        suivante=code_semaine(lundi + timedelta(days=7)) if lundi < derniere else "",
        sites=sites,
        site_id=site_id,
        est_vide=not proposes,
        rien_du_tout=not proposes and rien_de_libre(convocation, maintenant=maintenant),
    )


def code_semaine(lundi: date) -> str:
    """Return the ISO name of a week, such as ``2030-W10``."""
    return lundi.strftime("%G-W%V")


def _jours(
    proposes: list[CreneauPropose], lundi: date, fuseau: str, *, plusieurs_sites: bool
) -> tuple[JourPropose, ...]:
    par_jour: dict[date, dict[tuple[datetime, int], dict[str, object]]] = {
        lundi + timedelta(days=i): {} for i in range(5)
    }
    for propose in proposes:
        creneau, site = propose.creneau, propose.creneau.file.site
        du_jour = par_jour.setdefault(aujourdhui(fuseau, creneau.debut), {})
        du_jour.setdefault(
            (creneau.debut, site.pk),
            {
                "id": creneau.pk,
                "debut": creneau.debut,
                "site": site.nom if plusieurs_sites else "",
                "restantes": creneau.places - creneau.prises,
            },
        )
    return tuple(JourPropose(jour, tuple(creneaux.values())) for jour, creneaux in sorted(par_jour.items()))


def creneau_par_numero(pk: int) -> Creneau | None:
    """Return a slot, whatever its state: the booking itself says whether it may be taken."""
    return Creneau.objects.avec_file().filter(pk=pk).first()


def places_libres(file_ids: Iterable[int], *, maintenant: datetime) -> dict[int, int]:
    """Return the free places to come by site, for agents who convoke: never convoke into a full service."""
    places: dict[int, int] = {}
    lignes = (
        Creneau.objects.libres(maintenant)
        .filter(file__in=list(file_ids))
        .order_by()
        .values_list("file__site", "places", "prises")
    )
    for site_id, total, prises in lignes:
        places[site_id] = places.get(site_id, 0) + total - prises
    return places
