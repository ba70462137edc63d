"""Search for the proposals of files that wait."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import calculer_dossiers


class Command(CommandeDeTache):
    """Search for the proposals of files that wait."""

    help = "Cherche les propositions de dossiers que les agents ont demandées."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**calculer_dossiers()}
