"""Where a doctor may act on openings: the agendas in which they sit."""

from __future__ import annotations

from demandes.acteur import Acteur
from demandes.models import Site
from planipref.commun.erreurs import DroitRefuse
from planning.models import AgendaMedical, FileGuichet


def exiger_file_du_medecin(par: Acteur, file: FileGuichet) -> None:
    """Refuse a doctor who does not sit at a queue.

    Raises:
        DroitRefuse: 403.
    """
    if not AgendaMedical.objects.du_medecin(par.pk).filter(file=file).exists():
        raise DroitRefuse


def exiger_site_du_medecin(par: Acteur, site: Site | None) -> None:
    """Refuse a doctor who does not sit at a site; a whole préfecture is nobody's.

    Raises:
        DroitRefuse: 403.
    """
    if site is None or not AgendaMedical.objects.du_medecin(par.pk).filter(file__site=site).exists():
        raise DroitRefuse
