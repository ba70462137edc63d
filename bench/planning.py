"""The calculations of the planning: the week of 60 agents and 25 posts, and the places of a day with 8 counters."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from planning.calculs.affectation.instance import lire
from planning.calculs.affectation.recherche import planifier
from planning.calculs.surreservation import Journee, optimiser

SEMAINE = Path(__file__).resolve().parents[1] / "tests" / "planning" / "donnees" / "semaine60.json"
REFERENCE = 2886  # of the reference solver of the data, in 15 s
SECONDES = 30.0
# The reference day of `quant.md`: 8 counters, 22 slots of 20 minutes, mean 18 minutes, walk-ins, 82 % who come.
JOURNEE, PRESENCES = Journee(8, 20.0, 18.0, 0.5, flux=0.04), [0.82] * 22


def mesurer(*, rapide: bool) -> dict[str, Any]:
    """Search for the week in the time allowed, and for the places of the day."""
    semaine = lire(json.loads(SEMAINE.read_text(encoding="utf-8")))
    resultat = planifier(semaine, secondes=2.0 if rapide else SECONDES)
    optimiser(JOURNEE, PRESENCES)  # the chains of a site's size are built once
    depart = time.perf_counter()
    places = optimiser(JOURNEE, PRESENCES)
    return {
        "agents": len(semaine.agents),
        "postes": len(semaine.postes),
        "secondes": round(resultat.secondes, 1),
        "objectif": resultat.objectif,
        "borne": resultat.borne,
        "reference": REFERENCE,
        "places": sum(places),
        "optimiser_ms": round((time.perf_counter() - depart) * 1000),
    }
