"""Is everything alive: database, store of the pieces, antivirus, task worker; no secret and no personal data."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django_q.models import Task

from demandes.models import Notification
from planipref.commun import antivirus as antivirus_commun

journal = logging.getLogger(__name__)

OK, DEGRADE, PANNE, ABSENT = "ok", "degrade", "panne", "absent"
SILENCE_MAX = timedelta(minutes=10)
ATTENTE_MAX = timedelta(minutes=10)


def etat_du_service(*, maintenant: datetime) -> dict[str, Any]:
    """Return the state of each dependency, and that of the whole.

    The database or the store down is a breakdown; late messages or a silent worker are not: pages still answer.

    Args:
        maintenant: instant.
    """
    base = _mesurer("base", _base)
    pieces = _mesurer("pieces", _reserve)
    taches: dict[str, Any] = {"etat": PANNE}
    if base == OK:
        taches = _taches(maintenant)
    antivirus = _antivirus()
    degradee = OK if taches["etat"] == OK and antivirus != DEGRADE else DEGRADE
    etat = PANNE if PANNE in (base, pieces) else degradee
    return {
        "etat": etat,
        "base": base,
        "pieces": pieces,
        "antivirus": antivirus,
        "taches": taches,
        "version": _version(),
    }


def _mesurer(nom: str, mesure: Callable[[], None]) -> str:
    try:
        mesure()
    except Exception as erreur:  # noqa: BLE001 - whatever breaks, the answer is that it is broken
        journal.error("health check of %s failed: %s", nom, type(erreur).__name__)
        return PANNE
    return OK


def _base() -> None:
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1")


def _reserve() -> None:
    reserve = storages["pieces"]
    nom = reserve.save(f"sante/{uuid4().hex}", ContentFile(b"ok"))
    reserve.delete(nom)


def _antivirus() -> str:
    """Without clamd the files only wait: degraded, not down."""
    if not antivirus_commun.est_configure():
        return ABSENT
    return OK if antivirus_commun.repond() else DEGRADE


def _taches(maintenant: datetime) -> dict[str, Any]:
    """Age of the worker's last task and of the oldest message that waits, in seconds."""
    derniere = Task.objects.order_by("-stopped").values_list("stopped", flat=True).first()
    attente = (
        Notification.objects.envoyables(maintenant)
        .order_by("prochain_essai_le")
        .values_list("prochain_essai_le", flat=True)
        .first()
    )
    passage = maintenant - derniere if derniere else None
    retard = maintenant - attente if attente else timedelta(0)
    vivant = passage is not None and passage <= SILENCE_MAX and retard <= ATTENTE_MAX
    return {
        "etat": OK if vivant else DEGRADE,
        "dernier_passage_secondes": round(passage.total_seconds()) if passage is not None else None,
        "plus_ancien_message_secondes": round(retard.total_seconds()) if attente else None,
    }


def _version() -> str:
    try:
        return version("planipref")
    except PackageNotFoundError:
        return "0.1.0"
