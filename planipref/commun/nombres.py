"""Counts as French people say them: zero and one are singular."""

from __future__ import annotations


def accord(n: float, singulier: str = "", pluriel: str = "s") -> str:
    """Return the form that goes with a count: « 0 demande », « 1,5 jour », « 2 jours »."""
    return pluriel if abs(n) >= 2 else singulier


def nombre(n: int, singulier: str = "", pluriel: str = "", *, plafond: int | None = None) -> str:
    """Say a count: « 0 dossier », « 12 dossiers »; beyond the ceiling « plus de 1000 dossiers »."""
    if plafond is not None and n > plafond:
        return f"plus de {plafond} {pluriel}".strip()
    return f"{n} {accord(n, singulier, pluriel)}".strip()
