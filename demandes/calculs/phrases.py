"""Saying a condition of the catalogue in French, for the hint of a question shown without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planipref.commun.textes import gettext_noop

OUI_NON = {"oui": gettext_noop("oui"), "non": gettext_noop("non")}
LIAISONS = {"et": gettext_noop("et"), "ou": gettext_noop("ou")}
CONTRAIRE = gettext_noop("ce n’est pas le cas que %(condition)s")
REPONSE = gettext_noop("à « %(question)s » vous avez répondu %(valeur)s")
# What is known without a question: an age, a département.
FAIT = gettext_noop("%(fait)s : %(valeur)s")
COMPARAISONS = {
    "superieur": gettext_noop("plus que %(valeur)s"),
    "inferieur": gettext_noop("moins que %(valeur)s"),
    "au_moins": gettext_noop("%(valeur)s ou plus"),
    "au_plus": gettext_noop("%(valeur)s ou moins"),
    "different": gettext_noop("autre chose que %(valeur)s"),
    "hors": gettext_noop("autre chose que %(valeur)s"),
}
COMPRIS = gettext_noop("entre %(min)s et %(max)s")
VIDE = gettext_noop("rien")


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


def dire(condition: Mapping[str, Any], enonces: Mapping[str, Enonce], traduire: Callable[[str], str] = str) -> str:
    """Return a condition as the end of the sentence « Répondez seulement si … ».

    Args:
        condition: tree of `demandes.calculs.conditions`.
        enonces: questions by code, already in the language wanted.
        traduire: gives a sentence in that language; French without it.
    """
    op = condition["op"]
    if op in LIAISONS:
        return f" {traduire(LIAISONS[op])} ".join(dire(t, enonces, traduire) for t in condition["termes"])
    if op == "non":
        return traduire(CONTRAIRE) % {"condition": dire(condition["terme"], enonces, traduire)}
    enonce = enonces.get(condition["question"], Enonce(condition["question"], {}))
    valeur = _valeur(op, condition, enonce, traduire)
    if enonce.fait:
        return traduire(FAIT) % {"fait": enonce.libelle, "valeur": valeur}
    return traduire(REPONSE) % {"question": enonce.libelle, "valeur": valeur}


def _valeur(op: str, condition: Mapping[str, Any], enonce: Enonce, traduire: Callable[[str], str]) -> str:
    noms = enonce.options or {valeur: traduire(nom) for valeur, nom in OUI_NON.items()}
    if op == "vide":
        return traduire(VIDE)
    if op == "compris":
        return traduire(COMPRIS) % {"min": _nommer(condition["min"], noms), "max": _nommer(condition["max"], noms)}
    valeurs = condition["valeurs"] if "valeurs" in condition else [condition["valeur"]]
    valeur = f" {traduire(LIAISONS['ou'])} ".join(_nommer(v, noms) for v in valeurs)
    return traduire(COMPARAISONS[op]) % {"valeur": valeur} if op in COMPARAISONS else valeur


def _nommer(valeur: Any, noms: Mapping[str, str]) -> str:
    """Return a value as one says it: an option by its name, a date as it is written in France."""
    texte = noms.get(str(valeur), str(valeur))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", texte):
        texte = f"{texte[8:]}/{texte[5:7]}/{texte[:4]}"
    return f"« {texte} »"
