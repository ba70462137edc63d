"""What a site decides of its slots, and what follows for each of them: pure arithmetic on days and places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Quota(StrEnum):
    """Who places are kept for, each with a share of its own."""

    TITRE = "titre"
    VULNERABLE = "vulnerable"
    ACCOMPAGNE = "accompagne"


@dataclass(frozen=True)
class ReglesCreneaux:
    """The rules of a site's slots; the defaults are those of the country until an administrator sets others.

    Args:
        horizon_jours: days before which the places of a day become bookable.
        heure_ouverture: time of that morning, local.
        reserve_pourcent: share of the places kept for people who come without appointment.
        titre_pourcent: share of the bookable places kept for whose title ends soon.
        vulnerable_pourcent: share kept for whom an agent says it: why is not kept.
        accompagne_pourcent: share kept for whom an association or France Services helps.
        gardees_jours: days before which the places kept open to all.
        urgence_jours: a title that ends within so many days ends soon.
        remise_minutes: longest delay, drawn at random, before a freed place is offered to all, once its person may
            not take it back any more; 0 for the least: three minutes when somebody waits for a place, one when its
            person could take it back, else none.
        offre_minutes: how long an offered place is held for one person.
        offre_heures: a place is not offered to the waiting list less than so many hours before.
        offres_max: offers that one person may let pass before leaving the waiting list.
        deplacer_heures: a person moves their appointment until so many hours before; 0 until its start.
        annuler_heures: same for cancelling it.
    """

    horizon_jours: int = 35
    heure_ouverture: time = time(9)
    reserve_pourcent: int = 0
    titre_pourcent: int = 0
    vulnerable_pourcent: int = 0
    accompagne_pourcent: int = 0
    gardees_jours: int = 3
    urgence_jours: int = 30
    remise_minutes: int = 30
    offre_minutes: int = 120
    offre_heures: int = 24
    offres_max: int = 3
    deplacer_heures: int = 2
    annuler_heures: int = 2

    def pourcent(self, quota: Quota) -> int:
        """Return the share of the bookable places kept for somebody."""
        return {
            Quota.TITRE: self.titre_pourcent,
            Quota.VULNERABLE: self.vulnerable_pourcent,
            Quota.ACCOMPAGNE: self.accompagne_pourcent,
        }[quota]


@dataclass(frozen=True)
class Limites:
    """Until when a person may change their appointment themselves.

    Args:
        deplacer: last instant to move it, excluded.
        annuler: last instant to cancel it, excluded.
    """

    deplacer: datetime
    annuler: datetime


def limites(debut: datetime, regles: ReglesCreneaux) -> Limites:
    """Return until when an appointment may be moved or cancelled by its person; never once it has begun.

    Args:
        debut: aware start; hours are counted as they pass, whatever the clocks do that night.
        regles: of its site.
    """
    fin = debut.astimezone(UTC)
    return Limites(
        deplacer=fin - timedelta(hours=regles.deplacer_heures), annuler=fin - timedelta(hours=regles.annuler_heures)
    )


def vague(jour: date, regles: ReglesCreneaux, *, fuseau: str, feries: Collection[date] = ()) -> datetime:
    """Return when the places of a day become bookable: at an office hour, never on a weekend nor a public holiday.

    Args:
        jour: day of the appointments.
        regles: of the site.
        fuseau: IANA timezone of the préfecture.
        feries: public holidays; the wave waits for the next working day.
    """
    ouverture = jour - timedelta(days=regles.horizon_jours)
    while ouverture < jour and (ouverture.isoweekday() > 5 or ouverture in feries):
        ouverture += timedelta(days=1)
    return datetime.combine(ouverture, regles.heure_ouverture, tzinfo=ZoneInfo(fuseau))


def fin_de_garde(jour: date, regles: ReglesCreneaux, *, fuseau: str) -> datetime:
    """Return when the places kept for priority demandes open to all."""
    ouverture = jour - timedelta(days=regles.gardees_jours)
    return datetime.combine(ouverture, regles.heure_ouverture, tzinfo=ZoneInfo(fuseau))


def repartir(nombres: Iterable[int], numerateur: int, denominateur: int = 100) -> Iterator[int]:
    """Take a share of each number, whole, so that the sum from the first is right at each step, rounded down.

    Args:
        nombres: of a day, in order.
        numerateur: share, above `denominateur`.
        denominateur: what makes the whole.
    """
    total = pris = 0
    for n in nombres:
        total += n
        part = total * numerateur // denominateur - pris
        pris += part
        yield part


@dataclass(frozen=True)
class Partage:
    """The places of a slot.

    Args:
        guichets: counters held.
        places: bookable.
        reserve: kept for people without appointment.
        gardees: bookable ones kept for a time, in the order of `Quota`.
    """

    guichets: int
    places: int
    reserve: int
    gardees: tuple[int, ...]


def partager(guichets: Sequence[int], reserves: Sequence[int], *, rythme: int, regles: ReglesCreneaux) -> list[Partage]:
    """Turn the counters of each slot of a day into places.

    Args:
        guichets: counters held at each slot.
        reserves: places that the opening itself keeps for people without appointment.
        rythme: what a visit really takes, in per cent of what is planned: 120 leaves 5 places for 6 counters.
        regles: of the site.
    """
    totaux = list(repartir(guichets, 100, rythme))
    parts = repartir(totaux, regles.reserve_pourcent)
    tenues = [min(t, max(r, part)) for t, r, part in zip(totaux, reserves, parts, strict=True)]
    places = [t - r for t, r in zip(totaux, tenues, strict=True)]
    gardees = garder(places, [regles.pourcent(quota) for quota in Quota])
    return [Partage(n, p, r, g) for n, p, r, g in zip(guichets, places, tenues, gardees, strict=True)]


def garder(places: Sequence[int], pourcents: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Keep a share of the places of each slot of a day for each of some quotas, never more in all than there are.

    Each place kept goes to the quota that has waited for one the most: they do not all fall on the same slots.

    Args:
        places: bookable, of each slot in order.
        pourcents: share of each quota.
    """
    dus = [0] * len(pourcents)
    for n, total in zip(places, repartir(places, min(100, sum(pourcents))), strict=True):
        dus = [du + n * part for du, part in zip(dus, pourcents, strict=True)]
        gardees = [0] * len(pourcents)
        for _ in range(total):
            servi = max(range(len(dus)), key=dus.__getitem__)
            gardees[servi] += 1
            dus[servi] -= 100
        yield tuple(gardees)
