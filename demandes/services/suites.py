"""What follows a decision, and what ends a demande."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Message
from demandes.services.convocation import terminer_convocations
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte


@acte
def constater_titre_pret(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Record that the title has arrived and waits for its holder.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    return appliquer(demande, "constater_titre_pret", par=par, maintenant=maintenant)


@acte
def retirer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """Withdraw a demande: its links die, a slot taken is free again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    verrouillee = appliquer(demande, "retirer", par=par, maintenant=maintenant)
    terminer_convocations(verrouillee, Convocation.Etat.REVOQUEE, maintenant=maintenant)
    verrouillee.complements.filter(clos_le__isnull=True).update(clos_le=maintenant)
    notifier(verrouillee, "sans_suite", maintenant=maintenant, cle=str(demande.cle))
    return demande


@acte
def cloturer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """End a demande; the retention clock runs.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    return appliquer(demande, "cloturer", par=par, maintenant=maintenant)


@acte
def ecrire(demande: Demande, corps: str, *, par: Acteur, maintenant: datetime) -> Message:
    """Add a message to the file, from the usager, who acts for them, or an agent; the usager is told by mail.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``message_vide`` on ``corps``.
    """
    verrouillee = verrouiller(demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    droit = Droit.VERIFIER if par.est_agent else Droit.SUIVRE
    if not par.est_concerne(verrouillee) or not par.peut_sur(droit, verrouillee):
        raise DroitRefuse
    if not corps.strip():
        raise ErreurMetier("message_vide", "Écrivez votre message.", champ="corps")
    message = Message.objects.create(
        demande=verrouillee,
        agent_id=par.pk if par.est_agent else None,
        organisme_id=par.pk if par.est_organisme else None,
        corps=corps.strip()[:5000],
        envoye_le=maintenant,
    )
    journaliser(
        "message:envoye", par=par, maintenant=maintenant, demande=verrouillee, charge={"message_id": message.pk}
    )
    if par.est_agent:
        notifier(verrouillee, "message", maintenant=maintenant, cle=str(message.pk))
    return message
