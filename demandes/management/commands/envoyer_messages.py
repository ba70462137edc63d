"""Send what the outbox holds."""

from __future__ import annotations

from typing import Any

from demandes.services.envoi import vider
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """Send what the outbox holds."""

    help = "Produit les actes en attente et envoie les messages ; peut être relancée sans risque."

    def executer(self) -> dict[str, Any]:
        """Run the task to its end, however long it takes."""
        return {**vider()}
