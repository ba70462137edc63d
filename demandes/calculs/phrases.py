"""Saying a condition of the catalogue in French, for the hint of a question shown without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planipref.commun.textes import gettext_noop

OUI_NON = {"oui": gettext_noop("oui"), "non": gettext_noop("non")}
LIAISONS = {"et": gettext_noop("et"), "ou": gettext_noop("ou")}
CONTRAIRE = gettext_noop("ce n’est pas le cas que %(condition)s")
REPONSE = gettext_noop("à « %(question)s » vous avez répondu %(valeur)s")
COMPARAISONS = {"superieur": gettext_noop("plus que %(valeur)s"), "inferieur": gettext_noop("moins que %(valeur)s")}


@dataclass(frozen=True)
class Enonce:
    """What a condition may name.

    Args:
        libelle: the question.
        options: what each value is called.
    """

    libelle: str
    options: Mapping[str, str]


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
    return traduire(REPONSE) % {"question": enonce.libelle, "valeur": valeur}


def _valeur(op: str, condition: Mapping[str, Any], enonce: Enonce, traduire: Callable[[str], str]) -> str:
    noms = enonce.options or {valeur: traduire(nom) for valeur, nom in OUI_NON.items()}
    if op == "dans":
        return f" {traduire(LIAISONS['ou'])} ".join(f"« {noms.get(str(v), v)} »" for v in condition["valeurs"])
    valeur = f"« {noms.get(str(condition['valeur']), condition['valeur'])} »"
    return traduire(COMPARAISONS[op]) % {"valeur": valeur} if op in COMPARAISONS else valeur
