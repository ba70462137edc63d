"""The text-message provider: one POST of JSON, tried again when the network fails, left alone when it is down."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import requests
import stamina
from django.conf import settings

from planipref.commun import disjoncteur
from planipref.commun.adresses import est_protegee
from planipref.commun.canaux import ErreurDefinitive, ErreurPassagere
from planipref.commun.debit import Differe, attendre_son_tour
from planipref.commun.models import MessageBoite
from planipref.commun.sms import Sms

FOURNISSEUR = "sms"
DELAIS_SECONDES = (3.05, 8)  # to connect, then between two bytes
ESSAIS = 3
# The provider's fault or a busy moment: the same message may pass later.
PASSAGERS = frozenset({408, 425, 429, 500, 502, 503, 504})


def est_relie() -> bool:
    """Say whether text messages can leave: a provider is set, or the demonstration keeps them."""
    return bool(settings.PLANIPREF_SMS_URL) or settings.PLANIPREF_DEMO


def identifiant_sms(cle: str) -> str:
    """Return how the provider knows a message: the same each time, so that it drops a second copy."""
    return sha256(f"sms:{cle}".encode()).hexdigest()[:40]


def envoyer_sms(sms: Sms, *, cle: str, maintenant: datetime) -> None:
    """Hand a text message over to the provider; in the demonstration, to its mailbox when none is set.

    Args:
        sms: the message.
        cle: idempotency key, sent in ``Idempotency-Key`` and ``id``.
        maintenant: instant.

    Raises:
        Differe: the provider is left alone until an instant, or its rate is reached.
        ErreurPassagere: it is away or busy, or none is set outside the demonstration.
        ErreurDefinitive: it refuses for good.
    """
    adresse = settings.PLANIPREF_SMS_URL
    if not adresse:
        if not settings.PLANIPREF_DEMO:
            raise ErreurPassagere("No provider of text messages is set.")
        MessageBoite.objects.get_or_create(
            cle=cle, defaults={"canal": "sms", "destinataire": sms.destinataire, "texte": sms.texte}
        )
        return
    if not est_protegee(adresse):
        raise ErreurPassagere("The provider of text messages is not in https.")
    if (jusqu_a := disjoncteur.ferme_a(FOURNISSEUR, maintenant)) is not None:
        raise Differe(jusqu_a)
    if settings.PLANIPREF_SMS_PAR_SECONDE:
        attendre_son_tour(
            FOURNISSEUR,
            capacite=settings.PLANIPREF_SMS_PAR_SECONDE,
            periode=timedelta(seconds=1),
            maintenant=maintenant,
        )
    try:
        _poster(adresse, sms, identifiant_sms(cle))
    except requests.RequestException as erreur:
        disjoncteur.noter_echec(FOURNISSEUR, maintenant)
        raise ErreurPassagere from erreur
    disjoncteur.noter_succes(FOURNISSEUR)


@stamina.retry(on=requests.RequestException, attempts=ESSAIS, timeout=20.0, wait_initial=0.2, wait_max=2.0)
def _poster(adresse: str, sms: Sms, identifiant: str) -> None:
    entetes = {"Idempotency-Key": identifiant, "Accept": "application/json"}
    if settings.PLANIPREF_SMS_JETON:
        entetes["Authorization"] = f"Bearer {settings.PLANIPREF_SMS_JETON}"
    corps = {
        "id": identifiant,
        "from": settings.PLANIPREF_SMS_EXPEDITEUR,
        "to": sms.destinataire,
        "text": sms.texte,
    }
    reponse = requests.post(adresse, json=corps, headers=entetes, timeout=DELAIS_SECONDES, allow_redirects=False)
    if reponse.status_code in PASSAGERS:
        raise requests.HTTPError(str(reponse.status_code))
    if not reponse.ok or reponse.is_redirect:
        raise ErreurDefinitive(str(reponse.status_code))
