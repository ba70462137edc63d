"""Make the PDF of the batches of letters that wait for it."""

from __future__ import annotations

from typing import Any

from demandes.tasks import composer_les_lots
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """Make the PDF of the batches of letters that wait for it."""

    help = "Compose le PDF des lots de courrier préparés."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**composer_les_lots()}
