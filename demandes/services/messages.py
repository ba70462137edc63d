"""Messages between the usager and the service: written, with a file or not, and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.calculs.fichiers import Fichier
from demandes.droits import Droit
from demandes.models import Demande, Message, PieceJointe
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.notifications import notifier, reveiller
from demandes.services.pieces import champs_du_fichier, fichier_range
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte


@dataclass(frozen=True)
class Jointe:
    """A file to join to a message.

    Args:
        fichier: result of `demandes.services.preparation.lire_fichier`.
        nom: its name on the device it comes from.
    """

    fichier: Fichier
    nom: str


def ecrire(demande: Demande, corps: str, *, jointe: Jointe | None = None, par: Acteur, maintenant: datetime) -> Message:
    """Add a message to the file, from the usager, who acts for them, or an agent; the usager is told by mail.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``message_vide`` on ``corps``.
    """
    if jointe is None:
        return _inscrire(demande, corps, None, par=par, maintenant=maintenant)
    piece = PieceJointe(demande=demande, **champs_du_fichier(jointe.fichier, jointe.nom, maintenant))
    with fichier_range(piece, jointe.fichier):
        return _inscrire(demande, corps, piece, par=par, maintenant=maintenant)


@acte
def _inscrire(demande: Demande, corps: str, piece: PieceJointe | None, *, par: Acteur, maintenant: datetime) -> Message:
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    droit = Droit.VERIFIER if par.est_agent else Droit.SUIVRE
    if not par.est_concerne(verrouillee) or not par.peut_sur(droit, verrouillee):
        raise DroitRefuse
    exiger_sans_deport(verrouillee, par)
    if not corps.strip():
        raise ErreurMetier("message_vide", _("Écrivez votre message."), champ="corps")
    message = Message.objects.create(
        demande=verrouillee,
        agent_id=par.pk if par.est_agent else None,
        organisme_id=par.pk if par.est_organisme else None,
        corps=corps.strip()[:5000],
        envoye_le=maintenant,
    )
    charge = {"message_id": message.pk}
    if piece is not None:
        piece.message = message
        piece.save(force_insert=True)
        charge["piece_jointe_id"] = piece.pk
        if piece.scan == PieceJointe.Scan.EN_ATTENTE:
            reveiller("demandes.tasks.analyser_pieces")
    journaliser("message:envoye", par=par, maintenant=maintenant, demande=verrouillee, charge=charge)
    if par.est_agent:
        notifier(verrouillee, "message", maintenant=maintenant, cle=str(message.pk))
    return message


def marquer_lus(demande: Demande, *, par: Acteur, maintenant: datetime) -> int:
    """Record that one side has seen what the other wrote: one statement, no transaction of its own.

    Args:
        demande: the file.
        par: agent, or usager.
        maintenant: instant.

    Returns:
        How many were new.
    """
    recus = demande.messages.filter(agent__isnull=par.est_agent, lu_le__isnull=True)
    return recus.update(lu_le=maintenant)
