"""The outbox: rows written with the fact they tell, sent by the worker, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django_q.brokers import get_broker
from django_q.tasks import async_task

from demandes.models import Demande, Notification
from planipref.commun.transactions import etape

REVEILS_EN_ATTENTE_MAX = 20


@etape
def notifier(
    demande: Demande,
    modele: str,
    *,
    maintenant: datetime,
    cle: str,
    contexte: dict[str, Any] | None = None,
    canal: str = Notification.Canal.COURRIEL,
) -> Notification | None:
    """Write a message to the usager in the outbox, in the transaction of the fact it tells.

    Args:
        demande: file the message speaks of.
        modele: name of the template in ``templates/courriels``.
        maintenant: instant from which it may leave.
        cle: what makes the message unique; a second call with the same key writes nothing.
        contexte: identifiers and frozen values; links are derived when the message leaves, never stored.
        canal: channel.

    Returns:
        The row, or None when the usager has no address for this channel (they follow at the counter).
    """
    destinataire = demande.usager.courriel if canal == Notification.Canal.COURRIEL else demande.usager.telephone
    if not destinataire:
        return None
    notification, _ = Notification.objects.get_or_create(
        cle=f"{modele}:{cle}",
        defaults={
            "demande": demande,
            "canal": canal,
            "modele": modele,
            "destinataire": destinataire,
            "contexte": contexte or {},
            "prochain_essai_le": maintenant,
        },
    )
    reveiller()
    return notification


def reveiller(tache: str = "demandes.tasks.vider_la_boite") -> None:
    """Wake the worker for a task once the transaction is committed; the schedule wakes it each minute anyway."""
    # robust: what was committed is not answered by an error because the queue could not be reached.
    transaction.on_commit(lambda: _reveiller(tache), robust=True)


def _reveiller(tache: str) -> None:
    if get_broker().queue_size() < REVEILS_EN_ATTENTE_MAX:
        async_task(tache)
