"""Fingerprints taken at the counter: the fact, for the file; the prints go to the AGDREF by its own terminal."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande
from demandes.services.journal import journaliser
from guichet.models import Passage, PriseEmpreintes
from guichet.selectors import demande_des_empreintes
from guichet.services.guichet import tenu
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte


@acte
def constater_empreintes(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> PriseEmpreintes:
    """Record that the fingerprints of a person at the counter are taken.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``sans_empreintes``, ``empreintes_prises`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.RECU)
    if not par.peut_sur(Droit.VERIFIER, demande):
        raise DroitRefuse
    if not demande_des_empreintes(demande):
        raise ErreurMetier("sans_empreintes", "Aucune carte n’est faite de cette demande.", statut=409)
    try:
        with transaction.atomic():
            prise = PriseEmpreintes.objects.create(
                demande=demande, passage=passage, agent_id=par.pk, prises_le=maintenant
            )
    except IntegrityError as erreur:
        raise ErreurMetier("empreintes_prises", "Les empreintes ont déjà été prises.", statut=409) from erreur
    charge = {"passage_id": passage.pk}
    journaliser("passage:empreintes", par=par, maintenant=maintenant, demande=demande, charge=charge)
    return prise
