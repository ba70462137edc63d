#!/usr/bin/env python
"""Command line of PlaniPref: starts the embedded PostgreSQL when no other database is configured."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from pathlib import Path

# Nothing below reads or writes a row: no reason to wake a database for them.
SANS_BASE = {"", "help", "version", "collectstatic", "compilemessages", "configuration", "makemessages"}
# Commands whose process waits for locks as the web does, or as a migration on a live base does.
PROCESSUS = {"runserver": "web", "migrate": "migration"}


def principal() -> None:
    """Run one management command."""
    pile = contextlib.ExitStack()
    # Before the imports: what is registered first ends last, here after the processes of the task worker.
    atexit.register(pile.close)
    commande = sys.argv[1].lstrip("-") if len(sys.argv) > 1 else ""
    for argument in sys.argv:
        if argument.startswith("--settings="):  # Django reads it after us
            os.environ["DJANGO_SETTINGS_MODULE"] = argument.partition("=")[2]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planipref.settings")
    if commande in PROCESSUS:
        os.environ.setdefault("PLANIPREF_PROCESSUS", PROCESSUS[commande])
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (after the environment is set)

    from planipref.commun.postgres import ErreurPostgres, ServeurPostgres  # noqa: PLC0415

    embarque = postgres_embarque()
    if commande not in SANS_BASE and embarque is not None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then too
        try:
            pile.enter_context(ServeurPostgres(embarque).session())
        except ErreurPostgres as erreur:
            sys.exit(str(erreur))
    execute_from_command_line(sys.argv)


def postgres_embarque() -> Path | None:
    """Folder of the embedded PostgreSQL, if it serves; a setting missing or wrong ends us with its one sentence."""
    from django.conf import settings  # noqa: PLC0415 (after the environment is set)
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    try:
        dossier: Path | None = settings.PLANIPREF_POSTGRES_EMBARQUE
    except ImproperlyConfigured as erreur:
        sys.exit(str(erreur))
    return dossier


if __name__ == "__main__":
    principal()
