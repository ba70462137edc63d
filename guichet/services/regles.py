"""The rules of call of a site, set by its manager."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Site
from demandes.services.journal import journaliser
from guichet.models import RegleAppel
from guichet.services.guichet import exiger
from planipref.commun.transactions import acte


@acte
def regler_l_appel(site: Site, valeurs: Mapping[str, Any], *, par: Acteur, maintenant: datetime) -> None:
    """Set the rules of call of a site; without any value of its own it follows the national ones.

    The rank of who waits already stands: a rule changed during the day reorders nobody.

    Args:
        site: which.
        valeurs: by field of `guichet.calculs.ordre.Regles`; None, or empty, for the national value.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    exiger(par, Droit.PLANIFIER, site)
    posees = {c: v for c, v in valeurs.items() if v not in (None, "")}
    if posees:
        RegleAppel.objects.update_or_create(site=site, defaults=dict(valeurs))
    else:
        RegleAppel.objects.filter(site=site).delete()
    charge = {"site_id": site.pk} | {c: v for c, v in posees.items() if isinstance(v, int)}
    journaliser("guichet:appel_regle", par=par, maintenant=maintenant, prefecture_id=site.prefecture_id, charge=charge)
