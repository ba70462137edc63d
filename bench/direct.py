"""The room live: every counter, display and phone that polls, together, on one node; latencies, rate, processor."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.pages import HOTE, ouvrir_un_guichet, temoins_de
from bench.rapport import dire, quantile
from demandes.models import Prefecture
from guichet.models import Passage
from guichet.views.borne import adresse_du_ticket
from planipref.commun.horloge import aujourdhui

GUICHETS, ECRANS, TELEPHONES = 60, 20, 2_000
PAS_ECRAN, PAS_TELEPHONE = 2.0, 15.0  # seconds between two polls, as the pages say
DUREE, DUREE_RAPIDE = 15.0, 2.0
FILS = 24


@dataclass
class Source:
    """Who polls.

    Args:
        nom: what they are.
        par_seconde: polls a second, all together.
        adresses: addresses, asked in turn.
        entetes: headers of each.
    """

    nom: str
    par_seconde: float
    adresses: list[str]
    entetes: dict[str, str]


def mesurer(port: int, *, prefecture: Prefecture, rapide: bool) -> dict[str, Any]:
    """Poll as a full room does, at a fixed rate whatever the answers take; return what was measured."""
    sources = _sources(prefecture)
    duree = DUREE_RAPIDE if rapide else DUREE
    for source in sources:  # warm
        _demander(HTTPConnection("127.0.0.1", port, timeout=30), source.adresses[0], source.entetes)
    avant, transactions = _processeur(), _transactions()
    depart = time.monotonic()
    durees = _tirer(port, sources, duree)
    ecoule = time.monotonic() - depart
    connection.close()
    bilan = {
        nom: {
            "demandes": len(d),
            "p50_ms": round(quantile(d, 0.5) * 1000, 1),
            "p95_ms": round(quantile(d, 0.95) * 1000, 1),
        }
        for nom, d in durees.items()
    }
    total = sum(len(d) for d in durees.values())
    toutes = [x for d in durees.values() for x in d]
    resultat = {
        "guichets": GUICHETS,
        "ecrans": ECRANS,
        "telephones": TELEPHONES,
        "par_seconde": round(total / ecoule, 1),
        "voulues_par_seconde": round(sum(s.par_seconde for s in sources), 1),
        "p95_ms": round(quantile(toutes, 0.95) * 1000, 1),
        "coeurs_occupes": round((_processeur() - avant) / ecoule, 2),
        "transactions_par_seconde": round((_transactions() - transactions) / ecoule),
        "sources": bilan,
    }
    dire(f"salle en direct : {resultat['par_seconde']}/s, p95 {resultat['p95_ms']} ms")
    return resultat


def _sources(prefecture: Prefecture) -> list[Source]:
    guichet, site = ouvrir_un_guichet(prefecture)
    jour = aujourdhui(prefecture.fuseau)
    attendent = Passage.objects.en_attente().du_jour(site.pk, jour).select_related("site__prefecture")
    temoins = {"Cookie": temoins_de(guichet)}
    lue = re.search(r"version=([\w-]+)", guichet.get("/guichet/file/").content.decode())
    version = lue.group(1) if lue else ""
    appels = reverse("guichet:affichage_appels", args=[site.code])
    etiquette = Client(SERVER_NAME=HOTE).get(appels).headers["ETag"]
    return [
        Source("guichets", GUICHETS / PAS_ECRAN, [f"/guichet/file/?version={version}"], temoins),
        Source("écrans", ECRANS / PAS_ECRAN, [appels], {"If-None-Match": etiquette}),
        Source("téléphones", TELEPHONES / PAS_TELEPHONE, [f"{adresse_du_ticket(p)}?version=0" for p in attendent], {}),
    ]


def _tirer(port: int, sources: list[Source], duree: float) -> dict[str, list[float]]:
    """Send every poll at its hour, from threads that keep their connection."""
    horaire = _horaire(sources, duree)
    durees: dict[str, list[float]] = {s.nom: [] for s in sources}
    verrou, depart = threading.Lock(), time.monotonic()

    def fil() -> None:
        connexion = HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with verrou:
                if not horaire:
                    break
                quand, nom, adresse, entetes = horaire.pop()
            time.sleep(max(0.0, depart + quand - time.monotonic()))
            _demander(connexion, adresse, entetes)
            durees[nom].append(time.monotonic() - depart - quand)  # a poll that waits for its turn has waited
        connexion.close()

    fils = [threading.Thread(target=fil) for _ in range(FILS)]
    for f in fils:
        f.start()
    for f in fils:
        f.join()
    return durees


def _horaire(sources: list[Source], duree: float) -> list[tuple[float, str, str, dict[str, str]]]:
    """Return every poll with its hour, the last one first."""
    tous = [
        (rang / s.par_seconde, s.nom, s.adresses[rang % len(s.adresses)], s.entetes)
        for s in sources
        for rang in range(int(duree * s.par_seconde))
    ]
    return sorted(tous, key=lambda sondage: -sondage[0])


def _demander(connexion: HTTPConnection, adresse: str, entetes: dict[str, str]) -> None:
    connexion.request("GET", adresse, headers=entetes)
    reponse = connexion.getresponse()
    reponse.read()
    if reponse.status not in (200, 204, 304):
        raise RuntimeError(f"{adresse} : {reponse.status}")


def _processeur() -> float:
    """Return the processor time that every gunicorn and PostgreSQL of this machine has used, in seconds."""
    total = 0
    for dossier in Path("/proc").glob("[0-9]*"):
        try:
            ligne = (dossier / "stat").read_text()
            commande = (dossier / "cmdline").read_bytes()
        except OSError:
            continue
        if b"gunicorn" in commande or b"postgres" in commande:
            utilise = ligne.rpartition(")")[2].split()
            total += int(utilise[11]) + int(utilise[12])
    return total / os.sysconf("SC_CLK_TCK")


def _transactions() -> int:
    with connection.cursor() as curseur:
        curseur.execute("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()")
        return int(curseur.fetchone()[0])
