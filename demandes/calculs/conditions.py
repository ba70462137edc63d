"""The typed condition language of the catalogue: a small tree, evaluated without eval, false when unanswered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

Condition = Mapping[str, Any]


class Posable(Protocol):
    """What is asked under a condition: a question of the catalogue."""

    code: str
    condition: Condition | None


Q = TypeVar("Q", bound=Posable)


def est_vraie(condition: Condition | None, reponses: Mapping[str, Any]) -> bool:
    """Evaluate a condition on the answers.

    Args:
        condition: tree such as ``{"op": "egal", "question": "hebergement", "valeur": "oui"}``; None is true.
        reponses: answers by question code.

    Raises:
        ValueError: unknown operator.
    """
    if condition is None:
        return True
    op = condition["op"]
    if op == "et":
        return all(est_vraie(t, reponses) for t in condition["termes"])
    if op == "ou":
        return any(est_vraie(t, reponses) for t in condition["termes"])
    if op == "non":
        return not est_vraie(condition["terme"], reponses)
    return _comparer(op, condition, reponses.get(condition["question"]))


def posees(questions: Iterable[Q], reponses: Mapping[str, Any]) -> list[Q]:
    """Return the questions to ask, in order; a question that is not asked has no answer for those that follow.

    Args:
        questions: in the order of the form.
        reponses: answers by question code, those that no longer apply included.
    """
    gardees: dict[str, Any] = {}
    liste = []
    for question in questions:
        if est_vraie(question.condition, gardees):
            liste.append(question)
            gardees[question.code] = reponses.get(question.code)
    return liste


def _comparer(op: str, condition: Condition, reponse: Any) -> bool:
    if op == "egal":
        return reponse is not None and str(reponse) == str(condition["valeur"])
    if op == "dans":
        return reponse is not None and str(reponse) in {str(v) for v in condition["valeurs"]}
    if op in ("superieur", "inferieur"):
        return reponse not in (None, "") and _ordonner(op, reponse, condition["valeur"])
    raise ValueError(op)


def _ordonner(op: str, reponse: Any, valeur: Any) -> bool:
    try:
        gauche, droite = Decimal(str(reponse)), Decimal(str(valeur))
    except InvalidOperation:
        # ISO dates order as text.
        return str(reponse) > str(valeur) if op == "superieur" else str(reponse) < str(valeur)
    if gauche.is_nan() or droite.is_nan():  # "nan" is a Decimal, that no comparison accepts
        return False
    return gauche > droite if op == "superieur" else gauche < droite
