"""Where a doctor may act on openings: the agendas in which they sit."""

from __future__ import annotations

from demandes.acteur import Acteur
from demandes.models import Medecin, Site
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.horloge import maintenant
from planning.models import AgendaMedical, FileGuichet
from planning.querysets_medical import AgendaMedicalQuerySet


def exiger_file_du_medecin(par: Acteur, file: FileGuichet) -> None:
    """Refuse a doctor who does not sit at a queue.

    Raises:
        DroitRefuse: 403.
    """
    if not _sieges(par).filter(file=file).exists():
        raise DroitRefuse


def _sieges(par: Acteur) -> AgendaMedicalQuerySet:
    """Return the agendas of a doctor who is agréé today."""
    jour = maintenant().date()
    return AgendaMedical.objects.du_medecin(par.pk).filter(medecins__in=Medecin.objects.agrees(jour).filter(pk=par.pk))


def exiger_site_du_medecin(par: Acteur, site: Site | None) -> None:
    """Refuse a doctor who does not sit at a site; a whole préfecture is nobody's.

    Raises:
        DroitRefuse: 403.
    """
    if site is None or not _sieges(par).filter(file__site=site).exists():
        raise DroitRefuse
