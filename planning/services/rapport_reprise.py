"""Reading the report of the appointments taken over is a consultation of each file that it names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from demandes.acteur import Acteur
from demandes.models import Demande
from demandes.services.journal import journaliser_lot
from planipref.commun.transactions import acte

LOT = 500  # events of one transaction: the head of the chain of a préfecture is never held for a whole report


def consigner_rapport(demandes: Sequence[int], *, par: Acteur, maintenant: datetime) -> None:
    """Write, in the journal of each file, that an agent read the name and the telephone of its person in a report.

    Args:
        demandes: identifiers of the files named.
        par: agent.
        maintenant: instant.
    """
    for premier in range(0, len(demandes), LOT):
        _consigner(demandes[premier : premier + LOT], par, maintenant)


@acte
def _consigner(demandes: Sequence[int], par: Acteur, maintenant: datetime) -> None:
    lues = list(Demande.objects.filter(pk__in=demandes).order_by("pk"))
    journaliser_lot("lecture:reprise", lues, par=par, maintenant=maintenant, charge=lambda _: {})
