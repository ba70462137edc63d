"""Reads of the rules of messages: a préfecture's own value, else the country's, else the one of the code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from demandes.calculs.rappels import ReglesMessages
from demandes.models import RegleMessages
from demandes.selectors_valeurs import valeurs_posees, valeurs_propres

CHAMPS = [c.name for c in fields(ReglesMessages)]


def regles_des_prefectures(prefectures: Collection[int]) -> dict[int, ReglesMessages]:
    """Return the rules of some préfectures, field by field (one query)."""
    posees = valeurs_posees(RegleMessages.objects.all(), prefectures, CHAMPS, ou="prefecture")
    return {pk: ReglesMessages(**posees[pk]) for pk in prefectures}


def regles_de_la_prefecture(prefecture_id: int) -> ReglesMessages:
    """Return the rules of a préfecture (one query)."""
    return regles_des_prefectures([prefecture_id])[prefecture_id]


def regles_au_dessus(prefecture_id: int | None) -> ReglesMessages:
    """Return the rules that hold where a scope says nothing: the country's, or for the country those of the code."""
    if prefecture_id is None:
        return ReglesMessages()
    return ReglesMessages(**valeurs_posees(RegleMessages.objects.all(), [], CHAMPS, ou="prefecture")[None])


def valeurs_de(prefecture_id: int | None) -> dict[str, Any]:
    """Return what a scope itself has set (one query)."""
    return valeurs_propres(RegleMessages.objects.all(), prefecture_id, CHAMPS, ou="prefecture")
