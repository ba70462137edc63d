"""Presence estimates: near the truth on invented facts, calibrated, never worse than one rate for all, and fair."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from planning.calculs.presence import NOMS, Circonstances, Dixieme, Modele, apprendre, calibrer

Faits = tuple[list[Circonstances], np.ndarray, np.ndarray]


def inventer(nombre: int, graine: int) -> Faits:
    """Appointments, the probability that each comes, and whether they came; thirty motifs that differ."""
    tirage = np.random.default_rng(graine)
    des_motifs = np.random.default_rng(7).normal(0, 0.35, 30)
    passes = [
        Circonstances(
            motif=int(tirage.integers(30)),
            choisi=bool(tirage.random() < 0.7),
            delai=float(tirage.exponential(15)),
            rappels=int(tirage.integers(3)),
            absences=int(tirage.random() < 0.2),
            heure=float(tirage.uniform(9, 16)),
            jour=int(tirage.integers(5)),
        )
        for _ in range(nombre)
    ]
    logits = [
        1.3 + 0.8 * c.choisi - 0.3 * np.log1p(c.delai) + 0.4 * c.rappels - 0.9 * c.absences + des_motifs[c.motif]
        for c in passes
    ]
    p = 1 / (1 + np.exp(-np.array(logits)))
    return passes, p, tirage.random(nombre) < p


def brier(p: np.ndarray, venus: np.ndarray) -> float:
    """Mean squared error of probabilities."""
    return float(((p - venus) ** 2).mean())


def ecart_de_calibration(p: np.ndarray, venus: np.ndarray) -> float:
    """Expected calibration error, over ten groups of one size."""
    ordre = np.array_split(np.argsort(p), 10)
    return float(sum(len(g) / len(p) * abs(p[g].mean() - venus[g].mean()) for g in ordre))


@pytest.mark.parametrize(
    ("nombre", "au_plus", "calibre"), [(300, 0.006, 0.03), (2_000, 0.004, 0.015), (20_000, 0.002, 0.01)]
)
def test_estimates_are_near_the_truth_and_calibrated(nombre: int, au_plus: float, calibre: float) -> None:
    """Bounds of `quant.md`, R7, on facts never seen."""
    passes, _, venus = inventer(nombre, 1)
    modele = apprendre(passes, list(venus))
    inconnus, vrais, viendront = inventer(40_000, 2)
    p = modele.presences(inconnus)
    oracle = brier(vrais, viendront)
    assert brier(p, viendront) <= oracle + au_plus
    assert ecart_de_calibration(p, vrais) <= calibre
    assert brier(p, viendront) < brier(np.full(len(p), venus.mean()), viendront), "never worse than one rate for all"


def test_without_facts_the_published_rates_answer() -> None:
    modele = apprendre([], [])
    assert modele.presence(Circonstances(1, choisi=True, delai=10)) == pytest.approx(0.888, abs=1e-3)
    assert modele.presence(Circonstances(1, choisi=False, delai=10)) == pytest.approx(0.762, abs=1e-3)
    (effet,) = modele.expliquer(Circonstances(1, choisi=True, delai=10))
    assert (effet.nom, round(effet.points, 1)) == ("choisi", 12.6), "23.8 % missed when given, 11.2 % when chosen"
    (effet,) = modele.expliquer(Circonstances(1, choisi=False, delai=10))
    assert (effet.nom, round(effet.points, 1)) == ("impose", -12.6)
    assert modele.presences([]).size == 0


def test_few_facts_move_little_and_an_unknown_motif_is_like_the_others() -> None:
    venus = [False] * 3
    modele = apprendre([Circonstances(1, choisi=True, delai=14)] * 3, venus)
    assert 0.6 < modele.presence(Circonstances(1, choisi=True, delai=14)) < 0.888
    assert modele.presence(Circonstances(99, choisi=True, delai=14)) > modele.presence(
        Circonstances(1, choisi=True, delai=14)
    )


def test_each_circumstance_says_what_it_changes() -> None:
    passes, _, venus = inventer(5_000, 3)
    modele = apprendre(passes, list(venus))
    fragile = Circonstances(passes[0].motif, choisi=False, delai=40, rappels=0, absences=2)
    effets = modele.expliquer(fragile)
    assert effets[0].nom == "absences"
    assert effets[0].points < -5
    assert {e.nom for e in effets} <= set(NOMS)
    forces = [abs(e.points) for e in effets]
    assert forces == sorted(forces, reverse=True)


def test_nothing_about_the_person_is_looked_at_but_what_they_missed() -> None:
    assert {f.name for f in fields(Circonstances)} == {
        "motif", "choisi", "delai", "rappels", "absences", "heure", "jour",
    }  # fmt: skip


def test_same_facts_give_the_same_model() -> None:
    passes, _, venus = inventer(500, 4)
    un, deux = (apprendre(passes, list(venus)) for _ in range(2))
    assert isinstance(un, Modele)
    assert (un.coefficients == deux.coefficients).all()


def test_calibration_groups_from_the_least_to_the_most_expected() -> None:
    groupes = calibrer([0.9, 0.2, 0.8, 0.4], [True, False, True, True], groupes=2)
    assert [(g.nombre, g.observe) for g in groupes] == [(2, 0.5), (2, 1.0)]
    assert [g.prevu for g in groupes] == pytest.approx([0.3, 0.85])
    assert calibrer([0.5], [True]) == [Dixieme(1, 0.5, 1.0)]
