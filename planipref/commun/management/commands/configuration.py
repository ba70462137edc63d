"""Writes docs/configuration.md from the variables that the settings declare."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import groupby

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from planipref import settings as reglages
from planipref.commun.environnement import Variable

ENTETE = """# Configuration

Page écrite par `python manage.py configuration` : ne pas la modifier à la main.

Tout réglage vient de l’environnement. Sans aucun, une démonstration tourne avec un PostgreSQL embarqué.
"""


class Command(BaseCommand):
    """Document the settings, or check that the document is up to date."""

    help = "Écrit docs/configuration.md ; --verifier échoue si la page n’est plus à jour."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--verifier`."""
        parser.add_argument("--verifier", action="store_true", help="échouer si la page diffère")

    def handle(self, *args: object, verifier: bool = False, **options: object) -> None:
        """Write or compare."""
        page = rendre(list(reglages.env.variables.values()))
        chemin = settings.BASE_DIR / "docs" / "configuration.md"
        if not verifier:
            chemin.write_text(page, encoding="utf-8")
        elif not chemin.exists() or chemin.read_text(encoding="utf-8") != page:
            raise CommandError("docs/configuration.md est périmé : lancez « python manage.py configuration ».")


def rendre(variables: list[Variable]) -> str:
    """Render the page, one table per heading, in the order of declaration."""
    morceaux = [ENTETE]
    for rubrique, groupe in groupby(variables, key=lambda variable: variable.rubrique):
        lignes = [f"| `{v.nom}` | {v.type} | {_code(v.defaut)} | {v.aide} |" for v in groupe]
        entete = f"## {rubrique}\n\n| Variable | Type | Défaut | Rôle |\n| --- | --- | --- | --- |"
        morceaux.append("\n".join([entete, *lignes]) + "\n")
    return "\n".join(morceaux)


def _code(defaut: str) -> str:
    """Set a plain value in code; leave a sentence as it is."""
    est_phrase = " " in defaut or defaut.startswith("(")
    return defaut if est_phrase or "`" in defaut else f"`{defaut}`"
