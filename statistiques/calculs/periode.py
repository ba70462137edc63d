"""Periods of civil days, named or chosen, and how a chart cuts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

JOURS_PAR_JOUR = 31  # at most as many days in a chart by day
JOURS_PAR_SEMAINE = 371  # 53 weeks in a chart by week
DUREE_MAXIMALE_JOURS = 3 * 366


class Pas(StrEnum):
    """Width of a bar; the value is PostgreSQL's word for it."""

    JOUR = "day"
    SEMAINE = "week"
    MOIS = "month"


@dataclass(frozen=True)
class Periode:
    """Civil days from the first to the last, both included.

    Args:
        du: first day.
        au: last day.
    """

    du: date
    au: date

    @property
    def nb_jours(self) -> int:
        """Number of days."""
        return (self.au - self.du).days + 1

    @property
    def pas(self) -> Pas:
        """How wide a bar is, so that a chart keeps at most 60 of them."""
        if self.nb_jours <= JOURS_PAR_JOUR:
            return Pas.JOUR
        return Pas.SEMAINE if self.nb_jours <= JOURS_PAR_SEMAINE else Pas.MOIS

    def tranches(self) -> list[date]:
        """Return the first day of each bar: the day, the Monday or the first of the month, as PostgreSQL truncates."""
        tranches, jour = [], debut_de_tranche(self.du, self.pas)
        while jour <= self.au:
            tranches.append(jour)
            jour = _suivante(jour, self.pas)
        return tranches

    def bornes_de(self, tranche: date) -> Periode:
        """Return the days of a bar that lie in the period: its first and last bars may be cut short."""
        return Periode(max(tranche, self.du), min(_suivante(tranche, self.pas) - timedelta(days=1), self.au))


def debut_de_tranche(jour: date, pas: Pas) -> date:
    """Return the first day of the bar that holds a day."""
    if pas is Pas.JOUR:
        return jour
    return jour - timedelta(days=jour.weekday()) if pas is Pas.SEMAINE else jour.replace(day=1)


def _suivante(tranche: date, pas: Pas) -> date:
    if pas is Pas.MOIS:
        return (tranche + timedelta(days=31)).replace(day=1)
    return tranche + timedelta(days=1 if pas is Pas.JOUR else 7)


PAR_DEFAUT = "30j"
NOMMEES: dict[str, str] = {
    "7j": "7 derniers jours",
    "30j": "30 derniers jours",
    "90j": "90 derniers jours",
    "mois-dernier": "Mois dernier",
    "annee": "Cette année",
    "12m": "12 derniers mois",
}


def periode_nommee(code: str, aujourdhui: date) -> Periode:
    """Return a named period that ends today, or with the last month.

    Args:
        code: a key of `NOMMEES`.
        aujourdhui: the day in the préfecture.

    Raises:
        KeyError: the code has no name.
    """
    if code == "mois-dernier":
        fin = aujourdhui.replace(day=1) - timedelta(days=1)
        return Periode(fin.replace(day=1), fin)
    if code == "annee":
        return Periode(aujourdhui.replace(month=1, day=1), aujourdhui)
    jours = {"7j": 7, "30j": 30, "90j": 90, "12m": 365}[code]
    return Periode(aujourdhui - timedelta(days=jours - 1), aujourdhui)
