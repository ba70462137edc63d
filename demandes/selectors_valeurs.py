"""Rules that a site or a préfecture may set, field by field, else the country: read in one place for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet


def valeurs_posees(
    lignes: QuerySet[Any], lieux: Collection[int], champs: Iterable[str], *, ou: str = "site"
) -> dict[int | None, dict[str, Any]]:
    """Return the values of a rule that are set, by place: its own, else the national ones; under None those (1 query).

    Args:
        lignes: every row of a rule whose place is empty for the whole country.
        lieux: identifiers of the places.
        champs: names of its fields.
        ou: name of the field of the place, such as ``site``.
    """
    noms = list(champs)
    propres = {
        getattr(ligne, f"{ou}_id"): {c: v for c in noms if (v := getattr(ligne, c)) not in (None, "")}
        for ligne in lignes.filter(Q(**{f"{ou}__in": lieux}) | Q(**{ou: None})).order_by("pk")
    }
    nationales = propres.get(None, {})
    return {None: nationales} | {lieu: nationales | propres.get(lieu, {}) for lieu in lieux}


def valeurs_propres(
    lignes: QuerySet[Any], lieu: int | None, champs: Iterable[str], *, ou: str = "site"
) -> dict[str, Any]:
    """Return what one place itself has set, None being the whole country (one query); see `valeurs_posees`."""
    ligne = lignes.filter(**{ou: lieu}).values(*champs).first() or {}
    return {champ: valeur for champ, valeur in ligne.items() if valeur is not None}
