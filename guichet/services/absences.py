"""Appointments of past days that nobody came to."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import SYSTEME, Acteur
from demandes.models import Prefecture
from guichet.services.guichet import marquer_absent
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.models import RendezVous
from planning.querysets import bornes_du_jour


@acte
def constater(rendez_vous: RendezVous, *, par: Acteur = SYSTEME, maintenant: datetime) -> None:
    """Mark one past appointment as missed.

    Raises:
        ErreurMetier: ``rendez_vous_termine`` (409) when someone ended it meanwhile.
    """
    marquer_absent(rendez_vous, par=par, maintenant=maintenant)


def constater_les_absences(*, maintenant: datetime) -> int:
    """Mark as missed every live appointment of the days before today, without a visit; idempotent.

    Returns:
        How many were marked.
    """
    nombre = 0
    for prefecture in Prefecture.objects.all():
        minuit, _ = bornes_du_jour(aujourdhui(prefecture.fuseau, maintenant), prefecture.fuseau)
        oublies = (
            RendezVous.objects.actifs()
            .filter(creneau__debut__lt=minuit, creneau__file__site__prefecture=prefecture, passage__isnull=True)
            .select_related("convocation__demande")
            .order_by("pk")
        )
        for rendez_vous in oublies:
            try:
                constater(rendez_vous, maintenant=maintenant)
            except ErreurMetier:
                continue
            nombre += 1
    return nombre
