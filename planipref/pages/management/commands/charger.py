"""Fills a base with volume data, through COPY."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demandes.models import Prefecture
from demandes.services.catalogue import charger_catalogue, charger_prefectures
from planipref.commun.horloge import maintenant
from planipref.pages.chargement.chargeur import Bilan, charger

PREFECTURES = ("56", "60", "67", "93", "94")


class Command(BaseCommand):
    """Add demandes with a history of eighteen months; refuses outside the demonstration."""

    help = (
        "Ajoute des demandes en nombre, avec dix-huit mois d’histoire (usagers, pièces sans fichier, convocations, "
        "rendez-vous, passages et leurs phases, titres, décisions, journal), par COPY. Les mêmes pour une même graine "
        "sur une même base ; une seconde fois en ajoute d’autres. L’application attend pendant le chargement."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--demandes", type=int, required=True, metavar="N", help="nombre de demandes à ajouter")
        parser.add_argument("--graine", type=int, default=42, help="graine du hasard (42)")
        parser.add_argument(
            "--prefectures", default="", help="départements, séparés par des virgules ; ceux de la base par défaut"
        )
        parser.add_argument("--json", action="store_true", help="écrit le bilan en JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Load, then say what was done."""
        if not settings.PLANIPREF_DEMO:
            # It makes accounts whose password is known, and numbers, acts and a journal of people who do not exist.
            raise CommandError("Refusé hors démonstration : des données inventées n’entrent pas dans une vraie base.")
        if options["demandes"] < 1:
            raise CommandError("Il faut au moins une demande.")
        self._debut, self._dit = time.monotonic(), 0.0
        bilan = charger(
            options["demandes"],
            _prefectures(options["prefectures"]),
            graine=options["graine"],
            maintenant=maintenant(),
            progression=self._progresser if options["verbosity"] else _se_taire,
        )
        self.stdout.write(json.dumps(_rapport(bilan), ensure_ascii=False) if options["json"] else _phrase(bilan))

    def _progresser(self, nom: str, faites: int, nombre: int) -> None:
        ecoule = time.monotonic() - self._debut
        if faites == nombre or ecoule - self._dit >= 2:
            self._dit = ecoule
            self.stderr.write(f"{nom} : {faites} demandes sur {nombre} ({ecoule:.0f} s)")


def _se_taire(nom: str, faites: int, nombre: int) -> None:
    """Say nothing."""


def _prefectures(demandees: str) -> list[Prefecture]:
    """Return the préfectures asked for, those of the base, or those of the demonstration; loaded if need be."""
    departements = [d.strip() for d in demandees.split(",") if d.strip()]
    if not departements:
        departements = list(Prefecture.objects.order_by("departement").values_list("departement", flat=True))
    try:
        charger_catalogue()
        return charger_prefectures(departements or list(PREFECTURES))
    except KeyError as erreur:
        raise CommandError(f"Département inconnu : {erreur.args[0]}.") from erreur


def _rapport(bilan: Bilan) -> dict[str, Any]:
    debit = round(bilan.lignes / bilan.secondes) if bilan.secondes else 0
    return asdict(bilan) | {"secondes": round(bilan.secondes, 2), "lignes_par_seconde": debit}


def _phrase(bilan: Bilan) -> str:
    r = _rapport(bilan)
    total = sum(bilan.demandes.values())
    return (
        f"{total} demandes, {r['lignes']} lignes en {r['secondes']} s ({r['lignes_par_seconde']} lignes par seconde)."
    )
