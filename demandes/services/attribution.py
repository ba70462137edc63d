"""Who follows a demande: taking it, or giving it back."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.transitions import verrouiller
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.transactions import acte, etape


@acte
def attribuer(demande: Demande, *, agent_id: int | None, par: Acteur, maintenant: datetime) -> Demande:
    """Name the agent who follows a demande; the state doesn't change.

    Args:
        demande: the file; brought up to date.
        agent_id: the agent who takes it, None to give it back.
        par: agent who may check files in its préfecture.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, also for who declared that they must not handle it.
    """
    verrouillee = verrouiller(demande)
    if not par.est_agent or not par.peut_sur(Droit.VERIFIER, verrouillee):
        raise DroitRefuse
    exiger_sans_deport(verrouillee, par)
    if verrouillee.agent_id == agent_id:
        return demande
    confier(verrouillee, agent_id, par=par, maintenant=maintenant)
    demande.agent_id, demande.modifiee_le = agent_id, maintenant
    return demande


@etape
def confier(
    demande: Demande, agent_id: int | None, *, par: Acteur, maintenant: datetime, nature: str = "", **charge: int
) -> None:
    """Write who follows a demande, and its event.

    Args:
        demande: locked.
        agent_id: who; None for nobody.
        par: who decides it.
        maintenant: instant.
        nature: of the event; that of who takes the file, or gives it back, unless told.
        charge: other identifiers for the journal.
    """
    demande.agent_id, demande.modifiee_le = agent_id, maintenant
    demande.save(update_fields=["agent", "modifiee_le"])
    journaliser(
        nature or ("attribution:prise" if agent_id else "attribution:rendue"),
        par=par,
        maintenant=maintenant,
        demande=demande,
        charge={"agent_id": agent_id or 0, **charge},
    )
