"""Whether a message is still true when it leaves: a cancelled appointment is never reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from demandes.models import Convocation, DemandeComplement, Notification, Piece
from planipref.commun.horloge import aujourdhui

Garde = Callable[[Notification, datetime], bool]
_gardes: dict[str, Garde] = {}
_gardes_des_lettres: dict[str, Garde] = {}


def verifier_avant_envoi(modele: str, garde: Garde) -> None:
    """Register what says whether the messages of a model are still true.

    Args:
        modele: name of the message.
        garde: called with the message and the instant, just before it leaves; False cancels it.
    """
    _gardes[modele] = garde


def verifier_avant_impression(modele: str, garde: Garde) -> None:
    """Register what says whether the letters of a model, which wait for days, are still true.

    Args:
        modele: name of the message.
        garde: as in `verifier_avant_envoi`.
    """
    _gardes_des_lettres[modele] = garde


def est_encore_vraie(notification: Notification, maintenant: datetime) -> bool:
    """Say whether a message is worth sending now; one of a model that nothing checks always is."""
    gardes = [_gardes.get(notification.modele)]
    if notification.canal == Notification.Canal.COURRIER:
        gardes.append(_gardes_des_lettres.get(notification.modele))
    return all(garde is None or garde(notification, maintenant) for garde in gardes)


def _pieces_attendues(notification: Notification, maintenant: datetime) -> bool:
    """Whether the missing pieces are still waited for."""
    attendus = DemandeComplement.objects.filter(clos_le__isnull=True, produit_le__isnull=True)
    lu = attendus.select_related("demande__prefecture").filter(pk=notification.contexte["complement_id"]).first()
    return lu is not None and lu.limite >= aujourdhui(lu.demande.prefecture.fuseau, maintenant)


def _convocation_ouverte(notification: Notification, maintenant: datetime) -> bool:
    """Whether the convocation still lets its person come."""
    ouvertes = Convocation.objects.actives().filter(expire_le__gt=maintenant)
    return ouvertes.filter(pk=notification.contexte["convocation_id"]).exists()


def _piece_refusee(notification: Notification, maintenant: datetime) -> bool:
    """Whether nothing replaced the piece meanwhile."""
    return Piece.objects.courantes().filter(pk=notification.contexte["piece_id"]).exists()


verifier_avant_envoi("rappel_pieces", _pieces_attendues)
verifier_avant_impression("pieces_demandees", _pieces_attendues)
verifier_avant_impression("piece_refusee", _piece_refusee)
verifier_avant_impression("convocation_lien", _convocation_ouverte)
