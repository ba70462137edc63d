"""Tasks of the worker: idempotent callers of services."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from demandes.services.analyse import analyser_les_pieces
from demandes.services.convocation import expirer_les_convocations
from demandes.services.deports import oublier_deports
from demandes.services.echeances import classer_les_incompletes
from demandes.services.envoi import vider
from demandes.services.lots_courrier import composer_lots
from demandes.services.purge import purger_brouillons, purger_le_reste
from demandes.services.signalements import oublier_signalements
from planipref.commun.horloge import maintenant
from planipref.commun.verrous import une_place

# The task worker interrupts a task after Q_CLUSTER["timeout"] (120 s), in the middle of a message: stop well before.
DUREE_ENVOIS = timedelta(seconds=40)


def vider_la_boite() -> dict[str, int]:
    """Send the outbox and make the acts that wait; what is left goes with the next wake-up.

    One process of the worker is left to the other tasks: a plan to compute does not wait for a thousand mails.
    """
    with une_place("vider_la_boite", max(1, settings.Q_CLUSTER["workers"] - 1)) as place:
        return vider(duree_max=DUREE_ENVOIS) if place else {}


def composer_les_lots() -> dict[str, int]:
    """Make the PDF of the batches of letters that wait for it."""
    return {"lots_composes": composer_lots()}


def analyser_pieces() -> dict[str, int]:
    """Send to the antivirus the files that wait."""
    return analyser_les_pieces()


def purger() -> dict[str, int]:
    """Empty the drafts that were left for three months, and erase what was kept for a while only."""
    instant = maintenant()
    return {
        "brouillons_purges": purger_brouillons(maintenant=instant),
        "deports_finis": oublier_deports(maintenant=instant),
        **purger_le_reste(maintenant=instant),
        "signalements_oublies": oublier_signalements(maintenant=instant),
    }


def passer_les_echeances() -> dict[str, int]:
    """Expire the links and close the demandes left incomplete."""
    instant = maintenant()
    return {
        "convocations_expirees": expirer_les_convocations(maintenant=instant),
        "demandes_classees": classer_les_incompletes(maintenant=instant),
    }
