"""The public shift-scheduling benchmark of Curtois and Qu (2014), written with the engine's general rules only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from planning.calculs.affectation.moteur import Moteur

DONNEES = Path(__file__).with_name("donnees")


@dataclass(frozen=True)
class Salarie:
    """One line of SECTION_STAFF."""

    nom: str
    maximums: dict[str, int]
    minutes_max: int
    minutes_min: int
    suite_max: int
    suite_min: int
    repos_min: int
    week_ends: int


class Instance:
    """One file of the benchmark, by section."""

    def __init__(self, numero: int) -> None:
        self.sections: dict[str, list[list[str]]] = {}
        section = ""
        for ligne in (DONNEES / f"Instance{numero}.txt").read_text(encoding="utf-8").splitlines():
            if ligne.startswith("SECTION_"):
                section = ligne.strip()
                self.sections[section] = []
            elif ligne.strip() and not ligne.startswith("#"):
                self.sections[section].append(ligne.strip().split(","))
        self.jours = range(int(self.sections["SECTION_HORIZON"][0][0]))
        services = self.sections["SECTION_SHIFTS"]
        self.rang = {service: i for i, (service, *_) in enumerate(services)}
        self.minutes = {self.rang[service]: int(duree) for service, duree, _ in services}
        self.interdits = [(self.rang[s], self.rang[a]) for s, _, apres in services for a in apres.split("|") if a]
        self.salaries = [self._salarie(ligne) for ligne in self.sections["SECTION_STAFF"]]
        self.numero = {salarie.nom: i for i, salarie in enumerate(self.salaries)}

    @staticmethod
    def _salarie(ligne: list[str]) -> Salarie:
        nom, maximums, *bornes = ligne
        par_service = (m.split("=") for m in maximums.split("|"))
        return Salarie(nom, {service: int(n) for service, n in par_service}, *map(int, bornes))

    def conges(self) -> dict[str, set[int]]:
        """Days off by name."""
        return {nom: set(map(int, jours)) for nom, *jours in self.sections["SECTION_DAYS_OFF"]}

    def demandes(self, section: str) -> Iterator[tuple[int, int, int, int]]:
        """Requests: employee, day, shift, weight."""
        for nom, jour, service, poids in self.sections[section]:
            yield self.numero[nom], int(jour), self.rang[service], int(poids)


def moteur(instance: Instance) -> Moteur:
    """Write an instance with the words of the engine."""
    m = Moteur()
    conges = instance.conges()
    for i, salarie in enumerate(instance.salaries):
        for jour in instance.jours:
            if jour not in conges.get(salarie.nom, set()):
                for service, rang in instance.rang.items():
                    if salarie.maximums[service]:
                        m.ouvrir(i, jour, rang)
        _borner(m, instance, i, salarie)
    _demander(m, instance)
    for quand, service, besoin, dessous, dessus in instance.sections["SECTION_COVER"]:
        m.couvrir(m.sur(int(quand), [instance.rang[service]]), int(besoin), manque=int(dessous), exces=int(dessus))
    return m


def _borner(m: Moteur, instance: Instance, i: int, salarie: Salarie) -> None:
    for service, maximum in salarie.maximums.items():
        m.entre(m.de(i, postes={instance.rang[service]}), 0, maximum)
    minutes = [instance.minutes[p] for (a, _, p) in m.choix if a == i]
    m.entre(m.de(i), salarie.minutes_min, salarie.minutes_max, unites=minutes)
    jours = [m.travaille(m.de(i, periodes={jour})) for jour in instance.jours]
    m.suites(jours, au_plus=salarie.suite_max, au_moins=salarie.suite_min, repos_au_moins=salarie.repos_min)
    for jour in instance.jours[:-1]:
        for avant, apres in instance.interdits:
            m.jamais_les_deux(m.de(i, periodes={jour}, postes={avant}), m.de(i, periodes={jour + 1}, postes={apres}))
    m.au_plus_de_groupes([jours[s : s + 2] for s in range(5, len(instance.jours), 7)], salarie.week_ends)


def _demander(m: Moteur, instance: Instance) -> None:
    for i, jour, service, poids in instance.demandes("SECTION_SHIFT_ON_REQUESTS"):
        m.couter_toujours(poids)
        if (i, jour, service) in m.choix:
            m.couter(m.choix[i, jour, service], -poids)
    for i, jour, service, poids in instance.demandes("SECTION_SHIFT_OFF_REQUESTS"):
        if (i, jour, service) in m.choix:
            m.couter(m.choix[i, jour, service], poids)
