"""Empty the drafts that were left for three months."""

from __future__ import annotations

from typing import Any

from demandes.tasks import purger
from planipref.commun.commande import CommandeDeTache


class Command(CommandeDeTache):
    """Empty the drafts that were left for three months."""

    help = "Vide les brouillons laissés depuis trois mois : réponses, fichiers, identité."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**purger()}
