"""End the past visits left open, and mark as missed the past appointments that nobody came to."""

from __future__ import annotations

from typing import Any

from guichet.tasks import constater_absences
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """End the past visits left open, and mark as missed the past appointments that nobody came to."""

    help = "Clôt les passages oubliés et constate les absences aux rendez-vous des jours passés."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**constater_absences()}
