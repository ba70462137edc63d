"""Simulated days watched at each arrival: what is announced with what was known then, beside what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from guichet.calculs.attente import Annonce, Attendu, Devant, Flux, Poste, Salle, annoncer
from guichet.calculs.durees import Loi, Mesure, loi_de
from guichet.calculs.ordre import Regles, rang
from guichet.calculs.simulation import Arrivee, Etat, Journee, Retour, Visite, jouer, tirer

REGLES = Regles()
POSTES = [Poste(frozenset({0}))] * 4
# A busy day: 4 counters, 12 appointments an hour of which 10 come, 5 people an hour without one, 15 minutes each.
CHARGEE = Journee([(15.0 * i, 3) for i in range(26)], 400.0, sans_rdv=0.08, part_prioritaire=0.08, loi=Loi(15.0, 0.5))


# The counter that also serves the queue where people are sent on; and the same day, with them and those put aside.
POSTES_DETOURS = [*POSTES[:3], Poste(frozenset({0, 1}))]
PART_DE_COTE, PART_TRANSFEREE, CAISSE = 0.08, 0.06, Loi(8.0)


def detourner(venues: Iterable[Arrivee], graine: int) -> Iterator[Arrivee]:
    """Put some aside in the middle of their visit, 3 to 25 minutes, and send others on, with their rank, to a queue."""
    for venue in venues:
        alea = Random(graine * 7919 + venue.cle)
        sort = alea.random()
        if sort < PART_DE_COTE:
            faite = venue.duree * alea.uniform(0.2, 0.8)
            reste = Retour(alea.uniform(3, 25), venue.duree - faite, en_tete=True)
            yield replace(venue, duree=faite, retour=reste)
        elif sort < PART_DE_COTE + PART_TRANSFEREE:
            yield replace(venue, retour=Retour(0.0, alea.lognormvariate(CAISSE.mu, CAISSE.sigma), file=1))
        else:
            yield venue


@dataclass(frozen=True)
class Releve:
    """An announcement, what the last ten waits would have said, and the wait itself."""

    annonce: Annonce
    moyenne_mobile: float
    attente: float


def relever(graines: range, *, catalogue: float = 20.0, detours: bool = False) -> Iterator[Releve]:
    """Announce to those who find every counter busy; the durations are those of five days before, and the catalogue's.

    Args:
        graines: days.
        catalogue: minutes that the catalogue gives, rightly or not.
        detours: whether some are put aside or sent on; the application measures the visits of one piece.
    """
    postes = POSTES_DETOURS if detours else POSTES

    def venues(graine: int) -> Iterable[Arrivee]:
        return detourner(tirer(CHARGEE, graine), graine) if detours else tirer(CHARGEE, graine)

    coupees = {(g, v.cle) for g in range(1000, 1005) for v in venues(g) if v.retour is not None}
    passees = [
        v.venue.duree
        for g in range(1000, 1005)
        for v in jouer(venues(g), postes, REGLES)
        if (g, v.venue.cle) not in coupees
    ]
    moyenne = sum(passees) / len(passees)
    mesure = Mesure(len(passees), moyenne, sum((d - moyenne) ** 2 for d in passees) / len(passees))
    for graine in graines:
        temoin = _Temoin(loi_de(catalogue, mesure), postes)
        for visite in jouer(venues(graine), postes, REGLES, observer=temoin):
            if visite.venue.cle in temoin.dits:
                yield Releve(*temoin.dits.pop(visite.venue.cle), visite.attente)


class _Temoin:
    """Sees a day as the application does: what has happened, nobody's fate. Announces to one arrival in two."""

    def __init__(self, loi: Loi, postes: Sequence[Poste]) -> None:
        self._lois = {0: loi, 1: CAISSE}
        self._postes = postes
        self._venus: Counter[float | None] = Counter()
        self._appeles: dict[int, Visite] = {}
        self.dits: dict[int, tuple[Annonce, float]] = {}

    def __call__(self, venue: Arrivee, etat: Etat) -> None:
        self._venus[venue.heure] += 1
        self._appeles |= {v.venue.cle: v for v in etat.en_cours if v and v.venue.file == 0}
        if venue.cle % 2 or None in etat.en_cours:
            return
        place = rang(venue.arrivee, venue.heure, venue.priorite, REGLES), venue.cle
        devant = [
            Devant(v.file, self._lois[v.file])
            for *rang_et_cle, v in etat.file_d_attente()
            if tuple(rang_et_cle) < place
        ]
        annonce = annoncer(0, place[0] - etat.instant, devant, self._salle(etat))
        assert annonce is not None
        derniers = sorted(self._appeles.values(), key=lambda v: v.debut)[-10:]
        self.dits[venue.cle] = annonce, sum(v.attente for v in derniers) / len(derniers)

    def _salle(self, etat: Etat) -> Salle:
        loi = self._lois[0]
        postes = [
            Poste(p.files, en_cours=self._lois[v.venue.file], ecoule=etat.instant - v.debut)
            for p, v in zip(self._postes, etat.en_cours, strict=True)
            if v
        ]
        attendus = [
            Attendu(0, heure - etat.instant, CHARGEE.presence, loi)
            for heure, nombre in CHARGEE.creneaux
            for _ in range(nombre - self._venus[heure])
        ]
        part = CHARGEE.part_prioritaire
        flux = [Flux(0, CHARGEE.sans_rdv * p, priorite, loi) for priorite, p in ((1, part), (0, 1 - part))]
        return Salle(postes, attendus, flux, REGLES)
