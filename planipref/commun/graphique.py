"""Geometry of a bar chart, in whole units of its view box: no number in the drawing depends on the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LARGEUR = 960
HAUTEUR = 100
ECART = 2  # between two bars


@dataclass(frozen=True)
class Barre:
    """One bar.

    Args:
        x: left edge.
        y: upper edge, from the top.
        largeur: width.
        hauteur: height; 0 for nothing, at least 1 otherwise.
    """

    x: int
    y: int
    largeur: int
    hauteur: int


def barres(valeurs: Sequence[int], sommet: int) -> list[Barre]:
    """Return one bar per value, side by side over the whole width.

    Args:
        valeurs: counts, none above `sommet`.
        sommet: value at the top of the chart, above 0.
    """
    dessin = []
    for rang, valeur in enumerate(valeurs):
        gauche, droite = (bord * LARGEUR // len(valeurs) for bord in (rang, rang + 1))
        hauteur = max(1, round(valeur * HAUTEUR / sommet)) if valeur else 0
        dessin.append(Barre(gauche, HAUTEUR - hauteur, max(1, droite - gauche - ECART), hauteur))
    return dessin


def sommet_rond(maximum: int) -> int:
    """Return the first of 2, 4, 10, 20, 40, 100… that is not below a count: half of it is whole too."""
    puissance = 1
    while True:
        for facteur in (2, 4, 10):
            if facteur * puissance >= maximum:
                return facteur * puissance
        puissance *= 10
