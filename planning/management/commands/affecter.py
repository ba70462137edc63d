"""Allot agents to posts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from planning.calculs.affectation.explications import OBSTACLES, manques
from planning.calculs.affectation.instance import InstanceIllisible, ecrire, lire
from planning.calculs.affectation.moteur import Avancement, Infaisable
from planning.calculs.affectation.recherche import planifier
from planning.calculs.affectation.semaine import Semaine, penalites


class Command(BaseCommand):
    """Allot the agents of a week described in a file."""

    help = "Affecte les agents d’une semaine décrite dans un fichier JSON, et dit ce qui n’est pas couvert."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, the time allowed and the seed."""
        parser.add_argument("--instance", type=Path, required=True, help="Fichier JSON de la semaine.")
        parser.add_argument("--secondes", type=float, default=30.0, help="Durée de la recherche (30).")
        parser.add_argument("--graine", type=int, default=0, help="Graine du tirage entre égaux (0).")
        parser.add_argument("--json", action="store_true", help="Écrit le planning en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Search, then print the plan."""
        try:
            semaine = lire(json.loads(options["instance"].read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, InstanceIllisible) as erreur:
            raise CommandError(f"Ce fichier ne se lit pas comme une semaine à planifier ({erreur}).") from erreur
        try:
            resultat = planifier(semaine, secondes=options["secondes"], graine=options["graine"], suivre=self._suivre)
        except Infaisable as erreur:
            raise CommandError("Aucun planning n’a été trouvé dans ce délai.") from erreur
        if options["json"]:
            self.stdout.write(json.dumps(ecrire(resultat)))
            return
        preuve = (
            "le meilleur possible" if resultat.prouve else f"à {resultat.objectif - resultat.borne} du minimum prouvé"
        )
        self.stdout.write(f"{len(resultat.plan)} demi-journées affectées, coût {resultat.objectif} ({preuve}).")
        for nom, valeur in penalites(semaine, resultat.plan).items():
            self.stdout.write(f"  {nom} : {valeur}")
        self._dire_les_manques(semaine, resultat.plan)

    def _suivre(self, avancement: Avancement) -> bool:
        """Show where the search stands, on the error stream: the other one is for the plan."""
        if self.stderr.isatty():
            meilleur = "…" if avancement.objectif is None else avancement.objectif
            self.stderr.write(f"\r{avancement.secondes:5.1f} s, coût {meilleur}, minimum {avancement.borne}", ending="")
        return True

    def _dire_les_manques(self, semaine: Semaine, plan: dict[tuple[int, int], int]) -> None:
        for manque in manques(semaine, plan):
            quand = f"poste {manque.poste}, demi-journée {manque.demi_journee}"
            self.stdout.write(f"Non couvert : {quand}, il manque {manque.nombre}")
            for agent, raison in manque.raisons:
                self.stdout.write(f"    agent {agent} : {OBSTACLES[raison]}")
