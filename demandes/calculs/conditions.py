"""The typed condition language of the catalogue: a small tree, evaluated without eval, false when unanswered.

`demandes.calculs.langage` reads and writes the same tree as a text; `demandes.calculs.vocabulaire` says what it names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Condition = Mapping[str, Any]


def est_vraie(condition: Condition | None, valeurs: Mapping[str, Any]) -> bool:
    """Evaluate a condition on the answers and the facts.

    A comparison with what is not known is false; ``vide`` alone holds then.

    Args:
        condition: tree such as ``{"op": "egal", "question": "hebergement", "valeur": "oui"}``; None is true.
        valeurs: answers by question code, and facts by name.

    Raises:
        ValueError: unknown operator.
    """
    if condition is None:
        return True
    op = condition["op"]
    if op == "et":
        return all(est_vraie(t, valeurs) for t in condition["termes"])
    if op == "ou":
        return any(est_vraie(t, valeurs) for t in condition["termes"])
    if op == "non":
        return not est_vraie(condition["terme"], valeurs)
    if op not in COMPARAISONS:
        raise ValueError(op)
    return COMPARAISONS[op](condition, valeurs.get(condition["question"]))


def noms_de(condition: Condition | None) -> set[str]:
    """Return the codes of the questions and facts that a condition names."""
    if condition is None:
        return set()
    if "question" in condition:
        return {condition["question"]}
    termes = condition["termes"] if "termes" in condition else [condition["terme"]]
    return set().union(*(noms_de(t) for t in termes))


def plat(texte: str) -> str:
    """Return a text without accents, case, hyphens or doubled spaces: « Saint-Étienne » is « SAINT ETIENNE »."""
    nu = unicodedata.normalize("NFD", texte.replace("-", " ").replace("’", "'").casefold())
    return " ".join("".join(c for c in nu if not unicodedata.combining(c)).split())


def _memes(reponse: Any, valeur: Any) -> bool:
    if reponse is None:
        return False
    if str(reponse) == str(valeur):
        return True
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        return _comparer(reponse, valeur) == 0
    return isinstance(reponse, str) and isinstance(valeur, str) and plat(reponse) == plat(valeur)


def _comparer(reponse: Any, valeur: Any) -> int | None:
    """Return -1, 0 or 1 as the answer is below, at or above the value; None when that has no meaning."""
    if _absente(reponse):
        return None
    try:
        gauche, droite = Decimal(str(reponse)), Decimal(str(valeur))
    except InvalidOperation:
        # ISO dates order as text.
        return (str(reponse) > str(valeur)) - (str(reponse) < str(valeur))
    if gauche.is_nan() or droite.is_nan():  # "nan" is a Decimal, that no comparison accepts
        return None
    return (gauche > droite) - (gauche < droite)


def _absente(reponse: Any) -> bool:
    return reponse is None or reponse == ""


COMPARAISONS: dict[str, Callable[[Condition, Any], bool]] = {
    "egal": lambda c, r: _memes(r, c["valeur"]),
    "different": lambda c, r: not _absente(r) and not _memes(r, c["valeur"]),
    "dans": lambda c, r: any(_memes(r, v) for v in c["valeurs"]),
    "hors": lambda c, r: not _absente(r) and not any(_memes(r, v) for v in c["valeurs"]),
    "superieur": lambda c, r: _comparer(r, c["valeur"]) == 1,
    "inferieur": lambda c, r: _comparer(r, c["valeur"]) == -1,
    "au_moins": lambda c, r: _comparer(r, c["valeur"]) in {0, 1},
    "au_plus": lambda c, r: _comparer(r, c["valeur"]) in {-1, 0},
    "compris": lambda c, r: _comparer(r, c["min"]) in {0, 1} and _comparer(r, c["max"]) in {-1, 0},
    "vide": lambda c, r: _absente(r),
}
