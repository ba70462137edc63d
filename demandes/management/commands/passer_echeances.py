"""Let the deadlines pass: links that expire, demandes left incomplete."""

from __future__ import annotations

from typing import Any

from demandes.tasks import passer_les_echeances
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """Let the deadlines pass: links that expire, demandes left incomplete."""

    help = "Fait expirer les liens et classe les demandes restées incomplètes."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**passer_les_echeances()}
