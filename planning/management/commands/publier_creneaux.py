"""Publish the slots of the weeks to come."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import publier_creneaux


class Command(CommandeDeTache):
    """Publish the slots of the weeks to come."""

    help = "Publie les créneaux des semaines à venir dans chaque préfecture."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**publier_creneaux()}
