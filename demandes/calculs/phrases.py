"""Saying a condition of the catalogue in French, for who edits it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUI_NON = {"oui": "oui", "non": "non"}
LIAISONS = {"et": "et", "ou": "ou"}
CONTRAIRE = "ce n’est pas le cas que %(condition)s"
REPONSE = "à « %(question)s » vous avez répondu %(valeur)s"
# What is known without a question: an age, a département.
FAIT = "%(fait)s : %(valeur)s"
COMPARAISONS = {
    "superieur": "plus que %(valeur)s",
    "inferieur": "moins que %(valeur)s",
    "au_moins": "%(valeur)s ou plus",
    "au_plus": "%(valeur)s ou moins",
    "different": "autre chose que %(valeur)s",
    "hors": "autre chose que %(valeur)s",
}
COMPRIS = "entre %(min)s et %(max)s"
VIDE = "rien"


@dataclass(frozen=True)
class Enonce:
    """What a condition may name.

    Args:
        libelle: the question.
        options: what each value is called.
        fait: whether it is a fact, that nobody is asked here.
    """

    libelle: str
    options: Mapping[str, str]
    fait: bool = False


def dire(condition: Mapping[str, Any], enonces: Mapping[str, Enonce]) -> str:
    """Return a condition as the end of the sentence « Demandé si … ».

    Args:
        condition: tree of `demandes.calculs.conditions`.
        enonces: questions and facts by code.
    """
    op = condition["op"]
    if op in LIAISONS:
        dits = ((t["op"], dire(t, enonces)) for t in condition["termes"])
        return f" {LIAISONS[op]} ".join(f"({dit})" if dedans in LIAISONS else dit for dedans, dit in dits)
    if op == "non":
        return CONTRAIRE % {"condition": dire(condition["terme"], enonces)}
    enonce = enonces.get(condition["question"], Enonce(condition["question"], {}))
    valeur = _valeur(op, condition, enonce)
    if enonce.fait:
        return FAIT % {"fait": enonce.libelle, "valeur": valeur}
    return REPONSE % {"question": enonce.libelle, "valeur": valeur}


def _valeur(op: str, condition: Mapping[str, Any], enonce: Enonce) -> str:
    noms = enonce.options or OUI_NON
    if op == "vide":
        return VIDE
    if op == "compris":
        return COMPRIS % {"min": _nommer(condition["min"], noms), "max": _nommer(condition["max"], noms)}
    valeurs = condition["valeurs"] if "valeurs" in condition else [condition["valeur"]]
    valeur = f" {LIAISONS['ou']} ".join(_nommer(v, noms) for v in valeurs)
    return COMPARAISONS[op] % {"valeur": valeur} if op in COMPARAISONS else valeur


def _nommer(valeur: Any, noms: Mapping[str, str]) -> str:
    """Return a value as one says it: an option by its name, a date as it is written in France."""
    texte = noms.get(str(valeur), str(valeur))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", texte):
        texte = f"{texte[8:]}/{texte[5:7]}/{texte[:4]}"
    return f"« {texte} »"
