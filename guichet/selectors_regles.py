"""Reads of the rules of call, as their page shows them; `guichet.selectors.regles_de` says which ones hold."""

from __future__ import annotations

from typing import Any

from demandes.models import Site
from guichet.calculs.ordre import Regles, Retard
from guichet.models import RegleAppel
from guichet.selectors import CHAMPS_REGLES


def regles_du_site(site: Site) -> dict[str, Any]:
    """Return the rules of call that a site has of its own, by field; empty when it follows the country."""
    ligne = RegleAppel.objects.filter(site=site).values(*CHAMPS_REGLES).first()
    return dict(ligne) if ligne else {}


def regles_nationales() -> Regles:
    """Return the rules of call of the country: what is set of them, else the defaults."""
    ligne = RegleAppel.objects.filter(site=None).values(*CHAMPS_REGLES).first() or {}
    posees = {c: v for c, v in ligne.items() if v not in (None, "")}
    if "retard" in posees:
        posees["retard"] = Retard(posees["retard"])
    return Regles(**posees)
