"""The language in which an usager is written to."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F

from demandes.models import Demande, Usager


def retenir_langue(cles: Collection[str], langue: str) -> int:
    """Write to the usagers of these demandes in a language from now on, and for the relatives whose mails they read.

    Args:
        cles: `Demande.cle_session` of the demandes that the browser opened as their usager.
        langue: member of `Usager.Langue`.

    Returns:
        How many usagers it changed.
    """
    if not cles:
        return 0
    candidates = Demande.objects.filter(cle__in=[c.partition(".")[0] for c in cles])
    siennes = [d for d in candidates if d.cle_session in cles]
    proches = Usager.objects.filter(
        demandes__principale__in=siennes, courriel=F("demandes__principale__usager__courriel")
    ).exclude(courriel="")
    concernes = {d.usager_id for d in siennes} | set(proches.values_list("pk", flat=True))
    return Usager.objects.filter(pk__in=concernes).exclude(langue=langue).update(langue=langue)
