"""What the calendar does by itself: deadlines that pass."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.models import DemandeComplement
from demandes.services.completude import classer_incomplete
from planipref.commun.erreurs import ErreurMetier

MARGE = timedelta(days=1)  # the deadline is a civil day in the préfecture's time, checked again under lock


def classer_les_incompletes(*, maintenant: datetime) -> int:
    """Close every demande left incomplete past its deadline; idempotent.

    Returns:
        How many were closed.
    """
    ouverts = (
        DemandeComplement.objects.filter(
            clos_le__isnull=True, suspensif=True, limite__lt=(maintenant + MARGE).date(), demande__etat="a_completer"
        )
        .select_related("demande")
        .order_by("limite", "pk")
    )
    nombre = 0
    for complement in ouverts:
        try:
            classer_incomplete(complement.demande, maintenant=maintenant)
        except ErreurMetier:
            continue  # the day is not over there, or the usager answered meanwhile
        nombre += 1
    return nombre
