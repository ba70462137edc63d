"""Send to the antivirus the files that wait."""

from __future__ import annotations

from typing import Any

from demandes.tasks import analyser_pieces
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """Send to the antivirus the files that wait."""

    help = "Fait analyser par l’antivirus les pièces en attente ; peut être relancée sans risque."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**analyser_pieces()}
