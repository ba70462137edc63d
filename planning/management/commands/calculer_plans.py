"""Search for the plans of the week that wait."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import calculer_plans


class Command(CommandeDeTache):
    """Search for the plans of the week that wait."""

    help = "Calcule les plans de la semaine que les agents ont demandés."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**calculer_plans()}
