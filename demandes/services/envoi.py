"""Sending what the outbox holds, each message once, whatever dies.

1. A row is reserved (`en_envoi`) and committed; 2. the message leaves under the row's key: the demonstration
mailbox refuses a second copy by a unique key, SMTP gets the same Message-ID; 3. the row is marked sent, with its words
but their secret links.
A worker that dies between 1 and 3 leaves a reservation that expires: the next one sends under the same key.
A worker that is only slow asks again for its reservation before it sends, and gives up when another took over.
A database that dies between 2 and 3 is waited for, so that what has left is written down.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from demandes.calculs.rappels import fin_du_calme
from demandes.models import Acte, Notification, Prefecture
from demandes.selectors_messages import regles_de_la_prefecture
from demandes.services.actes import produire
from demandes.services.courriels import composer, composer_sms
from demandes.services.validite import est_encore_vraie
from planipref.commun.canal_sms import envoyer_sms
from planipref.commun.canaux import ErreurDefinitive, ErreurPassagere, envoyer_courriel, reference_courriel
from planipref.commun.debit import Differe
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.masque import Garde

journal = logging.getLogger(__name__)

# Longer than the worst SMTP dialogue: a dozen exchanges, each given up after EMAIL_TIMEOUT (10 s).
RESERVATION = timedelta(minutes=3)
ESSAIS_MAX = 8  # composing fails: a fault of ours, that time does not mend (42 minutes)
ESSAIS_SERVEUR_MAX = 100  # the server is away: about two days, as between mail servers
ATTENTE_INITIALE = timedelta(seconds=20)
ATTENTE_MAX = timedelta(minutes=30)
ATTENTES_BASE = (0.1, 0.4, 1.5, 4.0)  # seconds; PostgreSQL restarts in less


def vider(*, duree_max: timedelta | None = None) -> dict[str, int]:
    """Send all that can leave now, then make the PDF that no message carried.

    Messages first: each is reserved, so that workers share them; a PDF may be made by two and thrown away by one.

    Args:
        duree_max: time after which nothing more is begun, for each half; none when omitted.

    Returns:
        Counts by outcome: ``actes``, ``envoyees``, ``annulees``, ``reportees``, ``echecs``, ``cedees``.
    """
    bilan = dict.fromkeys(("actes", "envoyees", "annulees", "reportees", "echecs", "cedees"), 0)
    for _ in _pendant(duree_max):
        if (issue := envoyer_une()) is None:
            break
        bilan[issue] += 1
    for acte, _ in zip(Acte.objects.a_produire()[:200], _pendant(duree_max), strict=False):
        bilan["actes"] += _produire(acte)
    return bilan


def _pendant(duree: timedelta | None) -> Iterator[None]:
    fin = None if duree is None else time.monotonic() + duree.total_seconds()
    while fin is None or time.monotonic() < fin:
        yield


def _produire(acte: Acte) -> bool:
    try:
        produire(acte, maintenant=horloge())
    except Exception as erreur:  # noqa: BLE001 - one act that cannot be made must not stop the others
        journal.error("acte %s : %s", acte.pk, type(erreur).__name__)
        return False
    return True


def envoyer_une() -> str | None:
    """Send the next message of the outbox.

    Returns:
        ``envoyees``, ``annulees`` (not true any more), ``reportees`` or ``echecs``; ``cedees`` when another
        worker took the message over meanwhile;
        None when nothing can leave now.
    """
    notification = _reserver(horloge())
    if notification is None:
        return None
    return _envoyer(notification) if notification.etat == Notification.Etat.EN_ENVOI else "echecs"


def _envoyer(notification: Notification) -> str:
    try:
        return _tenter(notification)
    except Differe as differe:
        return _differer(notification, differe)
    except ErreurPassagere as erreur:
        return _reporter(notification, erreur, horloge(), essais_max=ESSAIS_SERVEUR_MAX)
    except ErreurDefinitive as erreur:
        return _echouer(notification, erreur)
    except Exception as erreur:  # noqa: BLE001 - one broken message must not stop the others
        journal.error("notification %s : %s", notification.pk, type(erreur).__name__)
        base_absente = isinstance(erreur, OperationalError | InterfaceError)  # no fault of the message
        essais_max = ESSAIS_SERVEUR_MAX if base_absente else ESSAIS_MAX
        return _reporter(notification, erreur, horloge(), essais_max=essais_max)


def _tenter(notification: Notification) -> str:
    if not est_encore_vraie(notification, horloge()):
        return _clore(notification, "annulees", etat=Notification.Etat.ANNULEE)
    garde = _remettre(notification)
    if garde is None:
        return "cedees"
    partie = {"etat": Notification.Etat.ENVOYEE, "envoyee_le": horloge(), "derniere_erreur": ""}
    return _clore(notification, "envoyees", **partie, **garde._asdict())


def _remettre(notification: Notification) -> Garde | None:
    """Compose a message and hand it over to its channel; None when another worker took it over meanwhile.

    Returns:
        What is kept of it.
    """
    if notification.canal == Notification.Canal.SMS:
        _exiger_heure_de_sms(notification)
        sms = composer_sms(notification)
        if not _tenir(notification, horloge()):
            return None
        envoyer_sms(sms, cle=notification.cle, maintenant=horloge())
        return sms.garde
    courriel = composer(notification)
    if not _tenir(notification, horloge()):
        return None
    envoyer_courriel(courriel, cle=notification.cle, maintenant=horloge())
    return courriel.garde


def _exiger_heure_de_sms(notification: Notification) -> None:
    """Keep a text message for the morning when it is too late, or too early, where its préfecture is.

    Raises:
        Differe: until then.
    """
    prefecture = Prefecture.objects.get(demandes__notifications=notification)
    regles = regles_de_la_prefecture(prefecture.pk)
    if (suite := fin_du_calme(regles, prefecture.fuseau, horloge())) is not None:
        raise Differe(suite)


def _reserver(maintenant: datetime) -> Notification | None:
    """Reserve the next row, or close it when every try so far ended with the death of its worker."""
    with transaction.atomic(durable=True):
        libres = Notification.objects.envoyables(maintenant).select_for_update(skip_locked=True, of=("self",))
        notification = libres.codes().first() or libres.first()
        if notification is None:
            return None
        if notification.essais >= ESSAIS_SERVEUR_MAX:
            notification.etat = Notification.Etat.ECHEC
            notification.reservee_jusqu_a = None
            notification.derniere_erreur = "TravailleurMort"
        else:
            notification.etat = Notification.Etat.EN_ENVOI
            notification.essais += 1
            notification.reservee_jusqu_a = maintenant + RESERVATION
            if notification.canal == Notification.Canal.COURRIEL:
                notification.reference = reference_courriel(notification.cle)
        notification.save(update_fields=["etat", "essais", "reservee_jusqu_a", "derniere_erreur", "reference"])
    return notification


def _tenir(notification: Notification, maintenant: datetime) -> bool:
    """Make the reservation last anew; False when it expired and another worker took it."""
    return _changer(notification, reservee_jusqu_a=maintenant + RESERVATION)


def _reporter(notification: Notification, erreur: Exception, maintenant: datetime, *, essais_max: int) -> str:
    if notification.essais >= essais_max:
        return _echouer(notification, erreur)
    attente = min(ATTENTE_INITIALE * 2 ** min(notification.essais - 1, 10), ATTENTE_MAX)
    return _clore(
        notification,
        "reportees",
        etat=Notification.Etat.A_ENVOYER,
        prochain_essai_le=maintenant + attente,
        derniere_erreur=type(erreur).__name__,
    )


def _differer(notification: Notification, differe: Differe) -> str:
    """Keep a message for later; that was no try: one that waits its turn for long does not fail of it."""
    rendu = {"prochain_essai_le": differe.jusqu_a, "essais": notification.essais - 1}
    return _clore(notification, "reportees", etat=Notification.Etat.A_ENVOYER, **rendu)


def _echouer(notification: Notification, erreur: Exception) -> str:
    return _clore(notification, "echecs", etat=Notification.Etat.ECHEC, derniere_erreur=type(erreur).__name__)


def _clore(notification: Notification, issue: str, **champs: object) -> str:
    """Write the outcome down, on a new connection if the database dropped this one: the message may have left."""
    for attente in ATTENTES_BASE:
        try:
            return issue if _changer(notification, reservee_jusqu_a=None, **champs) else "cedees"
        except (OperationalError, InterfaceError) as erreur:
            if connection.in_atomic_block:
                raise
            journal.warning("notification %s : %s, new connection", notification.pk, type(erreur).__name__)
            connection.close()
            time.sleep(attente)
    return issue if _changer(notification, reservee_jusqu_a=None, **champs) else "cedees"


def _changer(notification: Notification, **champs: object) -> bool:
    """Compare and swap: only the worker that holds the reservation may change the row."""
    tenue = Notification.objects.filter(pk=notification.pk, etat=Notification.Etat.EN_ENVOI, essais=notification.essais)
    return bool(tenue.update(**champs))
