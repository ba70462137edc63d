"""Convoke whom the lots of the agents still wait for."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import convoquer_lots


class Command(CommandeDeTache):
    """Convoke whom the lots of the agents still wait for."""

    help = "Convoque les personnes que les lots des agents attendent encore."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**convoquer_lots()}
