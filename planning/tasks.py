"""Tasks of the planning: idempotent callers of services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError

from demandes.acteur import SYSTEME
from demandes.models import Prefecture
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planning.models import FileGuichet
from planning.selectors_lecture_casper import LectureCasper, Sort
from planning.services import attente, lots
from planning.services.agendas import annuler_sans_agrement
from planning.services.ancien_module import reprendre_en_attente
from planning.services.calcul_plan import calculer_demandes
from planning.services.casper import importer_casper as ecrire_casper
from planning.services.dossiers import affecter_chaque_nuit, calculer_propositions
from planning.services.flux_casper import est_relie, recuperer
from planning.services.presences import modele_du_jour
from planning.services.publication import publier
from planning.services.rappels import rappeler_partout
from planning.services.signalements import oublier_traces, signaler_partout

# The task worker interrupts a task after Q_CLUSTER["timeout"] (120 s): stop well before.
DUREE_RAPPELS = timedelta(seconds=60)


def publier_creneaux() -> dict[str, dict[str, int]]:
    """Make or bring up to date the slots of every préfecture; free who is booked where no agrément holds any more.

    Returns:
        What was done, by département.
    """
    instant = maintenant()
    bilans = {}
    for prefecture in Prefecture.objects.order_by("departement"):
        bilans[prefecture.departement] = asdict(publier(prefecture, maintenant=instant))
        annuler_sans_agrement(prefecture, maintenant=instant)
    return bilans


def publier_files(files: Sequence[int]) -> dict[str, dict[str, int]]:
    """Bring up to date the slots of some queues, after their counters changed hands.

    Returns:
        What was done, by queue.
    """
    instant = maintenant()
    lues = FileGuichet.objects.filter(pk__in=files).select_related("site__prefecture").order_by("pk")
    return {str(f): asdict(publier(f.site.prefecture, une_file=f, maintenant=instant)) for f in lues}


def calculer_plans() -> dict[str, int]:
    """Fill the drafts of weeks that wait for the machine.

    Returns:
        How many were filled.
    """
    return {"plans": calculer_demandes()}


def calculer_dossiers() -> dict[str, int]:
    """Search for the proposals of files that wait for the machine.

    Returns:
        How many were searched.
    """
    return {"propositions": calculer_propositions()}


def convoquer_lots() -> dict[str, int]:
    """Convoke whom the agents' lots still wait for.

    Returns:
        How many were convoked.
    """
    return {"convocations": lots.convoquer_lots()}


def affecter_dossiers() -> dict[str, int]:
    """Give out the files of the services that want it each night.

    Returns:
        How many were given out, by service.
    """
    return affecter_chaque_nuit(maintenant=maintenant())


def estimer_presences(prefecture_id: int | None = None) -> dict[str, int]:
    """Learn in each préfecture, or in one, who is expected to come, once a day.

    Returns:
        How many appointments each model was learned from, by département.
    """
    instant = maintenant()
    prefectures = Prefecture.objects.order_by("departement")
    if prefecture_id is not None:
        prefectures = prefectures.filter(pk=prefecture_id)
    return {p.departement: modele_du_jour(p, maintenant=instant).faits for p in prefectures}


def importer_casper() -> dict[str, Any]:
    """Read the leave of CASPER at its address, where one is configured; a préfecture that fails stops no other."""
    return (
        lire_casper_en_ligne(Prefecture.objects.order_by("departement"), maintenant=maintenant()) if est_relie() else {}
    )


def lire_casper_en_ligne(prefectures: Iterable[Prefecture], *, maintenant: datetime) -> dict[str, Any]:
    """Import what CASPER answers for each préfecture.

    Raises:
        ErreurMetier, OperationalError: the first failure, once the others are done.
    """
    lectures: dict[str, LectureCasper] = {}
    echecs: list[ErreurMetier | OperationalError] = []
    for prefecture in prefectures:
        try:
            contenu = recuperer(prefecture)
            lectures[prefecture.departement] = ecrire_casper(prefecture, contenu, par=SYSTEME, maintenant=maintenant)
        except (ErreurMetier, OperationalError) as erreur:  # a deadlock with a swap: the next night reads it again
            echecs.append(erreur)
    if echecs:
        raise echecs[0]
    refus = [(d, ligne) for d, lecture in lectures.items() for ligne in lecture.de(Sort.REFUSEE)]
    return {
        "prefectures": {d: _faits(lecture) for d, lecture in lectures.items()},
        "refusees": [{"prefecture": d, "ligne": ligne.rang, "raison": ligne.raison} for d, ligne in refus],
    }


def importer_fichier_casper(prefectures: Iterable[Prefecture], contenu: str, *, maintenant: datetime) -> dict[str, Any]:
    """Import a file: each préfecture takes the lines of its own agents; a line of nobody's is refused once.

    Raises:
        ErreurMetier: no préfecture finds its columns there.
    """
    lectures, echecs = {}, []
    for prefecture in prefectures:
        try:
            lectures[prefecture.departement] = ecrire_casper(prefecture, contenu, par=SYSTEME, maintenant=maintenant)
        except ErreurMetier as erreur:
            echecs.append(erreur)
    if echecs and not lectures:
        raise echecs[0]
    prises = {x.rang for lecture in lectures.values() for x in lecture.lignes if x.rang and not x.inconnu}
    refus = {
        (ligne.rang, ligne.raison)
        for lecture in lectures.values()
        for ligne in lecture.de(Sort.REFUSEE)
        if not (ligne.inconnu and ligne.rang in prises)
    }
    return {
        "prefectures": {d: _faits(lecture) for d, lecture in lectures.items()},
        "refusees": [{"ligne": rang, "raison": raison} for rang, raison in sorted(refus)],
    }


def _faits(lecture: LectureCasper) -> dict[str, int]:
    """Return the counts of a préfecture, the lines of nobody's left out."""
    comptes = lecture.comptes
    comptes["refusees"] -= sum(ligne.inconnu for ligne in lecture.lignes)
    return {**comptes, "demi_journees_liberees": sum(ligne.liberes for ligne in lecture.lignes)}


def reprendre_les_rendez_vous() -> dict[str, int]:
    """Take over the appointments of the former booking module that wait.

    Returns:
        How many were tried.
    """
    return {"lignes": reprendre_en_attente(maintenant=maintenant)}


def proposer_places() -> dict[str, int]:
    """Offer the freed places to the waiting list.

    Returns:
        How many offers had ended, and how many were made.
    """
    return attente.proposer_places(maintenant=maintenant())


def envoyer_rappels() -> dict[str, dict[str, int]]:
    """Write the reminders of the day where it is the hour; what is left goes with the next wake-up.

    Returns:
        How many were written, by département and kind.
    """
    return rappeler_partout(maintenant=maintenant(), duree_max=DUREE_RAPPELS)


def signaler() -> dict[str, Any]:
    """Look for appointments that may be hoarded or sold; erase the traces of connections after thirty days.

    Returns:
        Signals above a threshold, by département and kind, and the traces erased.
    """
    instant = maintenant()
    return {**signaler_partout(maintenant=instant), "traces_effacees": oublier_traces(maintenant=instant)}
