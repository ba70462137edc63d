"""The language in which an usager is written to."""

from __future__ import annotations

from collections.abc import Collection

from demandes.models import Demande, Usager


def retenir_langue(cles: Collection[str], langue: str) -> int:
    """Write to the usagers of these demandes in a language from now on: one statement.

    Args:
        cles: `Demande.cle_session` of the demandes that the browser opened as their usager.
        langue: member of `Usager.Langue`.

    Returns:
        How many usagers it changed.
    """
    if not cles:
        return 0
    candidates = Demande.objects.filter(cle__in=[c.partition(".")[0] for c in cles])
    siens = [d.usager_id for d in candidates if d.cle_session in cles]
    return Usager.objects.filter(pk__in=siens).exclude(langue=langue).update(langue=langue)
