"""Legal clock of a demande, as pure arithmetic on dates. Sources: CRPA L114-5, L231-1 s.; CESEDA R*432-1, R432-2."""

from __future__ import annotations

import calendar
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Suspension:
    """Days during which a rejecting clock stands still.

    Args:
        debut: civil date of the notification of what is missing.
        fin: date of production, or the deadline given, whichever comes first.
    """

    debut: date
    fin: date

    @property
    def jours(self) -> int:
        """Length in days, never negative."""
        return max(0, (self.fin - self.debut).days)


def ajouter_mois(depart: date, mois: int) -> date:
    """Add months by quantième: the same day number, or the last day of a shorter month."""
    rang = depart.month - 1 + mois
    annee, numero = depart.year + rang // 12, rang % 12 + 1
    return date(annee, numero, min(depart.day, calendar.monthrange(annee, numero)[1]))


def est_ouvre(jour: date, feries: Container[date]) -> bool:
    """Say whether a day is worked: neither a weekend day nor a public holiday."""
    return jour.weekday() < 5 and jour not in feries


def ajouter(depart: date, valeur: int, unite: str, feries: Container[date] = ()) -> date:
    """Add a legal delay to a date.

    Args:
        depart: date from which it runs.
        valeur: length, in `unite`.
        unite: ``mois``, ``jours``, ``jours_ouvres`` or ``jours_francs`` (first and last day not counted,
            moved on when it ends on a day off).
        feries: public holidays.

    Raises:
        ValueError: unknown unit.
    """
    if unite == "mois":
        return ajouter_mois(depart, valeur)
    if unite == "jours":
        return depart + timedelta(days=valeur)
    if unite == "jours_ouvres":
        jour = depart
        for _ in range(valeur):
            jour += timedelta(days=1)
            while not est_ouvre(jour, feries):
                jour += timedelta(days=1)
        return jour
    if unite == "jours_francs":
        jour = depart + timedelta(days=valeur + 1)
        while not est_ouvre(jour, feries):
            jour += timedelta(days=1)
        return jour
    raise ValueError(unite)


def echeance(
    deposee: date,
    valeur: int | None,
    unite: str,
    *,
    silence: str,
    suspensions: Iterable[Suspension] = (),
    produite: date | None = None,
    feries: Container[date] = (),
) -> date | None:
    """Return the day on which silence is worth a decision, or the legal delay ends; None without a delay.

    A clock of rejection is suspended by each request for missing pieces, capped by the deadline given; a request made
    once the refusal is born moves nothing any more (CE, 6 May 2025, n° 499904). A clock of
    acceptance starts only when everything asked has been received (CRPA L114-5).

    Args:
        deposee: civil date of reception.
        valeur: legal delay, in `unite`; None when the motif has none.
        unite: unit of the delay.
        silence: ``rejet``, ``acceptation`` or empty.
        suspensions: requests for missing pieces that suspend.
        produite: date on which the last asked piece was received, if any was asked.
        feries: public holidays of the préfecture.
    """
    if valeur is None:
        return None
    if silence == "acceptation":
        return ajouter(max(deposee, produite or deposee), valeur, unite, feries)
    fin = ajouter(deposee, valeur, unite, feries)
    for suspension in sorted(suspensions, key=lambda s: s.debut):
        if suspension.debut > fin:
            break
        fin += timedelta(days=suspension.jours)
    return fin
