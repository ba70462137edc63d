"""An agent's pauses: their counter calls nobody meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Greatest

from demandes.acteur import Acteur
from demandes.droits import Droit
from guichet.models import Passage, Pause
from guichet.services.guichet import exiger
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte
from planning.models import Guichet


@acte
def commencer_pause(guichet: Guichet, raison: str, *, par: Acteur, maintenant: datetime) -> Pause:
    """Begin a pause, with nobody at the counter.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``raison`` on the field; ``passage_en_cours``, ``en_pause`` (409).
    """
    exiger(par, Droit.RECEVOIR, guichet.site)
    if raison not in Pause.Raison.values:
        raise ErreurMetier("raison", "Choisissez une raison.", champ="raison")
    if Passage.objects.en_cours().filter(agent=par.pk).exists():
        raise ErreurMetier("passage_en_cours", "Terminez d’abord le passage en cours.", statut=409)
    try:
        with transaction.atomic():
            return Pause.objects.create(agent_id=par.pk, guichet=guichet, raison=raison, debut=maintenant)
    except IntegrityError as erreur:
        raise ErreurMetier("en_pause", "Vous êtes déjà en pause.", statut=409) from erreur


@acte
def finir_pause(*, par: Acteur, maintenant: datetime) -> bool:
    """End the agent's pause.

    Returns:
        False when there was none.
    """
    return bool(_finir(Pause.objects.filter(agent=par.pk, fin=None), maintenant))


def finir_les_pauses(*, avant: datetime, maintenant: datetime) -> int:
    """End the pauses begun before an instant, that nobody ended; idempotent.

    Returns:
        How many were ended.
    """
    return _finir(Pause.objects.filter(fin=None, debut__lt=avant), maintenant)


def _finir(pauses: QuerySet[Pause], maintenant: datetime) -> int:
    return pauses.update(fin=Greatest(F("debut"), Value(maintenant)))
