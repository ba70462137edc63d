"""The limit on the appointments that an organisation holds on one site and one day."""

from __future__ import annotations

from datetime import datetime

from demandes.acteur import Acteur
from demandes.services.quotas import Genre, exiger_quota, verrouiller_organisme
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import etape
from planning.models import Creneau, FileGuichet, RendezVous


@etape
def exiger_quota_du_jour(
    creneau: Creneau, par: Acteur, *, maintenant: datetime, sauf: RendezVous | None = None
) -> None:
    """Refuse one appointment too many to an organisation, counted under its lock; others pass.

    Args:
        creneau: slot wanted.
        par: who books.
        maintenant: instant.
        sauf: the appointment that this one replaces.

    Raises:
        QuotaAtteint: 409; DroitRefuse: 403, the organisation is suspended.
    """
    if not par.est_organisme:
        return
    organisme = verrouiller_organisme(par.pk)
    site = FileGuichet.objects.select_related("site__prefecture").get(pk=creneau.file_id).site
    fuseau = site.prefecture.fuseau
    tenus = RendezVous.objects.de_l_organisme(par.pk).actifs().sur(site.pk, aujourdhui(fuseau, creneau.debut), fuseau)
    if sauf is not None:
        tenus = tenus.exclude(pk=sauf.pk)
    exiger_quota(organisme, Genre.RENDEZ_VOUS, tenus.count(), maintenant=maintenant)
