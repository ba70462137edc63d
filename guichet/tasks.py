"""Tasks of the counter: idempotent callers of services."""

from __future__ import annotations

from guichet.services.absences import constater_les_absences
from planipref.commun.horloge import maintenant


def constater_absences() -> dict[str, int]:
    """Mark as missed the appointments of past days that nobody came to."""
    return {"absences": constater_les_absences(maintenant=maintenant())}
