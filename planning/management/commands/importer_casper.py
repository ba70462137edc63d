"""Import the leave of CASPER from a file, or from its address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demandes.models import Prefecture
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.tableur import decoder
from planning.selectors_lecture_casper import OCTETS_MAX
from planning.tasks import importer_fichier_casper, lire_casper_en_ligne


class Command(BaseCommand):
    """Import the leave of CASPER."""

    help = "Importe les absences d’un fichier CASPER (CSV ou JSON) ; sans fichier, de l’adresse configurée."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, the préfecture and the output."""
        parser.add_argument("fichier", nargs="?", help="Fichier à lire ; sans lui, l’adresse PLANIPREF_CASPER_URL.")
        parser.add_argument("--prefecture", help="Département ; sans lui, chacun prend les lignes de ses agents.")
        parser.add_argument("--json", action="store_true", help="Écrit le bilan en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then print what became of the lines."""
        try:
            bilan = self._importer(options["fichier"], _prefectures(options["prefecture"]))
        except OSError as erreur:
            raise CommandError(f"Le fichier ne se lit pas : {erreur.strerror}.") from erreur
        except ErreurMetier as erreur:
            raise CommandError(erreur.message) from erreur
        if options["json"]:
            self.stdout.write(json.dumps(bilan, ensure_ascii=False))
            return
        for departement, fait in bilan["prefectures"].items():
            comptes = ", ".join(f"{nom} : {valeur}" for nom, valeur in fait.items())
            self.stdout.write(f"{departement} — {comptes}")
        for refus in bilan["refusees"]:
            self.stdout.write(f"ligne {refus['ligne']} refusée : {refus['raison']}")

    def _importer(self, fichier: str | None, prefectures: list[Prefecture]) -> dict[str, Any]:
        if not fichier:
            return lire_casper_en_ligne(prefectures, maintenant=maintenant())
        contenu = decoder(Path(fichier).read_bytes(), OCTETS_MAX)
        return importer_fichier_casper(prefectures, contenu, maintenant=maintenant())


def _prefectures(departement: str | None) -> list[Prefecture]:
    """Return the préfecture named, all of them when none is."""
    prefectures = Prefecture.objects.order_by("departement")
    trouvees = list(prefectures.filter(departement=departement) if departement else prefectures)
    if not trouvees:
        raise CommandError(f"Aucune préfecture du département {departement}.")
    return trouvees
