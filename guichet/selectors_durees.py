"""How long the visits of each queue took, for the planning: see `planning.selectors_durees`."""

from __future__ import annotations

from datetime import date

from demandes.models import Site
from guichet.selectors_attente import habitudes_de
from planning.selectors import MINUTES_REMISE
from planning.selectors_durees import Duree


def durees_des_files(site: Site, jour: date) -> dict[int, Duree]:
    """Return the visits of one person in the four weeks before a day, by queue."""
    habitudes = habitudes_de(site, jour)
    sommes: dict[int, tuple[int, float, float]] = {}
    for (file_id, motif_id, remise), mesure in habitudes.mesures.items():
        prevue = MINUTES_REMISE if remise else habitudes.minutes.get(motif_id or 0) or habitudes.pas.get(file_id, 0)
        if prevue:
            n, prevues, mesurees = sommes.get(file_id, (0, 0.0, 0.0))
            sommes[file_id] = (
                n + mesure.nombre,
                prevues + mesure.nombre * prevue,
                mesurees + mesure.nombre * mesure.moyenne,
            )
    return {file_id: Duree(n, prevues / n, mesurees / n) for file_id, (n, prevues, mesurees) in sommes.items()}
