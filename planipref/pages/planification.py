"""What the worker runs and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django_q.models import Schedule


class Tache(NamedTuple):
    """A task and its rhythm.

    Args:
        nom: name of the schedule.
        fonction: dotted path of the task.
        rythme: type of a django-q schedule.
        heure: hour of the first run of a daily task, local time.
    """

    nom: str
    fonction: str
    rythme: str
    heure: int | None = None


TACHES = (
    Tache("messages", "demandes.tasks.vider_la_boite", Schedule.MINUTES),
    Tache("lots", "demandes.tasks.composer_les_lots", Schedule.MINUTES),  # one whose wake-up was lost
    Tache("antivirus", "demandes.tasks.analyser_pieces", Schedule.MINUTES),
    Tache("echeances", "demandes.tasks.passer_les_echeances", Schedule.HOURLY),
    Tache("plans", "planning.tasks.calculer_plans", Schedule.MINUTES),  # one whose wake-up was lost
    Tache("propositions", "planning.tasks.calculer_dossiers", Schedule.MINUTES),  # one whose wake-up was lost
    Tache("convocations", "planning.tasks.convoquer_lots", Schedule.MINUTES),  # a lot whose wake-up was lost
    Tache("dossiers", "planning.tasks.affecter_dossiers", Schedule.DAILY, 5),  # after the leave of CASPER
    Tache("casper", "planning.tasks.importer_casper", Schedule.DAILY, 1),  # before the slots
    Tache("reprise", "planning.tasks.reprendre_les_rendez_vous", Schedule.MINUTES),  # left by a worker that died
    Tache("attente", "planning.tasks.proposer_places", Schedule.MINUTES),  # an offer that nobody answered
    Tache("rappels", "planning.tasks.envoyer_rappels", Schedule.HOURLY),  # each préfecture has its hour
    Tache("creneaux", "planning.tasks.publier_creneaux", Schedule.DAILY, 2),
    Tache("presences", "planning.tasks.estimer_presences", Schedule.DAILY, 4),
    Tache("purge", "demandes.tasks.purger", Schedule.DAILY, 3),
    Tache("signalements", "planning.tasks.signaler", Schedule.HOURLY),
    Tache("absences", "guichet.tasks.constater_absences", Schedule.HOURLY),  # midnight differs overseas
)


def planifier(*, maintenant: datetime) -> dict[str, str]:
    """Create the schedules that are missing and correct those that changed; idempotent.

    Args:
        maintenant: instant from which they run.

    Returns:
        ``creee``, ``corrigee`` or ``inchangee``, by name.
    """
    return {tache.nom: _poser(tache, maintenant) for tache in TACHES}


def _poser(tache: Tache, maintenant: datetime) -> str:
    voulu = {"func": tache.fonction, "schedule_type": tache.rythme, "minutes": 1, "repeats": -1}
    existants = list(Schedule.objects.filter(name=tache.nom).order_by("pk"))
    if not existants:
        Schedule.objects.create(name=tache.nom, next_run=_premiere(tache, maintenant), **voulu)
        return "creee"
    Schedule.objects.filter(pk__in=[s.pk for s in existants[1:]]).delete()
    modifies = Schedule.objects.filter(pk=existants[0].pk).exclude(**voulu).update(**voulu)
    return "corrigee" if modifies or len(existants) > 1 else "inchangee"


def _premiere(tache: Tache, maintenant: datetime) -> datetime:
    if tache.heure is None:
        return maintenant
    local = maintenant.astimezone(ZoneInfo(settings.TIME_ZONE))
    premiere = local.replace(hour=tache.heure, minute=0, second=0, microsecond=0)
    return premiere if premiere > local else premiere + timedelta(days=1)
