"""Write the reminders of the day."""

from __future__ import annotations

from typing import Any

from planipref.commun.commande import CommandeDeTache
from planning.tasks import envoyer_rappels


class Command(CommandeDeTache):
    """Write the reminders of the day."""

    help = "Écrit les rappels du jour dans chaque préfecture où c’est l’heure ; le travailleur les envoie."

    def executer(self) -> dict[str, Any]:
        """Run the task."""
        return {**envoyer_rappels()}
