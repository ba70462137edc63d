"""Offer the freed places to the waiting list."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import proposer_places


class Command(CommandeDeTache):
    """Offer the freed places to the waiting list."""

    help = "Propose à la liste d’attente les places rendues ; rend celles dont l’offre est finie."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**proposer_places()}
