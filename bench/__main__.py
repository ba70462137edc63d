"""Runs the benchmarks: `python -m bench [--rapide] [--sortie fichier] [--demandes N]`.

Exit code 1 when a threshold is not held: bookings in SQL at 0.40 of the single-row UPDATE, 90 % of HOT updates.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.socle import serveur_durable
from planipref.commun.postgres import ErreurPostgres

DEMANDES, DEMANDES_RAPIDE = 100_000, 2_000


def principal(arguments: list[str] | None = None) -> int:
    """Run every measure on a server of its own, print the table, write the file."""
    analyse = argparse.ArgumentParser(prog="python -m bench", description="Mesures de PlaniPref.")
    analyse.add_argument("--rapide", action="store_true", help="essai : petits nombres, aucun seuil")
    analyse.add_argument("--demandes", type=int, default=0, help=f"demandes chargées ({DEMANDES})")
    analyse.add_argument("--sortie", type=Path, default=Path(__file__).parent / "results.json")
    options = analyse.parse_args(arguments)
    demandes = options.demandes or (DEMANDES_RAPIDE if options.rapide else DEMANDES)
    try:
        with serveur_durable() as socle:
            from bench.deroulement import mesurer  # noqa: PLC0415 (Django starts with the server's address)

            rapport = mesurer(socle, demandes=demandes, rapide=options.rapide)
    except ErreurPostgres as erreur:
        print(erreur, file=sys.stderr)
        return 2
    rapport.ecrire(options.sortie)
    print(rapport.tableau())
    return 0 if rapport.tenu or options.rapide else 1


if __name__ == "__main__":
    sys.exit(principal())
