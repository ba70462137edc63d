"""Rules that a site may set, field by field, else the country: read in one place for every kind of rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet


def valeurs_posees(
    lignes: QuerySet[Any], sites: Collection[int], champs: Iterable[str], *, cle: str = "site"
) -> dict[int | None, dict[str, Any]]:
    """Return the values of a rule that are set, by site: its own, else the national ones; under None these (one query).

    Args:
        lignes: every row of a rule whose `cle` is empty for the whole country.
        sites: identifiers of the sites, or of what `cle` names.
        champs: names of its fields.
        cle: the foreign key that says whose rule it is.
    """
    noms = list(champs)
    propres = {
        getattr(ligne, f"{cle}_id"): {c: v for c in noms if (v := getattr(ligne, c)) not in (None, "")}
        for ligne in lignes.filter(Q(**{f"{cle}__in": sites}) | Q(**{cle: None})).order_by("pk")
    }
    nationales = propres.get(None, {})
    return {None: nationales} | {site: nationales | propres.get(site, {}) for site in sites}
