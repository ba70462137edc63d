"""Give out the files of the services that want it each night."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import affecter_dossiers


class Command(CommandeDeTache):
    """Give out the files of the services that want it each night."""

    help = "Confie les dossiers que personne ne suit, dans les services réglés pour cela."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**affecter_dossiers()}
