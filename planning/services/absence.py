"""A missed appointment: ended, told to who missed it, who may take another with the same link, as the rules say."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.models import Convocation
from demandes.selectors import membres
from demandes.services.convocation import prevenir
from demandes.services.transitions import appliquer, verrouiller
from planipref.commun.transactions import etape
from planning.models import RendezVous
from planning.selectors import est_epuisee
from planning.services.attente import quitter_la_liste
from planning.services.reservation import terminer


@etape
def marquer_absent(rendez_vous: RendezVous, *, par: Acteur, maintenant: datetime) -> None:
    """End a missed appointment and tell the usager, or the family that shares it, how to take another.

    Where it was one too many, they wait for no place any more: they could not take it.
    """
    convocation = rendez_vous.convocation
    convocation.demande = verrouiller(convocation.demande)
    terminer(rendez_vous, RendezVous.Etat.ABSENT, maintenant=maintenant)
    reunies = membres(convocation)
    for reunie in reunies:
        if reunie.demande.etat == Etat.RDV_PRIS and convocation.objet == Convocation.Objet.RECEPTION:
            demande = reunie.demande
            appliquer(demande, "constater_absence", par=par, maintenant=maintenant, rendez_vous_id=rendez_vous.pk)
    epuisee = est_epuisee(convocation)
    if epuisee:
        quitter_la_liste(convocation, par=par, maintenant=maintenant)
    dits = {"epuisee": True} if epuisee else {}
    prevenir(reunies, "absence", maintenant=maintenant, suffixe=str(rendez_vous.pk), contexte=dits)
