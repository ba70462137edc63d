"""The measures in their order: the load, the pages on what it made, then the bookings."""

from __future__ import annotations

import io
import json
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench import attente, depot, direct, pages, planning, reservations, service, tempete
from bench.rapport import Rapport, dire
from bench.socle import Socle, serveur_web
from demandes.models import Prefecture

DEPARTEMENT = "93"


def mesurer(socle: Socle, *, demandes: int, rapide: bool) -> Rapport:
    """Run everything.

    Args:
        socle: the server, migrated and empty.
        demandes: how many are loaded, all in one préfecture.
        rapide: small numbers.
    """
    rapport = Rapport(machine=socle.machine())
    dire(f"PostgreSQL {rapport.machine['postgresql']} durable, fdatasync {rapport.machine['fdatasync_us']} µs")
    rapport.chargement = charger(demandes)
    with connection.cursor() as curseur:
        curseur.execute("VACUUM")  # as autovacuum does in the minutes after a load
    prefecture = Prefecture.objects.get(departement=DEPARTEMENT)
    with serveur_web() as port:
        rapport.pages = pages.mesurer(port, prefecture=prefecture, rapide=rapide)
        rapport.direct = direct.mesurer(port, prefecture=prefecture, rapide=rapide)
        rapport.depot = depot.mesurer(port, departement=DEPARTEMENT, rapide=rapide)
    rapport.sql = reservations.mesurer(socle, rapide=rapide)
    rapport.service = service.mesurer(base_tps=rapport.sql["base_tps"], rapide=rapide)
    rapport.tempete = tempete.mesurer(prefecture, rapide=rapide)
    rapport.attente = attente.mesurer(rapide=rapide)
    rapport.planning = planning.mesurer(rapide=rapide)
    return rapport


def charger(nombre: int) -> dict[str, Any]:
    """Load demandes in one préfecture."""
    sortie = io.StringIO()
    call_command("charger", demandes=nombre, prefectures=DEPARTEMENT, json=True, stdout=sortie)
    bilan: dict[str, Any] = json.loads(sortie.getvalue())
    return bilan | {"demandes": nombre}
