"""What queues open on a day: closures and public holidays, then the hours of that very day, then those of the week."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time

from django.db.models import Q
from psycopg.types.range import TimestamptzRange

from demandes.models import Prefecture
from demandes.selectors import jours_feries
from planipref.commun.horloge import aujourdhui
from planning.calculs.creneaux import lundi_de, tient
from planning.models import (
    Affectation,
    Fermeture,
    FileGuichet,
    HoraireExceptionnel,
    PlageOuverture,
    PlanSemaine,
    RendezVous,
)
from planning.querysets import bornes_du_jour

FERIE = "Jour férié"


@dataclass(frozen=True)
class Horaire:
    """When a queue is open, in local time, with how many counters.

    Args:
        file_id: queue.
        debut: first minute.
        fin: end, not included.
        nb_guichets: counters open.
        reserve_sans_rdv: places per slot kept for walk-ins.
        exceptionnel: whether these are the hours of that very day.
    """

    file_id: int
    debut: time
    fin: time
    nb_guichets: int
    reserve_sans_rdv: int
    exceptionnel: bool = False


class JoursFermes:
    """The closures and the public holidays of a préfecture (one query).

    Args:
        prefecture: which.
        jours: days asked for.
    """

    def __init__(self, prefecture: Prefecture, jours: Collection[date]) -> None:
        self.feries = jours_feries(prefecture, {j.year for j in jours})
        self._fermetures = list(Fermeture.objects.filter(prefecture=prefecture).order_by("pk"))

    def fermeture(self, site_id: int, jour: date) -> str:
        """Say which closure of a site, or of all of them, holds on a day; empty when none does."""
        tenues = (f.libelle for f in self._fermetures if f.site_id in (None, site_id) and jour in f.pendant)
        return next(tenues, "")

    def est_ferie(self, jour: date) -> bool:
        """Say whether a day is a public holiday there."""
        return jour in self.feries


def est_ferme_ce_jour_la(rendez_vous: RendezVous) -> bool:
    """Say whether a closure holds on the day of an appointment that nobody agreed to keep (one query).

    Its slot may well stand: a closure over appointments leaves them to the manager to move.

    Args:
        rendez_vous: with its slot, queue, site and préfecture.
    """
    creneau, site = rendez_vous.creneau, rendez_vous.creneau.file.site
    if creneau.surplus >= creneau.prises:
        return False
    jour = aujourdhui(site.prefecture.fuseau, creneau.debut)
    siennes = Fermeture.objects.filter(Q(site=site) | Q(site__isnull=True), prefecture=site.prefecture_id)
    return siennes.filter(pendant__contains=jour).exists()


def horaires(
    files: Iterable[FileGuichet], jours: Collection[date], fermes: JoursFermes
) -> dict[tuple[int, date], list[Horaire]]:
    """Return what each queue opens on each day, in order of time; a queue that does not open is left out (two queries).

    A public holiday is opened by exceptional hours, a closure by nothing.

    Args:
        files: queues.
        jours: days.
        fermes: closures of their préfecture.
    """
    par_pk = {f.pk: f for f in files}
    exceptions: dict[tuple[int, date], list[Horaire]] = {}
    du_jour = HoraireExceptionnel.objects.filter(file__in=par_pk, jour__in=jours)
    for exception in du_jour.order_by("file", "jour", "debut", "pk"):
        exceptions.setdefault((exception.file_id, exception.jour), []).extend(_horaire(exception))
    semaine: dict[int, list[PlageOuverture]] = {}
    for plage in PlageOuverture.objects.filter(file__in=par_pk).order_by("file", "debut", "pk"):
        semaine.setdefault(plage.file_id, []).append(plage)
    ouverts: dict[tuple[int, date], list[Horaire]] = {}
    for pk, file in par_pk.items():
        for jour in jours:
            if fermes.fermeture(file.site_id, jour):
                continue
            plages = [] if fermes.est_ferie(jour) else [p for p in semaine.get(pk, []) if _tient(p, jour)]
            if tenus := exceptions.get((pk, jour), [h for p in plages for h in _horaire(p)]):
                ouverts[pk, jour] = tenus
    return ouverts


def _horaire(ligne: PlageOuverture | HoraireExceptionnel) -> list[Horaire]:
    """Return the hours of a row; none when it closes its day."""
    if ligne.debut is None or ligne.fin is None:
        return []
    exceptionnel = isinstance(ligne, HoraireExceptionnel)
    return [Horaire(ligne.file_id, ligne.debut, ligne.fin, ligne.nb_guichets, ligne.reserve_sans_rdv, exceptionnel)]


# By queue and by Monday of the weeks whose plan is in force.
Tenus = dict[tuple[int, date], list[TimestamptzRange]]


def guichets_tenus(files: Collection[FileGuichet], jours: Collection[date], fuseau: str) -> Tenus:
    """Return when agents hold counters for some queues, in the weeks of some days whose plan is in force (two queries).

    Args:
        files: queues.
        jours: days.
        fuseau: IANA timezone of their préfecture.
    """
    plans = PlanSemaine.objects.filter(
        site__in={f.site_id for f in files}, etat=PlanSemaine.Etat.PUBLIE, lundi__in={lundi_de(jour) for jour in jours}
    )
    en_vigueur = set(plans.order_by("pk").values_list("site", "lundi"))
    tenus: Tenus = {(f.pk, lundi): [] for f in files for site, lundi in en_vigueur if f.site_id == site}
    if tenus:
        debut = bornes_du_jour(min(lundi for _, lundi in tenus), fuseau)[0]
        postes = Affectation.objects.filter(
            file__in=files, poste=Affectation.Poste.GUICHET, pendant__endswith__gt=debut
        )
        for file_id, pendant in postes.order_by("pk").values_list("file", "pendant"):
            semaine = (file_id or 0, lundi_de(aujourdhui(fuseau, pendant.lower)))
            if semaine in tenus:
                tenus[semaine].append(pendant)
    return tenus


def _tient(plage: PlageOuverture, jour: date) -> bool:
    return plage.jour == jour.isoweekday() and jour in plage.pendant and tient(plage.recurrence, jour)
