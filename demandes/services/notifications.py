"""The outbox: rows written with the fact they tell, sent by the worker, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django_q.brokers import get_broker
from django_q.tasks import async_task

from demandes.droits import Portee
from demandes.models import Agent, Demande, Notification
from demandes.models.journal import SANS_ADRESSE
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun.canal_sms import est_relie, identifiant_sms
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import etape

REVEILS_EN_ATTENTE_MAX = 20
Canal = Notification.Canal
SUFFIXES = {Canal.COURRIEL: "", Canal.SMS: ":sms", Canal.COURRIER: ":courrier"}
# A letter goes where the person lives the day it is printed: the outbox keeps no copy of that address.
POSTE = "poste"
# The messages worth a stamp to who has neither e-mail nor telephone. A reminder would come too late, a code even more.
LETTRES = frozenset(
    {
        *("depot", "pieces_demandees", "piece_refusee", "complete", "message"),
        *("convocation", "convocation_lien", "convocation_revoquee", "rendez_vous", "rendez_vous_annule", "absence"),
        "confirmation",
        *("avis_medical", "decision", "sans_suite"),
    }
)
# What an organisation receives for a person without e-mail: the receipt always, the rest as its mandate says.
_SUIVRE = Portee.SUIVRE.value
RELAYES: dict[str, list[str]] = {
    "depot": [p.value for p in Portee],
    "pieces_demandees": [Portee.COMPLETER.value, _SUIVRE],
    "pieces_recues": [Portee.COMPLETER.value, _SUIVRE],
    "piece_refusee": [Portee.COMPLETER.value, _SUIVRE],
    "convocation": [Portee.RESERVER.value, _SUIVRE],
    "convocation_revoquee": [Portee.RESERVER.value, _SUIVRE],
    "relance_lien": [Portee.RESERVER.value, _SUIVRE],
    "rendez_vous": [Portee.RESERVER.value, _SUIVRE],
    "confirmation": [Portee.RESERVER.value, _SUIVRE],
    "relance_confirmation": [Portee.RESERVER.value, _SUIVRE],
    "rappel_rendez_vous": [Portee.RESERVER.value, _SUIVRE],
    "rappel_pieces": [Portee.COMPLETER.value, _SUIVRE],
    "place_proposee": [Portee.RESERVER.value, _SUIVRE],
    "rendez_vous_annule": [Portee.RESERVER.value, _SUIVRE],
    "complete": [_SUIVRE],
    "decision": [_SUIVRE],
    "sans_suite": [_SUIVRE],
    "message": [_SUIVRE],
}


@etape
def notifier(
    demande: Demande,
    modele: str,
    *,
    maintenant: datetime,
    cle: str,
    contexte: dict[str, Any] | None = None,
    canal: str = "",
    a: str = "",
) -> Notification | None:
    """Write a message to the usager in the outbox, in the transaction of the fact it tells.

    Args:
        demande: file the message speaks of.
        modele: name of the template in ``templates/courriels``.
        maintenant: instant from which it may leave.
        cle: what makes the message unique; a second call with the same key writes nothing.
        contexte: identifiers and frozen values; links are derived when the message leaves, never stored.
        canal: channel; the best that the usager has when omitted.
        a: address, when it is not the usager's present one.

    Returns:
        The row, or None when the usager has no address for this channel. To who has neither e-mail nor telephone, a
        letter is printed where it is worth one (`LETTRES`); an organisation that they mandated receives what its
        mandate covers all the same: it may act at once, the letter is the person's own. What is worth a letter and
        has nowhere to go becomes a task of the service (`_consigner_sans_adresse`).
    """
    relayee = None
    par_courriel = a or demande.usager.courriel
    if canal != Canal.SMS and not par_courriel:
        relayee = _relayer(demande, modele, maintenant=maintenant, cle=cle, contexte=contexte or {})
    choisi = canal or (Canal.COURRIEL if a else canal_prevu(demande, modele))
    adresses: dict[str, str] = {
        Canal.COURRIEL: par_courriel,
        Canal.SMS: _telephone(demande, modele),
        Canal.COURRIER: POSTE,
    }
    destinataire = adresses.get(choisi, "")
    if not destinataire:
        if not (relayee or canal) and modele in LETTRES:
            _consigner_sans_adresse(demande, modele, cle=cle, contexte=contexte or {}, maintenant=maintenant)
        return relayee
    unique = f"{modele}:{cle}{SUFFIXES[Canal(choisi)]}"
    return ecrire(demande, modele, choisi, destinataire, cle=unique, contexte=contexte or {}, maintenant=maintenant)


@etape
def _consigner_sans_adresse(
    demande: Demande, modele: str, *, cle: str, contexte: dict[str, Any], maintenant: datetime
) -> None:
    """Keep a message that has nowhere to go among those not delivered: the service tells the person otherwise."""
    Notification.objects.get_or_create(
        cle=f"{modele}:{cle}{SUFFIXES[Canal.COURRIER]}",
        defaults={
            "demande": demande,
            "canal": Canal.COURRIER,
            "modele": modele,
            "contexte": contexte,
            "etat": Notification.Etat.ECHEC,
            "derniere_erreur": SANS_ADRESSE,
            "prochain_essai_le": maintenant,
        },
    )


@etape
def ecrire(
    demande: Demande,
    modele: str,
    canal: str,
    destinataire: str,
    *,
    cle: str,
    contexte: dict[str, Any],
    maintenant: datetime,
) -> Notification:
    """Write one row of the outbox, or return the one that has this key; `notifier` chooses the channel first.

    Args:
        demande: file the message speaks of.
        modele: name of the template.
        canal: channel.
        destinataire: address, or `POSTE` for a letter.
        cle: the whole key.
        contexte: identifiers and frozen values.
        maintenant: instant from which it may leave.
    """
    notification, _ = Notification.objects.get_or_create(
        cle=cle,
        defaults={
            "reference": identifiant_sms(cle) if canal == Canal.SMS else "",
            "demande": demande,
            "canal": canal,
            "modele": modele,
            "destinataire": destinataire,
            "contexte": contexte,
            "prochain_essai_le": maintenant,
        },
    )
    if canal != Canal.COURRIER:  # a letter waits for an agent
        reveiller()
    return notification


def canal_prevu(demande: Demande, modele: str) -> str:
    """Return the channel by which a step is told to the usager; empty when they have no address for it."""
    if demande.usager.courriel:
        return Canal.COURRIEL
    if _telephone(demande, modele):
        return Canal.SMS
    return Canal.COURRIER if modele in LETTRES and demande.usager.adresse_postale else ""


def dire_canaux(demande: Demande) -> str:
    """Say to an agent by what means the usager is told of the steps: those with a text message, then the others."""
    a_sms, sans_sms = canal_prevu(demande, "convocation"), canal_prevu(demande, "decision")
    if Canal.COURRIEL in (a_sms, sans_sms):
        return "courriel"
    if a_sms == Canal.SMS:
        sinon = "lettre" if sans_sms else "rien : prévenez-le vous-même"
        return f"SMS aux étapes qui en ont un, sinon {sinon}"
    return "lettre" if sans_sms else "rien : ni courriel, ni SMS, ni adresse complète. Prévenez-le vous-même"


def _telephone(demande: Demande, modele: str) -> str:
    """Return the number that a text message goes to; empty when it has none, or when none can leave."""
    return demande.usager.telephone if modele in TEXTES_SMS and est_relie() else ""


@etape
def ecrire_a_l_agent(
    agent: Agent, modele: str, *, cle: str, dits: dict[str, Any] | None = None, maintenant: datetime
) -> bool:
    """Write a message to an agent in the outbox; one without an address reads it on their page.

    Args:
        agent: who receives it.
        modele: see `demandes.services.courriels.OBJETS_AGENT`.
        cle: what makes the message unique.
        dits: ``precisions``, sentences that name no usager, and ``chemin``, the page that it opens.
        maintenant: instant from which it may leave.

    Returns:
        Whether a new message was written.
    """
    if not agent.email:
        return False
    _, nouveau = Notification.objects.get_or_create(
        cle=f"{modele}:{cle}",
        defaults={
            "modele": modele,
            "destinataire": agent.email,
            "contexte": {"agent_id": agent.pk, **(dits or {})},
            "prochain_essai_le": maintenant,
        },
    )
    reveiller()
    return nouveau


@etape
def _relayer(
    demande: Demande, modele: str, *, maintenant: datetime, cle: str, contexte: dict[str, Any]
) -> Notification | None:
    """Write a message to the organisations that a person without e-mail mandated, with no link of the person's."""
    if modele not in RELAYES:
        return None
    jour = aujourdhui(demande.prefecture.fuseau, maintenant)
    mandats = demande.mandats.en_cours(jour).filter(portee__overlap=RELAYES[modele], organisme__actif=True)
    notification = None
    for mandat in mandats.select_related("organisme").order_by("pk"):
        notification, _ = Notification.objects.get_or_create(
            cle=f"{modele}:{cle}:o{mandat.organisme_id}",
            defaults={
                "demande": demande,
                "modele": modele,
                "destinataire": mandat.organisme.courriel,
                "contexte": {**contexte, "organisme_id": mandat.organisme_id},
                "prochain_essai_le": maintenant,
            },
        )
        reveiller()
    return notification


def reveiller(tache: str = "demandes.tasks.vider_la_boite", *arguments: Any) -> None:
    """Wake the worker for a task once the transaction is committed; the schedule wakes it in its time anyway."""
    # robust: what was committed is not answered by an error because the queue could not be reached.
    transaction.on_commit(lambda: _reveiller(tache, *arguments), robust=True)


def _reveiller(tache: str, *arguments: Any) -> None:
    if get_broker().queue_size() < REVEILS_EN_ATTENTE_MAX:
        async_task(tache, *arguments)
