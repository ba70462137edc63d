"""The window in which a demande should be deposited, counted back from a date that the usager gives.

Source: CESEDA R431-5 (D-120 to D-60 online, two months else). It warns; it never refuses a deposit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from demandes.calculs.delais import ajouter_mois


@dataclass(frozen=True)
class Fenetre:
    """Days on which the deposit is in time, both included.

    Args:
        ouverture: first day.
        fermeture: last day.
    """

    ouverture: date
    fermeture: date


def fenetre_de_depot(regle: Mapping[str, Any], terme: date) -> Fenetre:
    """Return the window of a term: the expiry of a title, the day of an event.

    Args:
        regle: ``fenetre_depot`` of the catalogue: ``avant_expiration_jours_max`` and ``_min`` in days, or
            ``avant_expiration_mois_max`` in months, that wins; with ``jours_francs`` neither the day of the deposit
            nor the term counts.
        terme: date from which it is counted back.
    """
    franc = 1 if regle["jours_francs"] else 0
    mois = regle["avant_expiration_mois_max"]
    fermeture = _reculer(terme, jours=regle["avant_expiration_jours_min"] + franc)
    if mois:
        return Fenetre(_reculer(terme, mois=mois), fermeture)
    return Fenetre(_reculer(terme, jours=regle["avant_expiration_jours_max"] + franc), fermeture)


def _reculer(terme: date, *, jours: int = 0, mois: int = 0) -> date:
    try:
        return ajouter_mois(terme, -mois) if mois else terme - timedelta(days=jours)
    except (OverflowError, ValueError):  # a date typed in the first year of our era
        return date.min
