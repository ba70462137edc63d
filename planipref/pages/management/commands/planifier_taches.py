"""Lay down the schedules of the worker."""

from __future__ import annotations

from planipref.commun.commande import CommandeDeTache
from planipref.commun.horloge import maintenant
from planipref.pages.planification import planifier


class Command(CommandeDeTache):
    """Create or correct the schedules of the worker; idempotent."""

    help = "Pose les tâches périodiques du travailleur ; peut être relancée sans risque."

    def executer(self) -> dict[str, str]:
        """Lay them down."""
        return planifier(maintenant=maintenant())
