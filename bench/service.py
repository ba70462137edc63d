"""Bookings through the service, as the web does them: rights, state, journal, message, place."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

from django.db import connections

from bench.rapport import dire, quantile
from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planipref.commun.horloge import maintenant
from planning.models import Creneau
from planning.selectors import files_de
from planning.services.reservation import reserver

PROCESSUS = 4
RESERVATIONS, RESERVATIONS_RAPIDE = 400, 12
PAS = timedelta(minutes=20)
CRENEAUX, PLACES = 600, 40


def mesurer(*, base_tps: float, rapide: bool) -> dict[str, Any]:
    """Book with real convocations, in processes that start together.

    Args:
        base_tps: bare updates per second of the same run.
        rapide: small numbers.
    """
    couples = _couples(RESERVATIONS_RAPIDE if rapide else RESERVATIONS)
    processus = 2 if rapide else PROCESSUS
    parts = [couples[rang::processus] for rang in range(processus)]
    connections.close_all()
    with ProcessPoolExecutor(processus, get_context("fork")) as executeur:
        list(executeur.map(_connecter, range(processus)))
        depart = time.monotonic()
        durees = [d for liste in executeur.map(_reserver, parts) for d in liste]
        ecoule = time.monotonic() - depart
    par_seconde = len(durees) / ecoule
    dire(f"réservation par le service : {len(durees)} en {ecoule:.1f} s")
    return {
        "processus": processus,
        "reservations": len(durees),
        "par_seconde": round(par_seconde, 1),
        "rapport": round(par_seconde / base_tps, 4),
        "p50_ms": round(quantile(durees, 0.5) * 1000, 1),
        "p95_ms": round(quantile(durees, 0.95) * 1000, 1),
    }


def _couples(nombre: int) -> list[tuple[int, int]]:
    """Return pairs of a live convocation and a slot that it may take."""
    instant = maintenant()
    actives = (
        Convocation.objects.actives()
        .filter(demande__etat="convoquee", objet="reception", expire_le__gt=instant + CRENEAUX * PAS + PAS * 4)
        .select_related("demande__motif", "demande__prefecture")
        .order_by("pk")[:nombre]
    )
    creneaux: dict[int, list[int]] = {}
    couples = []
    for rang, convocation in enumerate(actives):
        file_id = files_de(convocation)[0].pk
        if file_id not in creneaux:
            creneaux[file_id] = _creneaux(file_id, instant)
        couples.append((convocation.pk, creneaux[file_id][rang * 7 % CRENEAUX]))
    return couples


def _creneaux(file_id: int, instant: datetime) -> list[int]:
    """Make slots night and day, at odd minutes that no opening uses, each followed by others."""
    depart = instant.replace(minute=7, second=30, microsecond=0) + timedelta(hours=2)
    crees = Creneau.objects.bulk_create(
        Creneau(file_id=file_id, debut=depart + PAS * i, minutes=20, places=PLACES) for i in range(CRENEAUX + 4)
    )
    return [c.pk for c in crees[:CRENEAUX]]


def _connecter(_: int) -> None:
    connections["default"].ensure_connection()
    time.sleep(0.05)  # so that each process takes one


def _reserver(couples: list[tuple[int, int]]) -> list[float]:
    durees = []
    for convocation_id, creneau_id in couples:
        depart = time.perf_counter()
        convocation = Convocation.objects.select_related("demande__motif", "demande__prefecture").get(pk=convocation_id)
        creneau = Creneau.objects.get(pk=creneau_id)
        reserver(convocation, creneau, par=acteur_usager(convocation.demande.usager_id), maintenant=maintenant())
        durees.append(time.perf_counter() - depart)
    return durees
