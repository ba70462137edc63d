"""Tasks of the planning: idempotent callers of services."""

from __future__ import annotations

from dataclasses import asdict

from demandes.models import Prefecture
from planipref.commun.horloge import maintenant
from planning.services.publication import publier


def publier_creneaux() -> dict[str, dict[str, int]]:
    """Make or bring up to date the slots of every préfecture.

    Returns:
        What was done, by département.
    """
    instant = maintenant()
    return {p.departement: asdict(publier(p, maintenant=instant)) for p in Prefecture.objects.order_by("departement")}
