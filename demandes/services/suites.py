"""What follows a decision, and what ends a demande."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.models import Convocation, Demande
from demandes.services.convocation import detacher, terminer_convocations
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, verrouiller
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
    reste = detacher(verrouiller(demande), par=par, maintenant=maintenant)
    verrouillee = appliquer(demande, "retirer", par=par, maintenant=maintenant, **reste)
    terminer_convocations(verrouillee, Convocation.Etat.REVOQUEE, maintenant=maintenant)
    verrouillee.complements.filter(clos_le__isnull=True).update(clos_le=maintenant)
    contexte = {"retiree_par": "service" if par.est_agent else "usager"}
    notifier(verrouillee, "sans_suite", maintenant=maintenant, cle=str(demande.cle), contexte=contexte)
    return demande


@acte
def cloturer(demande: Demande, *, par: Acteur, maintenant: datetime) -> Demande:
    """End a demande; the retention clock runs.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``transition_interdite`` (409).
    """
    return appliquer(demande, "cloturer", par=par, maintenant=maintenant)
