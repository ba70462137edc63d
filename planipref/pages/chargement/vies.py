"""The demandes to tell: for each, a motif, the state it is in today, and its dated steps. Pure: a seed decides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

from demandes.cycle import Etat
from demandes.models import Motif
from planipref.pages.chargement.calendrier import JOUR, Calendrier
from planipref.pages.peuplement.chemins import DELAIS, FREQUENTS, convient, tracer

HISTOIRE_JOURS = 548
# Of a hundred demandes, how many are in each state today; shuffled by the hundred, so that small loads have them all.
POUR_CENT: dict[Etat, int] = {
    Etat.BROUILLON: 2,
    Etat.DEPOSEE: 7,
    Etat.A_COMPLETER: 3,
    Etat.COMPLETE: 3,
    Etat.CONVOQUEE: 3,
    Etat.RDV_PRIS: 4,
    Etat.RECUE: 1,
    Etat.EN_INSTRUCTION: 7,
    Etat.ACCORDEE: 3,
    Etat.REFUSEE: 1,
    Etat.A_REMETTRE: 4,
    Etat.REMISE: 1,
    Etat.SANS_SUITE: 6,
    Etat.CLOTUREE: 55,
}
# Longest time since the last step, in days: the backlog of a busy service, links and requests for pieces still good.
REPOS: dict[Etat, float] = {
    Etat.BROUILLON: 90,
    Etat.DEPOSEE: 100,
    Etat.A_COMPLETER: 20,
    Etat.COMPLETE: 60,
    Etat.CONVOQUEE: 8,
    Etat.RDV_PRIS: 5,
    Etat.RECUE: 5,
    Etat.EN_INSTRUCTION: 170,
    Etat.ACCORDEE: 30,
    Etat.REFUSEE: 20,
    Etat.A_REMETTRE: 15,
    Etat.REMISE: 3,
}
# A link lives thirty days: one that was used in vain once must not be older.
REPOS_APRES_ABSENCE = 3.0
DE_L_USAGER = frozenset(("preparer", "deposer", "completer", "prendre_rendez_vous", "retirer"))
ECART_MIN = 60
DELAI_DEFAUT = (0.0, 1.0)


class Vie(NamedTuple):
    """A demande to tell.

    Args:
        entree: instant of its deposit, or of its creation when it is still a draft: lives are told in this order.
        motif: what is asked for.
        cible: state today.
        pas: steps of `planipref.pages.peuplement.chemins`.
        instants: when each step happens.
    """

    entree: int
    motif: Motif
    cible: Etat
    pas: list[str]
    instants: list[int]


def tirer(motifs: Sequence[Motif], nombre: int, *, calendrier: Calendrier, alea: Random) -> list[Vie]:
    """Draw demandes, in the order of their deposit.

    Args:
        motifs: motifs open in the préfecture, with their pieces loaded.
        nombre: how many.
        calendrier: its working days.
        alea: source of randomness.
    """
    possibles = {e: _urne([m for m in motifs if convient(m, e)]) for e in Etat}
    vies = []
    for cible in _cibles(nombre, alea):
        urne, poids = possibles[cible]
        motif = alea.choices(urne, cum_weights=poids)[0]
        pas = _pas(motif, cible, alea)
        instants = _dater(pas, cible, calendrier, alea)
        vies.append(Vie(instants[_rang_entree(pas)], motif, cible, pas, instants))
    return sorted(vies, key=lambda v: v.entree)


def _urne(motifs: list[Motif]) -> tuple[list[Motif], list[int]]:
    return motifs, list(accumulate(6 if m.code in FREQUENTS else 1 for m in motifs))


def _cibles(nombre: int, alea: Random) -> list[Etat]:
    centaine = [e for e, n in POUR_CENT.items() for _ in range(n)]
    cibles: list[Etat] = []
    while len(cibles) < nombre:
        alea.shuffle(centaine)
        cibles += centaine
    return cibles[:nombre]


def _pas(motif: Motif, cible: Etat, alea: Random) -> list[str]:
    pas = tracer(motif, cible, alea)
    if cible == Etat.RDV_PRIS or (pas[-1] == "convoquer_remise" and cible == Etat.A_REMETTRE and alea.random() < 0.5):
        pas.append("prendre_rendez_vous")
    if cible == Etat.REMISE:
        pas.append("remettre_sans_passage")
    if "remettre" in pas and alea.random() < 0.6:
        pas.insert(pas.index("remettre"), "prendre_rendez_vous")
    return pas


def _rang_entree(pas: list[str]) -> int:
    """Rank of the step that deposits; a draft has but one step."""
    return 1 if pas[0] == "preparer" and len(pas) > 1 else 0


def _dater(pas: list[str], cible: Etat, calendrier: Calendrier, alea: Random) -> list[int]:
    """Date steps backwards from the last one, each in office hours unless the usager acts from home."""
    instants = [_placer(pas[-1], _dernier_jour(pas, cible, calendrier, alea), calendrier, alea)]
    for rang in range(len(pas) - 2, -1, -1):
        moins, plus = DELAIS.get(pas[rang + 1], DELAI_DEFAUT)
        avant = instants[-1] - int((moins + alea.random() * (plus - moins)) * JOUR)
        instant = _placer(pas[rang], calendrier.jour(avant), calendrier, alea)
        instants.append(min(instant, instants[-1] - ECART_MIN))
    return instants[::-1]


def _dernier_jour(pas: list[str], cible: Etat, calendrier: Calendrier, alea: Random) -> int:
    repos = REPOS_APRES_ABSENCE if cible == Etat.CONVOQUEE and "manquer" in pas else REPOS.get(cible)
    if repos is None:  # ended: any day, somewhat more of late
        return calendrier.hier - int(HISTOIRE_JOURS * (1 - alea.random() ** 0.8))
    return calendrier.hier - int(repos * alea.random() ** 2)


def _placer(nom: str, jour: int, calendrier: Calendrier, alea: Random) -> int:
    return calendrier.a_la_maison(jour, alea) if nom in DE_L_USAGER else calendrier.au_bureau(jour, alea)
