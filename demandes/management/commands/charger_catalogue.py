"""Load the national catalogue, and the préfectures that are named, from the data files."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demandes.services.catalogue import charger_catalogue, charger_prefectures


class Command(BaseCommand):
    """Load the catalogue and the préfectures; what is there already is brought up to date."""

    help = "Charge le catalogue national et les préfectures nommées ; peut être relancée sans risque."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--prefectures`."""
        parser.add_argument("--prefectures", default="", help="départements, séparés par des virgules")

    def handle(self, *args: object, **options: Any) -> None:
        """Load, then say what is there."""
        departements = [d.strip() for d in options["prefectures"].split(",") if d.strip()]
        try:
            charger_catalogue()
            prefectures = charger_prefectures(departements) if departements else []
        except KeyError as erreur:
            raise CommandError(f"Département inconnu : {erreur.args[0]}.") from erreur
        noms = ", ".join(p.nom for p in prefectures) or "aucune préfecture demandée"
        self.stdout.write(f"Catalogue chargé ; {noms}.")
