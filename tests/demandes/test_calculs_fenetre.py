"""The window of deposit: D-120 to D-60, two months by quantième, clear days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.fenetre import Fenetre, fenetre_de_depot


def regle(maximum: int, minimum: int, *, mois: int | None = None, francs: bool = False) -> dict[str, object]:
    return {
        "avant_expiration_jours_max": maximum,
        "avant_expiration_jours_min": minimum,
        "avant_expiration_mois_max": mois,
        "question": "date_expiration_titre",
        "jours_francs": francs,
        "retard": None,
    }


@pytest.mark.parametrize(
    ("regle_", "terme", "ouverture", "fermeture"),
    [
        (regle(120, 60), date(2030, 6, 30), date(2030, 3, 2), date(2030, 5, 1)),
        (regle(62, 0, mois=2), date(2030, 4, 30), date(2030, 2, 28), date(2030, 4, 30)),
        (regle(62, 0, mois=2), date(2030, 1, 15), date(2029, 11, 15), date(2030, 1, 15)),
        (regle(15, 3, francs=True), date(2030, 3, 20), date(2030, 3, 4), date(2030, 3, 16)),
    ],
)
def test_window_is_counted_back_as_the_rule_says(regle_, terme, ouverture, fermeture):
    assert fenetre_de_depot(regle_, terme) == Fenetre(ouverture, fermeture)


@given(terme=st.dates(), mois=st.sampled_from([None, 2]), francs=st.booleans())
def test_any_date_that_can_be_typed_has_a_window_that_ends_by_its_term(terme, mois, francs):
    fenetre = fenetre_de_depot(regle(120, 0 if mois else 60, mois=mois, francs=francs), terme)
    assert fenetre.ouverture <= fenetre.fermeture <= terme
