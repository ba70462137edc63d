"""Tasks of the counter: idempotent callers of services."""

from __future__ import annotations

from guichet.services.absences import clore_les_passages, constater_les_absences
from planipref.commun.horloge import maintenant


def constater_absences() -> dict[str, int]:
    """End the visits of past days left open, then mark as missed the appointments that nobody came to."""
    instant = maintenant()
    return {
        "passages": clore_les_passages(maintenant=instant),
        "absences": constater_les_absences(maintenant=instant),
    }
