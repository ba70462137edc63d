"""Tasks of the planning: idempotent callers of services."""

from __future__ import annotations

from dataclasses import asdict

from demandes.models import Prefecture
from planipref.commun.horloge import maintenant
from planning.services import attente
from planning.services.agendas import annuler_sans_agrement
from planning.services.calcul_plan import calculer_demandes
from planning.services.publication import publier


def publier_creneaux() -> dict[str, dict[str, int]]:
    """Make or bring up to date the slots of every préfecture; free who is booked where no agrément holds any more.

    Returns:
        What was done, by département.
    """
    instant = maintenant()
    bilans = {}
    for prefecture in Prefecture.objects.order_by("departement"):
        bilans[prefecture.departement] = asdict(publier(prefecture, maintenant=instant))
        annuler_sans_agrement(prefecture, maintenant=instant)
    return bilans


def calculer_plans() -> dict[str, int]:
    """Fill the drafts of weeks that wait for the machine.

    Returns:
        How many were filled.
    """
    return {"plans": calculer_demandes()}


def proposer_places() -> dict[str, int]:
    """Offer the freed places to the waiting list.

    Returns:
        How many offers had ended, and how many were made.
    """
    return attente.proposer_places(maintenant=maintenant())
