"""Tasks of the counter: idempotent callers of services."""

from __future__ import annotations

from datetime import timedelta

from guichet.services.absences import clore_les_passages, constater_les_absences
from guichet.services.pauses import finir_les_pauses
from planipref.commun.horloge import maintenant

# No working day is longer: a pause that lasts more was forgotten.
PAUSE_MAX = timedelta(hours=12)


def constater_absences() -> dict[str, int]:
    """End the visits and pauses of past days left open, then mark as missed the appointments that nobody came to."""
    instant = maintenant()
    return {
        "passages": clore_les_passages(maintenant=instant),
        "absences": constater_les_absences(maintenant=instant),
        "pauses": finir_les_pauses(avant=instant - PAUSE_MAX, maintenant=instant),
    }
