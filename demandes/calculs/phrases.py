"""Saying a condition of the catalogue in French, for the hint of a question shown without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUI_NON = {"oui": "oui", "non": "non"}


@dataclass(frozen=True)
class Enonce:
    """What a condition may name.

    Args:
        libelle: the question.
        options: what each value is called.
    """

    libelle: str
    options: Mapping[str, str]


def dire(condition: Mapping[str, Any], enonces: Mapping[str, Enonce]) -> str:
    """Return a condition as the end of the sentence « Répondez seulement si … ».

    Args:
        condition: tree of `demandes.calculs.conditions`.
        enonces: questions by code.
    """
    op = condition["op"]
    if op in ("et", "ou"):
        return f" {op} ".join(dire(t, enonces) for t in condition["termes"])
    if op == "non":
        return f"ce n’est pas le cas que {dire(condition['terme'], enonces)}"
    enonce = enonces.get(condition["question"], Enonce(condition["question"], {}))
    return f"à « {enonce.libelle} » vous avez répondu {_valeur(op, condition, enonce)}"


def _valeur(op: str, condition: Mapping[str, Any], enonce: Enonce) -> str:
    noms = enonce.options or OUI_NON
    if op == "dans":
        return " ou ".join(f"« {noms.get(str(v), v)} »" for v in condition["valeurs"])
    valeur = f"« {noms.get(str(condition['valeur']), condition['valeur'])} »"
    return {"superieur": f"plus que {valeur}", "inferieur": f"moins que {valeur}"}.get(op, valeur)
