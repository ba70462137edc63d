"""The bars stay in the view box, whatever their number, and grow with their values."""

from __future__ import annotations

from itertools import pairwise

import pytest

from planipref.commun.graphique import HAUTEUR, LARGEUR, barres, sommet_rond


def test_barres_are_proportional_and_stand_on_the_ground() -> None:
    dessin = barres([0, 5, 10], 10)
    assert [b.hauteur for b in dessin] == [0, 50, 100]
    assert {b.y + b.hauteur for b in dessin} == {HAUTEUR}
    assert [b.x for b in dessin] == [0, 320, 640]


def test_a_small_count_still_shows() -> None:
    assert barres([1], 1000)[0].hauteur == 1


@pytest.mark.parametrize("nombre", [1, 7, 31, 54, 62])
def test_barres_never_touch_nor_leave_the_box(nombre: int) -> None:
    dessin = barres([1] * nombre, 2)
    assert all(avant.x + avant.largeur < apres.x for avant, apres in pairwise(dessin))
    assert dessin[0].x == 0
    assert 0.98 * LARGEUR - 20 < dessin[-1].x + dessin[-1].largeur <= LARGEUR


@pytest.mark.parametrize(
    ("maximum", "sommet"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 10), (11, 20), (41, 100), (100, 100), (12_345, 20_000)]
)
def test_sommet_rond_is_the_next_round_number(maximum: int, sommet: int) -> None:
    assert sommet_rond(maximum) == sommet
