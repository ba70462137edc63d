"""What an announcement of the wait costs, without the database: a crowded room, 200 people and 60 counters."""

from __future__ import annotations

import time
from typing import Any

from bench.rapport import quantile
from guichet.calculs.attente import Attendu, Devant, Flux, Poste, Salle, annoncer
from guichet.calculs.durees import Loi

PERSONNES, GUICHETS, RENDEZ_VOUS = 200, 60, 40


def mesurer(*, rapide: bool) -> dict[str, Any]:
    """Announce to somebody behind everyone, again and again."""
    loi, file = Loi(15.0), frozenset({0})
    salle = Salle(
        [Poste(file, en_cours=loi, ecoule=5.0 + i % 10) for i in range(GUICHETS)],
        [Attendu(0, float(i), 0.85, loi) for i in range(RENDEZ_VOUS)],
        [Flux(0, 0.05, 1, loi)],
    )
    devant = [Devant(0, loi)] * PERSONNES
    durees = []
    for _ in range(5 if rapide else 200):
        depart = time.perf_counter()
        annoncer(0, 0.0, devant, salle)
        durees.append(time.perf_counter() - depart)
    return {
        "personnes": PERSONNES,
        "guichets": GUICHETS,
        "p50_ms": round(quantile(durees, 0.5) * 1000, 2),
        "p95_ms": round(quantile(durees, 0.95) * 1000, 2),
    }
