"""The conditions of the catalogue: against an evaluation written otherwise, and the laws of logic."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.conditions import est_vraie

QUESTIONS = ("a", "b", "c")
VALEURS = st.sampled_from(["oui", "non", "", "3", "10", "2.5", "2029-12-31", "2030-01-01", 3, 10, 2.5, True])
REPONSES = st.dictionaries(st.sampled_from(QUESTIONS), VALEURS | st.none())


def comparaisons() -> st.SearchStrategy[dict[str, Any]]:
    question = st.sampled_from(QUESTIONS)
    return st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["egal", "superieur", "inferieur"]), "question": question, "valeur": VALEURS}
        ),
        st.fixed_dictionaries({"op": st.just("dans"), "question": question, "valeurs": st.lists(VALEURS, max_size=3)}),
    )


CONDITIONS = st.recursive(
    comparaisons(),
    lambda sous: st.one_of(
        st.fixed_dictionaries({"op": st.sampled_from(["et", "ou"]), "termes": st.lists(sous, max_size=3)}),
        st.fixed_dictionaries({"op": st.just("non"), "terme": sous}),
    ),
    max_leaves=8,
)


def nombre(valeur: Any) -> float | None:
    try:
        return float(str(valeur))
    except ValueError:
        return None


def comparer(c: dict[str, Any], reponse: Any) -> bool:
    if reponse is None:
        return False
    if c["op"] == "egal":
        return str(c["valeur"]) == str(reponse)
    if c["op"] == "dans":
        return [str(v) for v in c["valeurs"]].count(str(reponse)) > 0
    if reponse == "":
        return False
    gauche, droite = nombre(reponse), nombre(c["valeur"])
    paire: list[Any] = [gauche, droite] if None not in (gauche, droite) else [str(reponse), str(c["valeur"])]
    if c["op"] == "inferieur":
        paire.reverse()
    return sorted(paire) != paire


def autrement(condition: dict[str, Any], reponses: dict[str, Any]) -> bool:
    """Evaluate without the code under test."""
    if condition["op"] == "et":
        return sum(autrement(t, reponses) for t in condition["termes"]) == len(condition["termes"])
    if condition["op"] == "ou":
        return sum(autrement(t, reponses) for t in condition["termes"]) > 0
    if condition["op"] == "non":
        return autrement(condition["terme"], reponses) is False
    return comparer(condition, reponses.get(condition["question"]))


@given(CONDITIONS, REPONSES)
def test_condition_is_what_another_evaluation_says(condition, reponses):
    assert est_vraie(condition, reponses) is autrement(condition, reponses)


@given(CONDITIONS, CONDITIONS, REPONSES)
def test_conditions_follow_de_morgan(p, q, reponses):
    non_et = {"op": "non", "terme": {"op": "et", "termes": [p, q]}}
    ou_des_nons = {"op": "ou", "termes": [{"op": "non", "terme": p}, {"op": "non", "terme": q}]}
    assert est_vraie(non_et, reponses) == est_vraie(ou_des_nons, reponses)
    assert est_vraie({"op": "non", "terme": {"op": "non", "terme": p}}, reponses) == est_vraie(p, reponses)


@given(comparaisons())
def test_comparison_without_an_answer_is_false(condition):
    assert not est_vraie(condition, {})
    assert not est_vraie(condition, {condition["question"]: None})


@given(REPONSES)
def test_condition_absent_is_true_and_empty_groups_are_neutral(reponses):
    assert est_vraie(None, reponses)
    assert est_vraie({"op": "et", "termes": []}, reponses)
    assert not est_vraie({"op": "ou", "termes": []}, reponses)


@pytest.mark.parametrize("op", ["superieur", "inferieur"])
@given(reponse=st.text(max_size=12) | st.sampled_from(["NaN", "sNaN", "nan", "Infinity", "-Infinity", "1e999999", "٣"]))
def test_comparison_of_any_text_answers_and_never_fails(op, reponse):
    assert est_vraie({"op": op, "question": "q", "valeur": 3}, {"q": reponse}) in (True, False)


@pytest.mark.parametrize("reponse", ["NaN", "nan", "sNaN", "-nan"])
@pytest.mark.parametrize("op", ["superieur", "inferieur"])
def test_comparison_of_what_is_no_number_is_false(op, reponse):
    assert not est_vraie({"op": op, "question": "q", "valeur": 3}, {"q": reponse})


@pytest.mark.parametrize(
    ("op", "reponse", "valeur", "attendu"),
    [
        ("superieur", "10", 9, True),  # as numbers, not as text
        ("superieur", "9", "10", False),
        ("inferieur", "2.50", "2.5", False),
        ("superieur", "2030-01-01", "2029-12-31", True),
        ("inferieur", "2029-12-31", "2030-01-01", True),
        ("superieur", "", 0, False),
    ],
)
def test_comparison_orders_numbers_and_dates(op, reponse, valeur, attendu):
    assert est_vraie({"op": op, "question": "q", "valeur": valeur}, {"q": reponse}) is attendu


def test_condition_with_an_unknown_operator_is_refused():
    with pytest.raises(ValueError, match="xor"):
        est_vraie({"op": "xor", "question": "q", "valeur": 1}, {"q": 1})
