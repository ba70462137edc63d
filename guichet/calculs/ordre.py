"""The order of call: each person's rank, an instant fixed at their arrival; the smallest is called first.

The rank is the hour of arrival, moved by the rules of the site:

- without an appointment, the arrival itself;
- with one, on time, early, or up to `tolerance_retard` late, its hour less `avance_rdv`: coming before one's hour never
  costs a place, and wins none;
- later still, the arrival, with or without that advantage (`retard`);
- for a person with priority (disability, pregnancy, age: CASF L241-3), `avance_priorite` less.

Everybody's claim then grows at one speed, a minute a minute. The accumulating priority queue (Kleinrock 1964;
Stanford, Taylor, Ziedins 2014) lets it grow faster for some: two persons who wait would change places, the order shown
would move, and each call would sort everyone again. With one speed the claim `now − rank` sorts like `rank` alone,
whatever the instant: a column, an index, and `FOR UPDATE SKIP LOCKED` give the order shown, which is the order called.

**Nobody starves.** Let C be `Regles.depassement_max`, the sum of what the rules may give. Whoever arrives at b has a
rank of b − C at least. So nobody who arrives at r + C or later passes before a person of rank r; with T the later of
that instant and of their arrival, c counters that serve them and never rest while they wait, and W the minutes of work
left at T (visits under way, and those then before them), they are called by T + W / c at the latest.
A person sent on to one counter is kept for it during `garde_guichet`: those minutes are added to the bound.
`tests/guichet/test_calculs_ordre.py` and `test_calculs_simulation.py` look for counter-examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)


class Retard(StrEnum):
    """What becomes of somebody too late for their appointment."""

    GARDE = "garde"
    PERD = "perd"


@dataclass(frozen=True)
class Regles:
    """The rules of a site, in minutes; the defaults hold in the whole country.

    Args:
        avance_rdv: how long before its hour an appointment counts as arrived.
        tolerance_retard: lateness that changes nothing.
        retard: later still, whether the arrival keeps that advantage (``garde``) or counts as without one (``perd``).
        avance_priorite: how much earlier a person with priority counts as arrived.
        appels_avant_absence: calls without an answer before an absence may be recorded.
        garde_guichet: how long a person sent to one counter is kept for it.
        avance_max: how long before an appointment the kiosk registers its person; the desk always may.
    """

    avance_rdv: int = 30
    tolerance_retard: int = 10
    retard: Retard = Retard.GARDE
    avance_priorite: int = 120
    appels_avant_absence: int = 1
    garde_guichet: int = 20
    avance_max: int = 60

    @property
    def depassement_max(self) -> int:
        """Minutes after a person's rank from which nobody who arrives passes before them."""
        return self.avance_rdv + self.tolerance_retard + self.avance_priorite


@dataclass(frozen=True)
class Personne:
    """Someone of the day.

    Args:
        cle: identifier, given in the order of arrival.
        arrivee: when they came, in minutes from any origin.
        heure: hour of their appointment, from the same origin; None without one.
        priorite: 0, or 1 with priority.
        presente: whether they wait now; one who is called, away or gone does not.
    """

    cle: int
    arrivee: float
    heure: float | None = None
    priorite: int = 0
    presente: bool = True


def rang(arrivee: float, heure: float | None, priorite: int, regles: Regles) -> float:
    """Return a rank, in minutes from the same origin as the instants given."""
    if heure is None:
        base = arrivee
    elif arrivee - heure <= regles.tolerance_retard:
        base = heure - regles.avance_rdv
    else:
        base = arrivee - (regles.avance_rdv if regles.retard == Retard.GARDE else 0)
    return base - regles.avance_priorite * priorite


def instant_de_rang(arrivee: datetime, heure: datetime | None, priorite: int, regles: Regles) -> datetime:
    """Return a rank as the instant that the database stores and sorts."""
    ecart = None if heure is None else (heure - arrivee) / MINUTE
    return arrivee + rang(0.0, ecart, priorite, regles) * MINUTE


def ordonner(personnes: Iterable[Personne], regles: Regles) -> list[Personne]:
    """Return those who wait, the one to call first; of two equal ranks, the one who came first."""
    presentes = (p for p in personnes if p.presente)
    return sorted(presentes, key=lambda p: (rang(p.arrivee, p.heure, p.priorite, regles), p.cle))


def derniere_arrivee_devant(autre: float, heure: float | None, priorite: int, regles: Regles) -> float | None:
    """Return the instant from which somebody who comes no longer passes before a rank; None when they never do.

    Args:
        autre: the rank, in minutes.
        heure: hour of the appointment of who is to come, from the same origin; None without one.
        priorite: theirs.
        regles: rules of the site.
    """
    if heure is None:
        return autre + regles.avance_priorite * priorite
    if rang(heure, heure, priorite, regles) >= autre:
        return None
    admis = heure + regles.tolerance_retard
    tard = admis + 1
    return max(admis, autre + tard - rang(tard, heure, priorite, regles))
