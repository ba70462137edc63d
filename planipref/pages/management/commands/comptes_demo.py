"""List the accounts of the demonstration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demandes.droits import LIBELLES_ROLES
from planipref.pages.peuplement.comptes import AIDANT, Compte, comptes

LIBELLES: dict[str, str] = {**LIBELLES_ROLES, AIDANT: "Aidant d’un organisme"}
TITRES = ("Identifiant", "Mot de passe", "Rôle", "Préfecture")


class Command(BaseCommand):
    """List the accounts of the demonstration, with their known password."""

    help = "Liste les comptes de la démonstration et leur mot de passe ; refuse hors démonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--json``."""
        parser.add_argument("--json", action="store_true", help="Écrit la liste en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list."""
        if not settings.PLANIPREF_DEMO:
            raise CommandError("Il n’y a de comptes connus qu’en démonstration (PLANIPREF_DEMO).")
        liste = comptes()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(c) for c in liste], ensure_ascii=False))
        elif not liste:
            self.stdout.write("Aucun compte : lancez d’abord « manage.py peupler ».")
        else:
            self.stdout.write(_tableau([TITRES, *(_cases(c) for c in liste)]))


def _cases(compte: Compte) -> tuple[str, ...]:
    return (compte.identifiant, compte.mot_de_passe, LIBELLES[compte.role], compte.prefecture or "toutes")


def _tableau(lignes: Sequence[tuple[str, ...]]) -> str:
    largeurs = [max(map(len, colonne)) for colonne in zip(*lignes, strict=True)]
    return "\n".join(
        "  ".join(case.ljust(largeur) for case, largeur in zip(ligne, largeurs, strict=True)).rstrip()
        for ligne in lignes
    )
