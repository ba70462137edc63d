"""The road of each demande of the history: which steps, how far apart, up to the state it must be in today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from demandes.cycle import COMPLETUDE, DECISION, RECEPTION, REMISE, Etat
from demandes.models import Motif

# Days between a step and the one before it.
DELAIS: dict[str, tuple[float, float]] = {
    "preparer": (0, 0),
    "deposer": (0.1, 3),
    "demander_complements": (2, 9),
    "completer": (2, 14),
    "constater_completude": (2, 10),
    "convoquer": (0.1, 3),
    "prendre_rendez_vous": (0.1, 3),
    "manquer": (4, 12),
    "recevoir": (4, 14),
    "recevoir_sans_rdv": (3, 12),
    "decider_au_guichet": (0, 0),
    "instruire": (0, 1),
    "accorder": (5, 30),
    "refuser": (8, 40),
    "constater_titre_pret": (8, 18),
    "convoquer_remise": (0.1, 1),
    "remettre": (3, 12),
    "retirer": (1, 15),
    "classer": (32, 40),
    "cloturer": (1, 10),
    "ouvrir_au_guichet": (0, 0),
}
# What each state weighs in a préfecture of 60 demandes.
POIDS: dict[Etat, int] = {
    Etat.BROUILLON: 3,
    Etat.DEPOSEE: 8,
    Etat.A_COMPLETER: 4,
    Etat.COMPLETE: 4,
    Etat.CONVOQUEE: 5,
    Etat.RDV_PRIS: 6,
    Etat.RECUE: 2,
    Etat.EN_INSTRUCTION: 6,
    Etat.ACCORDEE: 4,
    Etat.REFUSEE: 2,
    Etat.A_REMETTRE: 5,
    Etat.SANS_SUITE: 3,
    Etat.CLOTUREE: 7,
}
# Longest time since the last step, in days, so that the state is still credible (and a link still good).
REPOS: dict[Etat, float] = {
    Etat.BROUILLON: 20,
    Etat.DEPOSEE: 12,
    Etat.A_COMPLETER: 18,
    Etat.CONVOQUEE: 8,
    Etat.RDV_PRIS: 1,
    Etat.RECUE: 0.3,
    Etat.EN_INSTRUCTION: 25,
    Etat.ACCORDEE: 6,
    Etat.A_REMETTRE: 7,
}
FREQUENTS = ("ETR-RES10-REN", "ETR-VPF-REN", "ETR-SAL-REN", "ETR-1DEM", "ETR-ALG10-REN")


_RANG_DEPOSEE, _RANG_COMPLETE, _RANG_RECUE, _RANG_REFUSEE = (
    list(Etat).index(e) for e in (Etat.DEPOSEE, Etat.COMPLETE, Etat.RECUE, Etat.REFUSEE)
)


def convient(motif: Motif, cible: Etat) -> bool:
    """Say whether a demande of this motif can be seen in this state."""
    exigence = EXIGENCES.get(cible)
    return exigence is None or exigence(motif)


def choisir(motifs: Iterable[Motif], cible: Etat, alea: Random) -> Motif:
    """Draw a motif that can be in a state; the most asked for weigh more."""
    possibles = [m for m in motifs if convient(m, cible)]
    return alea.choices(possibles, weights=[6 if m.code in FREQUENTS else 1 for m in possibles])[0]


def tracer(motif: Motif, cible: Etat, alea: Random) -> list[str]:
    """Return the steps that lead a demande of this motif to this state, in order."""
    pas = ["preparer", "deposer"] if motif.depot_en_ligne else ["ouvrir_au_guichet"]
    if cible == Etat.BROUILLON:
        return pas[:1]
    if cible == Etat.SANS_SUITE:
        classee = _reclame(motif) and alea.random() < 0.5
        return pas + (["demander_complements", "classer"] if classee else ["retirer"])
    rang = list(Etat).index(cible)
    etapes = set(motif.etapes)
    if rang > _RANG_DEPOSEE:
        pas += _completude(motif, cible, alea)
    if rang > _RANG_COMPLETE:
        pas += _reception(etapes, cible, alea)
    if rang > _RANG_RECUE:
        pas += _decision(motif, cible, alea)
    if rang > _RANG_REFUSEE:
        pas += _fin(etapes, cible, pas[-1], alea)
    return pas


def _reclame(motif: Motif) -> bool:
    """Say whether a piece can be asked for again: step 1, and one that everybody gives."""
    toujours = (p for p in motif.pieces_requises.all() if p.obligatoire and not p.au_guichet and not p.condition)
    return COMPLETUDE in motif.etapes and any(toujours)


def _recoit(motif: Motif) -> bool:
    """Say whether the motif receives people who have an appointment."""
    return RECEPTION in motif.etapes and motif.mode_accueil != Motif.ModeAccueil.SANS_RDV


def _completude(motif: Motif, cible: Etat, alea: Random) -> list[str]:
    if COMPLETUDE not in motif.etapes:
        return []
    if cible == Etat.A_COMPLETER:
        return ["demander_complements"]
    detour = ["demander_complements", "completer"] if _reclame(motif) and alea.random() < 0.3 else []
    return [*detour, "constater_completude"]


def _reception(etapes: set[int], cible: Etat, alea: Random) -> list[str]:
    if RECEPTION not in etapes:
        return []
    if cible == Etat.CONVOQUEE:
        manque = ["prendre_rendez_vous", "manquer"] if alea.random() < 0.25 else []
        return ["convoquer", *manque]
    if cible == Etat.RDV_PRIS:
        return ["convoquer"]  # the slot, real, is taken by `journee`
    if alea.random() < 0.15:
        return ["recevoir_sans_rdv"]
    manque = ["prendre_rendez_vous", "manquer"] if alea.random() < 0.15 else []
    return ["convoquer", *manque, "prendre_rendez_vous", "recevoir"]


def _en_commission(motif: Motif) -> bool:
    """Say whether a grant needs an opinion of the commission, that these invented lives do not tell."""
    return motif.examen == Motif.Examen.COMMISSION


def _decision(motif: Motif, cible: Etat, alea: Random) -> list[str]:
    if DECISION not in motif.etapes:
        return []
    if cible == Etat.EN_INSTRUCTION:
        return ["instruire"]
    if cible == Etat.REFUSEE:
        return ["instruire", "refuser"]
    if motif.plein_droit and RECEPTION in motif.etapes:
        return ["decider_au_guichet"]
    refus = cible == Etat.CLOTUREE and not motif.plein_droit and (alea.random() < 0.3 or _en_commission(motif))
    return ["instruire", "refuser" if refus else "accorder"]


def _fin(etapes: set[int], cible: Etat, dernier: str, alea: Random) -> list[str]:
    if REMISE not in etapes or dernier == "refuser":
        return ["cloturer"]
    if cible == Etat.A_REMETTRE:
        return ["constater_titre_pret", *(["convoquer_remise"] if alea.random() < 0.6 else [])]
    if cible == Etat.REMISE:
        return ["constater_titre_pret", "convoquer_remise"]
    return ["constater_titre_pret", "convoquer_remise", "remettre"]


# What a motif must be for a demande of it to be seen in a state; nothing for the others.
EXIGENCES: dict[Etat, Callable[[Motif], bool]] = {
    Etat.BROUILLON: lambda m: m.depot_en_ligne,
    Etat.A_COMPLETER: _reclame,
    Etat.COMPLETE: lambda m: COMPLETUDE in m.etapes,
    **dict.fromkeys((Etat.CONVOQUEE, Etat.RDV_PRIS, Etat.RECUE), _recoit),
    Etat.EN_INSTRUCTION: lambda m: DECISION in m.etapes,
    Etat.ACCORDEE: lambda m: DECISION in m.etapes and not _en_commission(m),
    Etat.REFUSEE: lambda m: DECISION in m.etapes and not m.plein_droit,
    **dict.fromkeys((Etat.A_REMETTRE, Etat.REMISE), lambda m: REMISE in m.etapes),
}
