"""Look for appointments that may be hoarded or sold."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import signaler


class Command(CommandeDeTache):
    """Look for appointments that may be hoarded or sold."""

    help = "Cherche les rendez-vous peut-être accaparés ou cédés ; efface les traces de connexion après trente jours."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**signaler()}
