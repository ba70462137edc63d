"""Whether a message is still true when it leaves: a cancelled appointment is never reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from demandes.models import DemandeComplement, Notification
from planipref.commun.horloge import aujourdhui

Garde = Callable[[Notification, datetime], bool]
_gardes: dict[str, Garde] = {}


def verifier_avant_envoi(modele: str, garde: Garde) -> None:
    """Register what says whether the messages of a model are still true.

    Args:
        modele: name of the message.
        garde: called with the message and the instant, just before it leaves; False cancels it.
    """
    _gardes[modele] = garde


def est_encore_vraie(notification: Notification, maintenant: datetime) -> bool:
    """Say whether a message is worth sending now; one of a model that nothing checks always is."""
    garde = _gardes.get(notification.modele)
    return garde is None or garde(notification, maintenant)


def _pieces_attendues(notification: Notification, maintenant: datetime) -> bool:
    """Whether the missing pieces are still waited for."""
    attendus = DemandeComplement.objects.filter(clos_le__isnull=True, produit_le__isnull=True)
    lu = attendus.select_related("demande__prefecture").filter(pk=notification.contexte["complement_id"]).first()
    return lu is not None and lu.limite >= aujourdhui(lu.demande.prefecture.fuseau, maintenant)


verifier_avant_envoi("rappel_pieces", _pieces_attendues)
