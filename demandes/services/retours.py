"""What mail servers say later of a mail that did not arrive (RFC 3464); no address is ever written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.message import Message
from enum import StrEnum
from typing import cast

from demandes.acteur import SYSTEME
from demandes.models import Notification
from demandes.services.journal import journaliser
from planipref.commun.transactions import acte

OCTETS_MAX = 2_000_000  # the mail it returns, with its files, comes last: the statement is before
_REFERENCE = re.compile(r"<([0-9a-f]{40})@[^<>@\s]+>")


class Lecture(StrEnum):
    """What a statement led to."""

    MARQUEE = "marquee"  # a mail of ours did not arrive
    DEJA = "deja_marquee"
    IGNOREE = "ignoree"  # late, relayed, delivered: nothing is lost
    INCONNUE = "inconnue"  # of no mail of ours
    ILLISIBLE = "illisible"  # no statement at all


def lire_retour(brut: bytes, *, maintenant: datetime) -> Lecture:
    """Read one statement as a mail server gives it, and mark the message that it says lost; idempotent.

    Args:
        brut: the whole mail, untrusted.
        maintenant: instant.
    """
    try:
        lu = _analyser(brut[:OCTETS_MAX])
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):  # what the parser makes of garbage
        return Lecture.ILLISIBLE
    if lu is None:
        return Lecture.ILLISIBLE
    perdu, reference = lu
    if not perdu:
        return Lecture.IGNOREE
    return noter_perte(reference, maintenant=maintenant) if reference else Lecture.INCONNUE


def _analyser(brut: bytes) -> tuple[bool, str] | None:
    """Return whether a statement says that a mail is lost for good, and which; None when it is no statement."""
    avis = message_from_bytes(brut)
    est_un_rapport = avis.get_content_type() == "multipart/report"
    if not est_un_rapport or str(avis.get_param("report-type", "")).lower() != "delivery-status":
        return None
    actions = [str(groupe.get("Action", "")).strip().lower() for groupe in _groupes(avis) if groupe.get("Action")]
    # The server gave up: a status 4.x.x is then that of its last try.
    return ("failed" in actions, _reference(avis)) if actions else None


def _groupes(avis: Message) -> Iterator[Message]:
    """Yield the groups of fields of a statement: one of the mail, then one by recipient."""
    for partie in avis.walk():
        if partie.get_content_type() == "message/delivery-status":
            yield from cast("list[Message]", partie.get_payload() if partie.is_multipart() else [])


def _reference(avis: Message) -> str:
    """Return what we know the returned mail by, from its headers."""
    for partie in avis.walk():
        genre, contenu = partie.get_content_type(), partie.get_payload()
        if genre == "message/rfc822" and isinstance(contenu, list) and contenu:
            entetes = cast("Message", contenu[0])
        elif genre == "text/rfc822-headers":
            entetes = message_from_string(cast("bytes", partie.get_payload(decode=True)).decode("latin-1"))
        else:
            continue
        if trouvee := _REFERENCE.search(str(entetes.get("Message-ID", ""))):
            return trouvee[1]
    return ""


@acte
def noter_perte(reference: str, *, maintenant: datetime) -> Lecture:
    """Mark a mail as lost, once.

    Args:
        reference: see `planipref.commun.canaux.reference_courriel`.
        maintenant: instant.
    """
    notres = Notification.objects.filter(canal=Notification.Canal.COURRIEL, reference=reference)
    notification = notres.select_related("demande").select_for_update(of=("self",)).first()
    if notification is None:
        return Lecture.INCONNUE
    if notification.refusee_le is not None:
        return Lecture.DEJA
    notification.refusee_le = maintenant
    notification.save(update_fields=["refusee_le"])
    if notification.demande is not None:
        charge = {"notification_id": notification.pk}
        journaliser(
            "message:non_remis", par=SYSTEME, maintenant=maintenant, demande=notification.demande, charge=charge
        )
    return Lecture.MARQUEE
