"""Runs a command with DATABASE_URL naming a throwaway PostgreSQL: `python outils/avec_base.py commande…`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planipref.commun.postgres import ErreurPostgres, serveur_ephemere


def principal() -> int:
    """Run the command and return its exit code."""
    try:
        with serveur_ephemere() as serveur:
            environnement = os.environ | {"DATABASE_URL": serveur.adresse(), "PLANIPREF_DEMO": "true"}
            return subprocess.run(sys.argv[1:], env=environnement, check=False).returncode  # noqa: S603
    except ErreurPostgres as erreur:
        print(erreur, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(principal())
