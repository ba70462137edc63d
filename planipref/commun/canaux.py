"""The mail channel: SMTP, or the demonstration mailbox; the same key never delivers twice. See also `canal_sms`."""

from __future__ import annotations

import base64
import smtplib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from planipref.commun.debit import attendre_son_tour
from planipref.commun.jetons import deriver
from planipref.commun.masque import RIEN, Garde
from planipref.commun.models import MessageBoite


class ErreurPassagere(Exception):
    """Try again later."""


class ErreurDefinitive(Exception):
    """Trying again is useless: refused address, refused content."""


@dataclass(frozen=True)
class PieceJointe:
    """A file of a mail.

    Args:
        nom: file name shown.
        type_contenu: MIME type.
        donnees: bytes.
    """

    nom: str
    type_contenu: str
    donnees: bytes


@dataclass(frozen=True)
class Courriel:
    """A mail ready to leave.

    Args:
        destinataire: address.
        objet: subject.
        texte: plain text.
        html: HTML alternative.
        pieces: attached files.
        garde: what is kept of it once it left.
    """

    destinataire: str
    objet: str
    texte: str
    html: str
    pieces: tuple[PieceJointe, ...] = field(default=())
    garde: Garde = RIEN


def envoyer_courriel(courriel: Courriel, *, cle: str, maintenant: datetime) -> None:
    """Hand a mail over to SMTP; in the demonstration, to its mailbox when no server is set.

    Args:
        courriel: the mail.
        cle: idempotency key; becomes the Message-ID.
        maintenant: instant.

    Raises:
        Differe: the server's rate is reached.
        ErreurPassagere: the server is away or busy, or none is set outside the demonstration.
        ErreurDefinitive: the server refuses for good.
    """
    if not settings.EMAIL_HOST:
        if not settings.PLANIPREF_DEMO:  # nobody would read the mailbox: the message is not sent
            raise ErreurPassagere("No SMTP server is set.")
        _boite(courriel, cle)
        return
    _attendre_le_serveur(maintenant)
    message = EmailMultiAlternatives(
        courriel.objet, courriel.texte, to=[courriel.destinataire], headers={"Message-ID": identifiant_message(cle)}
    )
    message.attach_alternative(courriel.html, "text/html")
    for piece in courriel.pieces:
        message.attach(piece.nom, piece.donnees, piece.type_contenu)
    try:
        message.send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as erreur:
        raise (ErreurDefinitive if _est_definitive(erreur) else ErreurPassagere) from erreur
    except (smtplib.SMTPException, OSError) as erreur:
        raise ErreurPassagere from erreur


def _attendre_le_serveur(maintenant: datetime) -> None:
    """Keep to the rate of the SMTP server, spread over each minute: a whole minute's worth never leaves at once.

    Raises:
        Differe: no turn came in time.
    """
    if par_minute := settings.PLANIPREF_SMTP_PAR_MINUTE:
        capacite = ceil(par_minute / 60)
        periode = timedelta(minutes=1) * capacite / par_minute
        attendre_son_tour("smtp", capacite=capacite, periode=periode, maintenant=maintenant)


def identifiant_message(cle: str) -> str:
    """Return the Message-ID of a key: the same each time, so that a receiver drops a second copy."""
    domaine = urlsplit(settings.PLANIPREF_URL).hostname or "planipref.invalid"
    return f"<{reference_courriel(cle)}@{domaine}>"


def reference_courriel(cle: str) -> str:
    """Return what mail servers know a key by: a statement that quotes it comes from who saw the message."""
    return sha256(deriver("message", cle).encode()).hexdigest()[:40]


def _est_definitive(erreur: smtplib.SMTPException) -> bool:
    if isinstance(erreur, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in erreur.recipients.values())
    return isinstance(erreur, smtplib.SMTPResponseException) and erreur.smtp_code >= 500


def _boite(courriel: Courriel, cle: str) -> None:
    MessageBoite.objects.get_or_create(
        cle=cle,
        defaults={
            "canal": "courriel",
            "destinataire": courriel.destinataire,
            "objet": courriel.objet,
            "texte": courriel.texte,
            "html": courriel.html,
            "pieces_jointes": [
                {"nom": p.nom, "type": p.type_contenu, "donnees": _base64(p.donnees)} for p in courriel.pieces
            ],
        },
    )


def _base64(donnees: bytes) -> str:
    return base64.b64encode(donnees).decode()
