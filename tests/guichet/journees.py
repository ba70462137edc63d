"""Simulated days watched at each arrival: what is announced with what was known then, beside what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from guichet.calculs.attente import Annonce, Attendu, Devant, Flux, Poste, Salle, annoncer
from guichet.calculs.durees import Loi, Mesure, loi_de
from guichet.calculs.ordre import Regles, rang
from guichet.calculs.simulation import Arrivee, Etat, Journee, Visite, jouer, tirer

REGLES = Regles()
POSTES = [Poste(frozenset({0}))] * 4
# A busy day: 4 counters, 12 appointments an hour of which 10 come, 5 people an hour without one, 15 minutes each.
CHARGEE = Journee([(15.0 * i, 3) for i in range(26)], 400.0, sans_rdv=0.08, part_prioritaire=0.08, loi=Loi(15.0, 0.5))


@dataclass(frozen=True)
class Releve:
    """An announcement, what the last ten waits would have said, and the wait itself."""

    annonce: Annonce
    moyenne_mobile: float
    attente: float


def relever(graines: range, *, catalogue: float = 20.0) -> Iterator[Releve]:
    """Announce to those who find every counter busy; the durations are those of five days before, and the catalogue's.

    Args:
        graines: days.
        catalogue: minutes that the catalogue gives, rightly or not.
    """
    passees = [v.venue.duree for g in range(1000, 1005) for v in jouer(tirer(CHARGEE, g), POSTES, REGLES)]
    moyenne = sum(passees) / len(passees)
    mesure = Mesure(len(passees), moyenne, sum((d - moyenne) ** 2 for d in passees) / len(passees))
    for graine in graines:
        temoin = _Temoin(loi_de(catalogue, mesure))
        for visite in jouer(tirer(CHARGEE, graine), POSTES, REGLES, observer=temoin):
            if visite.venue.cle in temoin.dits:
                yield Releve(*temoin.dits[visite.venue.cle], visite.attente)


class _Temoin:
    """Sees a day as the application does: what has happened, nobody's fate. Announces to one arrival in two."""

    def __init__(self, loi: Loi) -> None:
        self._loi = loi
        self._venus: Counter[float | None] = Counter()
        self._appeles: dict[int, Visite] = {}
        self.dits: dict[int, tuple[Annonce, float]] = {}

    def __call__(self, venue: Arrivee, etat: Etat) -> None:
        self._venus[venue.heure] += 1
        self._appeles |= {v.venue.cle: v for v in etat.en_cours if v}
        if venue.cle % 2 or None in etat.en_cours:
            return
        place = rang(venue.arrivee, venue.heure, venue.priorite, REGLES), venue.cle
        devant = [Devant(0, self._loi) for *rang_et_cle, _ in etat.file_d_attente() if tuple(rang_et_cle) < place]
        annonce = annoncer(0, place[0] - etat.instant, devant, self._salle(etat))
        assert annonce is not None
        derniers = sorted(self._appeles.values(), key=lambda v: v.debut)[-10:]
        self.dits[venue.cle] = annonce, sum(v.attente for v in derniers) / len(derniers)

    def _salle(self, etat: Etat) -> Salle:
        postes = [Poste(frozenset({0}), en_cours=self._loi, ecoule=etat.instant - v.debut) for v in etat.en_cours if v]
        attendus = [
            Attendu(0, heure - etat.instant, CHARGEE.presence, self._loi)
            for heure, nombre in CHARGEE.creneaux
            for _ in range(nombre - self._venus[heure])
        ]
        part = CHARGEE.part_prioritaire
        flux = [Flux(0, CHARGEE.sans_rdv * p, priorite, self._loi) for priorite, p in ((1, part), (0, 1 - part))]
        return Salle(postes, attendus, flux, REGLES)
