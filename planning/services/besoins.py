"""What a person needs on the day of their visit: said by themselves, erased when it ends."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from demandes.acteur import Acteur
from demandes.models import Convocation
from demandes.services.convocation import verrouiller_membres
from demandes.services.journal import journaliser
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.transactions import acte, etape
from planning.models import BesoinVisite

GARDE = timedelta(days=1)  # after a link has ended: the visit that it led to is under way, or was that day


@acte
def dire_ses_besoins(
    convocation: Convocation, *, codes: Collection[str], langue: str, par: Acteur, maintenant: datetime
) -> None:
    """Write what the person needs; nothing at all erases it. The journal says that it changed, never what it is.

    Args:
        convocation: the visit.
        codes: of `BesoinVisite.Besoin`.
        langue: of the interpreter wanted; empty for none.
        par: the person themselves: health is nobody else's to tell.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    if par.est_agent or par.est_organisme:
        raise DroitRefuse
    convocation = verrouiller_membres(convocation, par, maintenant=maintenant)[0].convocation
    if codes or langue:
        valeurs = {"codes": sorted(codes), "langue": langue}
        BesoinVisite.objects.update_or_create(convocation=convocation, defaults=valeurs)
    else:
        BesoinVisite.objects.filter(convocation=convocation).delete()
    journaliser("besoins:changes", par=par, maintenant=maintenant, demande=convocation.demande)


@etape
def oublier_apres_la_visite(rendez_vous_id: int) -> None:
    """Erase what the person of an appointment needed: their visit is over."""
    BesoinVisite.objects.filter(convocation__rendez_vous=rendez_vous_id).delete()


@acte
def oublier_les_besoins(*, maintenant: datetime) -> int:
    """Erase what is kept for links that ended, whatever became of them; idempotent.

    Returns:
        How many were erased.
    """
    return BesoinVisite.objects.sans_visite(maintenant - GARDE).delete()[0]
