"""Who follows a demande: taking it, or giving it back."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande
from demandes.services.journal import journaliser
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.transactions import acte


@acte
def attribuer(demande: Demande, *, agent_id: int | None, par: Acteur, maintenant: datetime) -> Demande:
    """Name the agent who follows a demande; the state doesn't change.

    Args:
        demande: the file; brought up to date.
        agent_id: the agent who takes it, None to give it back.
        par: agent who may check files in its préfecture.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    verrouillee = verrouiller(demande)
    if not par.est_agent or not par.peut_sur(Droit.VERIFIER, verrouillee):
        raise DroitRefuse
    if verrouillee.agent_id == agent_id:
        return demande
    for objet in (verrouillee, demande):
        objet.agent_id, objet.modifiee_le = agent_id, maintenant
    verrouillee.save(update_fields=["agent", "modifiee_le"])
    journaliser(
        "attribution:prise" if agent_id else "attribution:rendue",
        par=par,
        maintenant=maintenant,
        demande=verrouillee,
        charge={"agent_id": agent_id or 0},
    )
    return demande
