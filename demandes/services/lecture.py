"""Looking at a personal file is an event too."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.acteur import Acteur
from demandes.models import Demande
from demandes.services.journal import consigner_lecture
from planipref.commun import debit

# One line per agent and file in this time: a page reloaded after each action is one reading.
INTERVALLE = timedelta(minutes=10)


def consulter(demande: Demande, *, par: Acteur, maintenant: datetime, quoi: str = "dossier") -> bool:
    """Write in the journal that an agent, an aidant or a doctor opened a file, once per person, file and ten minutes.

    The ten minutes are a token bucket of one in PostgreSQL: exact whatever the number of web nodes and tabs.

    Returns:
        Whether an event was written.
    """
    lecteur = f"aidant-{par.aidant_id}" if par.est_organisme else f"{'medecin-' if par.est_medecin else ''}{par.pk}"
    if not debit.consommer(f"lecture_{quoi}", f"{lecteur}:{demande.pk}", capacite=1, periode=INTERVALLE):
        return False
    consigner_lecture(demande, par=par, maintenant=maintenant, quoi=quoi)
    return True
