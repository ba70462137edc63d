"""The window in which a demande should be deposited, counted back from a date that the usager gives.

Source: CESEDA R431-5 (D-120 to D-60 online, two months else). It warns; it never refuses a deposit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demandes.calculs.delais import ajouter


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
    if mois:
        ouverture = _reculer(terme, mois, "mois")
    else:
        ouverture = _reculer(terme, regle["avant_expiration_jours_max"] + franc, "jours")
    return Fenetre(ouverture, _reculer(terme, regle["avant_expiration_jours_min"] + franc, "jours"))


def _reculer(terme: date, valeur: int, unite: str) -> date:
    try:
        return ajouter(terme, -valeur, unite)
    except (OverflowError, ValueError):  # a date typed in the first year of our era
        return date.min
