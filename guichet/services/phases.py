"""Every change of state of a visit, and the time that each lasts: nobody has to measure anything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Greatest

from guichet.models import Passage, Phase
from planipref.commun.transactions import etape
from planning.services.besoins import oublier_apres_la_visite


@etape
def passer(passage: Passage, etat: Passage.Etat, *, maintenant: datetime, **champs: Any) -> None:
    """Move a visit, locked, to a state: end the phase under way and begin the next one.

    Args:
        passage: the visit; brought up to date.
        etat: the state.
        maintenant: instant.
        champs: other columns that change with it.
    """
    passage.etat = etat
    for champ, valeur in champs.items():
        setattr(passage, champ, valeur)
    passage.save(update_fields=["etat", *champs])
    passage.phases.filter(fin=None).update(fin=Greatest(F("debut"), Value(maintenant)))  # clocks of nodes differ
    if etat == Passage.Etat.TERMINE and passage.rendez_vous_id:
        oublier_apres_la_visite(passage.rendez_vous_id)
    if etat in Passage.SUR_PLACE:
        ouvrir(passage, maintenant=maintenant)


@etape
def archiver_reception(passage: Passage, *, debut: datetime, fin: datetime) -> None:
    """Write the phase at the counter of a visit that took place on paper."""
    Phase.objects.create(
        passage=passage,
        etat=Passage.Etat.RECU,
        file_id=passage.file_id,
        guichet_id=passage.guichet_id,
        agent_id=passage.agent_id,
        debut=debut,
        fin=fin,
    )


@etape
def ouvrir(passage: Passage, *, maintenant: datetime) -> None:
    """Begin the phase of the state in which a visit is."""
    tenu = passage.etat in (Passage.Etat.APPELE, Passage.Etat.RECU, Passage.Etat.SUSPENDU)
    Phase.objects.create(
        passage=passage,
        etat=passage.etat,
        file_id=passage.file_id,
        guichet_id=passage.guichet_id if tenu else None,
        agent_id=passage.agent_id if tenu else None,
        debut=maintenant,
    )
