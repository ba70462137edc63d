"""Walk the hash chains of the journal."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demandes.models import Prefecture
from demandes.services.journal import Examen, Rupture, examiner
from planipref.commun.nombres import nombre


class Command(BaseCommand):
    """Walk every préfecture's chain; the exit code is 1 when one is broken, and the first bad event is named."""

    help = "Relit la chaîne du journal de chaque préfecture ; sort en erreur si l’une est rompue."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--json``."""
        parser.add_argument("--json", action="store_true", help="Écrit le constat en JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the chains one after the other, all of them even when one is broken."""
        examens: dict[str, Examen] = {}
        for prefecture in Prefecture.objects.order_by("departement"):
            examens[prefecture.departement] = examen = examiner(prefecture)
            if not options["json"]:
                self.stdout.write(_ligne(prefecture.departement, examen))
        ruptures = [e.rupture for e in examens.values() if e.rupture is not None]
        if options["json"]:
            constat = {"entier": not ruptures, "prefectures": [_objet(d, e) for d, e in examens.items()]}
            self.stdout.write(json.dumps(constat, ensure_ascii=False))
        if ruptures:
            raise CommandError(f"Journal rompu — {_nommer(ruptures[0])}")


def _ligne(departement: str, examen: Examen) -> str:
    if examen.rupture is not None:
        return f"{departement} : chaîne ROMPUE après {nombre(examen.evenements, 'événement', 'événements')}."
    tete = f", tête {examen.tete}" if examen.tete else ""
    return f"{departement} : chaîne entière, {nombre(examen.evenements, 'événement', 'événements')}{tete}."


def _objet(departement: str, examen: Examen) -> dict[str, Any]:
    rupture = examen.rupture
    return {
        "prefecture": departement,
        "evenements": examen.evenements,
        "tete": examen.tete,
        "rupture": rupture and {"rang": rupture.rang, "evenement": rupture.evenement_id, "raison": rupture.raison},
    }


def _nommer(rupture: Rupture) -> str:
    evenement = "" if rupture.evenement_id is None else f", événement {rupture.evenement_id}"
    return f"préfecture {rupture.departement}, rang {rupture.rang}{evenement} : {rupture.raison}"
