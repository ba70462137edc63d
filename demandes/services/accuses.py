"""What the provider of text messages says later: received, or not. Signed, dated, told as often as it likes."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from demandes.acteur import SYSTEME
from demandes.models import Notification
from demandes.services.journal import journaliser
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte

# An old statement replayed says nothing.
ECART_MAX = timedelta(minutes=5)
REMIS = frozenset({"delivered"})
NON_REMIS = frozenset({"undelivered", "failed", "rejected", "expired"})


def exiger_signature(corps: bytes, horodatage: str, signature: str, *, maintenant: datetime) -> None:
    """Refuse a statement that the provider did not sign, or not now.

    Args:
        corps: as received.
        horodatage: seconds since 1970, in the header ``X-Horodatage``.
        signature: hexadecimal HMAC-SHA256 of ``horodatage.corps``, in the header ``X-Signature``.
        maintenant: instant.

    Raises:
        ErreurMetier: ``signature`` (403).
    """
    refus = ErreurMetier("signature", "Signature refusée.", statut=403)
    secret = settings.PLANIPREF_SMS_SECRET
    if not secret or not (horodatage.isascii() and horodatage.isdecimal() and len(horodatage) < 12):
        raise refus
    if abs(maintenant - datetime.fromtimestamp(int(horodatage), UTC)) > ECART_MAX:
        raise refus
    attendue = hmac.new(secret.encode(), horodatage.encode() + b"." + corps, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(attendue.encode(), signature.encode()):
        raise refus


def lire(corps: bytes) -> tuple[str, bool] | None:
    """Return whose message a statement speaks of, and whether it was received; None when it says neither.

    Raises:
        ErreurMetier: ``accuse_illisible`` (422).
    """
    try:
        dit: Any = json.loads(corps)
        reference, statut = str(dit["id"]), str(dit["status"]).lower()
    except (ValueError, TypeError, KeyError) as erreur:
        raise ErreurMetier("accuse_illisible", "Un accusé dit `id` et `status`.", statut=422) from erreur
    if statut in REMIS | NON_REMIS:
        return reference, statut in REMIS
    return None  # on its way: nothing to keep


@acte
def noter_accuse(reference: str, *, recu: bool, maintenant: datetime) -> bool:
    """Keep what became of a text message; the first last word stands.

    Returns:
        Whether it changed something: an unknown message, or one already told, does not.
    """
    attendues = Notification.objects.filter(canal=Notification.Canal.SMS, recue_le=None, refusee_le=None)
    attendue = attendues.filter(reference=reference) if reference else attendues.none()
    notification = attendue.select_related("demande").select_for_update(of=("self",)).first()
    if notification is None:
        return False
    if recu:
        notification.recue_le = maintenant
    else:
        notification.refusee_le = maintenant
        charge = {"notification_id": notification.pk}
        demande = notification.demande
        journaliser("message:non_remis", par=SYSTEME, maintenant=maintenant, demande=demande, charge=charge)
    notification.save(update_fields=["recue_le", "refusee_le"])
    return True
