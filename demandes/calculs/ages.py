"""Ages, from birth dates whose day or month civil status may not know."""

from __future__ import annotations

from datetime import date

MAJORITE = 18


def est_mineur(date_naissance: str, jour: date) -> bool:
    """Say whether a person may still be a minor on a day; an unknown day or month counts as the last one.

    Args:
        date_naissance: ``AAAA-MM-JJ``, with ``00`` where it is not known.
        jour: civil day.
    """
    annee, mois, du_mois = (int(partie) for partie in date_naissance.split("-"))
    return (annee + MAJORITE, mois or 12, du_mois or 31) > (jour.year, jour.month, jour.day)


def age_au(date_naissance: str, jour: date) -> int:
    """Return how old a person is on a day, in years; an unknown day or month counts as the last one."""
    annee, mois, du_mois = (int(partie) for partie in date_naissance.split("-"))
    return jour.year - annee - ((mois or 12, du_mois or 31) > (jour.month, jour.day))
