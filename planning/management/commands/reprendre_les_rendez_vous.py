"""Take over the appointments of the former booking module that wait."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import reprendre_les_rendez_vous


class Command(CommandeDeTache):
    """Take over the appointments of the former booking module that wait."""

    help = "Reprend les rendez-vous importés de l’ancien module qui attendent."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**reprendre_les_rendez_vous()}
