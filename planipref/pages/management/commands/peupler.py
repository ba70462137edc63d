"""Fills a base with the demonstration's data: the same for the same seed."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from demandes.models import Prefecture
from demandes.services.catalogue import charger_catalogue, charger_prefectures
from planipref.commun.horloge import maintenant
from planipref.pages.peuplement.fichiers import fichiers_d_essai
from planipref.pages.peuplement.histoire import peupler_prefecture
from planipref.pages.peuplement.organisation import mot_de_passe, nommer_administrateur


class Command(BaseCommand):
    """Load the catalogue, the préfectures and a credible week in each."""

    help = "Charge les données de démonstration, les mêmes pour une même graine ; ne refait pas ce qui est fait."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--prefectures` and `--graine`."""
        parser.add_argument("--prefectures", default="56,60,67,93,94", help="départements, séparés par des virgules")
        parser.add_argument("--graine", type=int, default=42, help="graine du hasard")

    def handle(self, *args: object, **options: Any) -> None:
        """Load, préfecture by préfecture; only in the demonstration, as the accounts have a known password."""
        if not settings.PLANIPREF_DEMO:
            raise CommandError("Cette commande ne sert qu’à la démonstration (PLANIPREF_DEMO).")
        try:
            charger_catalogue()
            prefectures = charger_prefectures([d.strip() for d in options["prefectures"].split(",")])
        except KeyError as erreur:
            raise CommandError(f"Département inconnu : {erreur.args[0]}.") from erreur
        condensat = mot_de_passe()
        nommer_administrateur(prefectures, condensat)
        for prefecture, nombre in _peupler(prefectures, options["graine"], condensat):
            if options["verbosity"]:
                suite = f"{nombre} demandes" if nombre else "déjà peuplée"
                self.stdout.write(f"{prefecture.nom} : {suite}.")


def _peupler(prefectures: list[Prefecture], graine: int, condensat: str) -> Iterator[tuple[Prefecture, int]]:
    """Make the préfectures side by side: each has its own randomness, numbers and journal."""
    une = partial(_une, graine=graine, condensat=condensat)
    if len(prefectures) == 1 or connection.in_atomic_block:
        for prefecture in prefectures:
            yield prefecture, une(prefecture)
        return
    # The largest first; each child opens its own connection.
    ordre = sorted(prefectures, key=lambda p: (p.taille != Prefecture.Taille.TRES_GRANDE, p.departement))
    fichiers_d_essai()
    connections.close_all()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(ordre), 4), get_context("fork")) as processus:
        yield from zip(ordre, processus.map(une, ordre), strict=True)


def _une(prefecture: Prefecture, *, graine: int, condensat: str) -> int:
    with _connexion_gardee():
        return peupler_prefecture(prefecture, graine=graine, maintenant=maintenant(), condensat=condensat)


@contextmanager
def _connexion_gardee() -> Iterator[None]:
    """Keep one connection: the queue of django-q closes one past its age at each commit, that is at once by default."""
    age, connection.settings_dict["CONN_MAX_AGE"] = connection.settings_dict["CONN_MAX_AGE"], None
    terme, connection.close_at = connection.close_at, None
    with connection.cursor() as curseur:
        curseur.execute("SET synchronous_commit = off")  # invented data: a crash only means to start again
    try:
        yield
    finally:
        connection.settings_dict["CONN_MAX_AGE"], connection.close_at = age, terme
        with connection.cursor() as curseur:
            curseur.execute("RESET synchronous_commit")
