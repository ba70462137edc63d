"""Learn who is expected to come."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import estimer_presences


class Command(CommandeDeTache):
    """Learn who is expected to come."""

    help = "Apprend, dans chaque préfecture, qui vient à son rendez-vous, des jours d’avant aujourd’hui."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**estimer_presences()}
