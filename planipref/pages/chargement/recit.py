"""Telling lives, in the order of their deposit: each step at its date, then the lines that are left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from demandes.cycle import Etat
from planipref.pages.chargement import suites, visites
from planipref.pages.chargement.dossier import Dossier
from planipref.pages.chargement.scene import Scene
from planipref.pages.chargement.vies import Vie

Pas = Callable[[Scene, Dossier], None]

ECART = 45  # seconds between two steps of a story that chance put together
PAS: dict[str, Pas] = {
    "preparer": suites.preparer,
    "deposer": suites.deposer,
    "ouvrir_au_guichet": suites.ouvrir_au_guichet,
    "demander_complements": suites.demander_complements,
    "completer": suites.completer,
    "constater_completude": suites.constater_completude,
    "convoquer": visites.convoquer,
    "convoquer_remise": visites.convoquer,
    "manquer": visites.manquer,
    "instruire": suites.instruire,
    "accorder": suites.accorder,
    "refuser": suites.refuser,
    "constater_titre_pret": suites.constater_titre_pret,
    "remettre": visites.remettre,
    "remettre_sans_passage": visites.remettre_sans_passage,
    "retirer": suites.retirer,
    "classer": suites.classer,
    "cloturer": suites.cloturer,
}
VISITES = ("recevoir", "recevoir_sans_rdv")


def raconter(scene: Scene, vies: Iterable[Vie]) -> Iterator[int]:
    """Tell lives, and yield how many have been told so far after each.

    The journal and the tickets of a day are written once no life may add to it.
    """
    jour = 0
    for rang, vie in enumerate(vies, start=1):
        depot = scene.calendrier.jour(vie.entree)
        if depot != jour:
            jour = depot
            clore(scene, jour)
        _raconter(scene, vie)
        yield rang


def clore(scene: Scene, jour: int) -> None:
    """Write the journal and the tickets of the days before one."""
    scene.registre.sceller(scene.calendrier.instant(jour, 0))
    scene.salle.fermer(jour)


def _raconter(scene: Scene, vie: Vie) -> None:
    d = suites.naitre(scene, vie)
    for rang, (nom, instant) in enumerate(zip(vie.pas, vie.instants, strict=True)):
        d.avant, d.dernier = d.dernier, max(instant, d.dernier + ECART) if rang else instant
        if nom == "prendre_rendez_vous":
            suite = vie.instants[rang + 1 : rang + 2]
            visites.prendre_rendez_vous(scene, d, scene.calendrier.jour(suite[0]) if suite else None)
        elif nom in VISITES:
            visites.recevoir(scene, d, decision="decider_au_guichet" in vie.pas)
        elif nom != "decider_au_guichet":  # the visit decided
            PAS[nom](scene, d)
    if vie.cible == Etat.BROUILLON:
        suites.laisser_en_plan(scene, d)
    scene.ecrire(d)
