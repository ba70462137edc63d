"""What is counted, and the sums over time and motifs of counts made by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

Cle = TypeVar("Cle")


class Indicateur(StrEnum):
    """Facts that the page counts."""

    RECUES = "recues"
    COMPLETES = "completes"
    CONVOQUEES = "convoquees"
    RDV_PRIS = "rdv_pris"
    RDV_PRIS_REMISE = "rdv_pris_remise"
    HONORES = "honores"
    ABSENTS = "absents"
    PASSAGES = "passages"
    PERSONNES = "personnes"
    SANS_RDV = "sans_rdv"
    ACCORDEES = "accordees"
    REFUSEES = "refusees"
    REMISES = "remises"
    SANS_SUITE = "sans_suite"


@dataclass(frozen=True)
class Fait:
    """A count made by the database.

    Args:
        tranche: first day of the bar of the chart.
        motif_id: motif; None for a visit attached to no demande.
        indicateur: what is counted.
        nombre: how many.
    """

    tranche: date
    motif_id: int | None
    indicateur: Indicateur
    nombre: int


@dataclass(frozen=True)
class Comptes:
    """Counts by indicator: one field for each `Indicateur`."""

    recues: int = 0
    completes: int = 0
    convoquees: int = 0
    rdv_pris: int = 0
    rdv_pris_remise: int = 0
    honores: int = 0
    absents: int = 0
    passages: int = 0
    personnes: int = 0
    sans_rdv: int = 0
    accordees: int = 0
    refusees: int = 0
    remises: int = 0
    sans_suite: int = 0

    @property
    def decidees(self) -> int:
        """Decisions, favourable or not."""
        return self.accordees + self.refusees

    @property
    def part_absents(self) -> float | None:
        """Missed appointments out of a hundred whose outcome is known."""
        return pourcentage(self.absents, self.absents + self.honores)

    @property
    def part_sans_rdv(self) -> float | None:
        """Visits without appointment out of a hundred received."""
        return pourcentage(self.sans_rdv, self.passages)

    @property
    def part_accordees(self) -> float | None:
        """Favourable decisions out of a hundred."""
        return pourcentage(self.accordees, self.decidees)


def pourcentage(nombre: int, total: int) -> float | None:
    """Return a share out of a hundred; None of nothing."""
    return 100 * nombre / total if total else None


def totaux(faits: Iterable[Fait]) -> Comptes:
    """Sum over the period."""
    return _sommer(faits, lambda _: None).get(None, Comptes())


def par_tranche(faits: Iterable[Fait], tranches: Sequence[date]) -> list[tuple[date, Comptes]]:
    """Sum by bar of the chart, empty bars kept, in order."""
    sommes = _sommer(faits, lambda fait: fait.tranche)
    return [(tranche, sommes.get(tranche, Comptes())) for tranche in tranches]


def par_motif(faits: Iterable[Fait]) -> dict[int | None, Comptes]:
    """Sum by motif, those without any fact left out."""
    return _sommer(faits, lambda fait: fait.motif_id)


def _sommer(faits: Iterable[Fait], cle: Callable[[Fait], Cle]) -> dict[Cle, Comptes]:
    sommes: dict[Cle, Counter[str]] = {}
    for fait in faits:
        sommes.setdefault(cle(fait), Counter())[fait.indicateur.value] += fait.nombre
    return {valeur: Comptes(**comptes) for valeur, comptes in sommes.items()}
