"""Messages of a file: those the usager has read."""

from __future__ import annotations

from datetime import datetime

from demandes.models import Demande
from planipref.commun.transactions import acte


@acte
def marquer_lus(demande: Demande, *, maintenant: datetime) -> int:
    """Record that the usager has seen the messages of the service.

    Returns:
        How many were new.
    """
    return demande.messages.filter(agent__isnull=False, lu_le__isnull=True).update(lu_le=maintenant)
