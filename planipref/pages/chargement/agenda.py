"""Slots: the grid of the past and of today, those already published, and the places that the story takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from planipref.pages.chargement.calendrier import Calendrier, texte
from planipref.pages.chargement.decor import FileDuDecor, Plage

# One future slot in three is left alone, whatever the load: the application must still have places to offer.
LAISSES = 3
ESSAIS = 12


@dataclass
class Case:
    """A slot.

    Args:
        id: identifier.
        file_id: queue.
        debut: instant.
        minutes: length.
        places: places.
        prises: places taken.
        reserve: places kept for walk-ins.
        nouvelle: whether this load makes it.
        prises_ici: places that this load takes.
    """

    id: int
    file_id: int
    debut: int
    minutes: int
    places: int
    prises: int
    reserve: int = 0
    nouvelle: bool = False
    prises_ici: int = 0

    @property
    def laissee(self) -> bool:
        """Say whether the story leaves it alone, full or not."""
        return self.debut // (self.minutes * 60) % LAISSES == 0

    def prendre(self) -> None:
        """Take a place, beyond the places if need be: the past is told as it was."""
        self.prises += 1
        self.prises_ici += 1
        self.places = max(self.places, self.prises)


@dataclass
class Agenda:
    """The slots of a préfecture.

    Args:
        files: its queues.
        calendrier: its days.
        prochain: identifier of the next slot to make.
    """

    files: Iterable[FileDuDecor]
    calendrier: Calendrier
    prochain: int
    _cases: dict[tuple[int, int], Case] = field(default_factory=dict)
    _jours: dict[tuple[int, int], list[Case]] = field(default_factory=dict)
    _a_venir: dict[int, list[Case]] = field(default_factory=dict)

    def poser(self, existantes: Iterable[Case], debut: int) -> None:
        """Lay the grid out from a day to today, around the slots that exist.

        Args:
            existantes: open slots of the base.
            debut: first day.
        """
        minuit = self.calendrier.instant(self.calendrier.aujourdhui, 0)
        for case in existantes:
            self._ranger(case, minuit)
        for file in self.files:
            for jour in range(debut, self.calendrier.aujourdhui + 1):
                if self.calendrier.est_ouvre(jour):
                    self._poser_jour(file, jour, minuit)
        for cases in (*self._jours.values(), *self._a_venir.values()):
            cases.sort(key=lambda c: c.debut)

    def prendre(self, file: FileDuDecor, jour: int, nombre: int, apres: int, alea: Random) -> list[Case]:
        """Take slots in a row on a day of the past, after an instant; empty when chance finds none."""
        cases = self._jours.get((file.id, jour), [])
        for essai in range(ESSAIS):
            if not cases:
                break
            suite = self._suite(cases[int(alea.random() * len(cases))], nombre)
            if suite and suite[0].debut > apres and (essai > ESSAIS // 2 or all(c.prises < c.places for c in suite)):
                return self._prises(suite)
        return []

    def prendre_a_venir(self, file: FileDuDecor, nombre: int, avant: int, alea: Random) -> list[Case]:
        """Take free slots in a row from today on, before an instant; empty when chance finds none."""
        cases = self._a_venir.get(file.id, [])
        for _ in range(ESSAIS if cases else 0):
            suite = self._suite(cases[int(alea.random() * len(cases))], nombre)
            if suite and all(c.prises < c.places and not c.laissee and c.debut < avant for c in suite):
                return self._prises(suite)
        return []

    def lignes(self) -> Iterable[str]:
        """Return the lines of COPY of the slots made."""
        for c in self._cases.values():
            if c.nouvelle:
                yield (
                    f"{c.id}\t{c.file_id}\t{texte(c.debut)}\t{c.minutes}\t{c.places}\t{c.prises}\t{c.reserve}\t0\touvert\n"
                )

    def changees(self) -> list[Case]:
        """Return the slots that existed and of which places were taken."""
        return [c for c in self._cases.values() if not c.nouvelle and c.prises_ici]

    def _prises(self, suite: list[Case]) -> list[Case]:
        for case in suite:
            case.prendre()
        return suite

    def _suite(self, premiere: Case, nombre: int) -> list[Case]:
        if nombre == 1:
            return [premiere]
        pas = premiere.minutes * 60
        suite = [self._cases.get((premiere.file_id, premiere.debut + pas * i)) for i in range(nombre)]
        return [c for c in suite if c is not None] if None not in suite else []

    def _ranger(self, case: Case, minuit: int) -> None:
        self._cases[case.file_id, case.debut] = case
        if case.debut >= minuit:
            self._a_venir.setdefault(case.file_id, []).append(case)
        else:
            self._jours.setdefault((case.file_id, self.calendrier.jour(case.debut)), []).append(case)

    def _poser_jour(self, file: FileDuDecor, jour: int, minuit: int) -> None:
        for plage in file.plages.get(date.fromordinal(jour).isoweekday(), ()):
            for secondes in range(plage.debut, plage.fin - file.pas + 1, file.pas):
                debut = self.calendrier.instant(jour, secondes)
                if (file.id, debut) not in self._cases:
                    self._ranger(self._case(file, debut, plage), minuit)

    def _case(self, file: FileDuDecor, debut: int, plage: Plage) -> Case:
        case = Case(self.prochain, file.id, debut, file.pas // 60, plage.places, 0, plage.reserve, nouvelle=True)
        self.prochain += 1
        return case
