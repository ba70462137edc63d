"""Reads of what persons need on the day of their visit, for them and for who receives them."""

from __future__ import annotations

from collections.abc import Collection

from demandes.models import Convocation
from planning.models import BesoinVisite


def besoin_dit(convocation: Convocation) -> BesoinVisite | None:
    """Return what the person of a link said they need (one query)."""
    return BesoinVisite.objects.filter(convocation=convocation).first()


def besoins_en_clair(convocations: Collection[int]) -> dict[int, list[str]]:
    """Return what is needed, by convocation, in the words of who receives (one query)."""
    return {b.convocation_id: b.en_clair for b in BesoinVisite.objects.filter(convocation__in=convocations)}


def besoins_du_rendez_vous(rendez_vous_id: int | None) -> list[str]:
    """Return what is needed by who comes to an appointment, in the words of who receives (one query)."""
    if rendez_vous_id is None:
        return []
    besoin = BesoinVisite.objects.filter(convocation__rendez_vous=rendez_vous_id).first()
    return besoin.en_clair if besoin else []
