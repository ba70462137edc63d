"""What is measured on: a PostgreSQL that keeps its promises (fsync), in a folder of its own, and a real web server."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from planipref.commun.postgres import NOM, ErreurPostgres, ServeurPostgres

ESSAIS_FSYNC = 100
DEMARRAGE_SECONDES = 60.0


@dataclass(frozen=True)
class Socle:
    """The server measured.

    Args:
        serveur: PostgreSQL.
        dossier: temporary folder of everything.
    """

    serveur: ServeurPostgres
    dossier: Path

    def machine(self) -> dict[str, Any]:
        """Return the facts without which a figure says nothing."""
        from django.db import connection  # noqa: PLC0415 (Django starts after this module)

        with connection.cursor() as curseur:
            curseur.execute(
                "SELECT current_setting('server_version'), current_setting('fsync'), "
                "current_setting('synchronous_commit'), current_setting('shared_buffers')"
            )
            version, fsync, commit, tampons = curseur.fetchone()
        return {
            "coeurs": os.cpu_count(),
            "charge_au_depart": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "postgresql": version,
            "fsync": fsync,
            "synchronous_commit": commit,
            "shared_buffers": tampons,
            "fdatasync_us": round(_fdatasync(self.dossier) * 1e6),
        }


@contextlib.contextmanager
def serveur_durable() -> Iterator[Socle]:
    """Start a server with fsync, migrate it, and give its address to Django; all is removed on the way out.

    `outils/avec_base.py` offers one without durability: its figures would flatter every write.
    """
    dossier = Path(tempfile.mkdtemp(prefix=f"{NOM}-mesures-"))
    dossier.chmod(0o711)
    (dossier / "donnees" / "statiques").mkdir(parents=True)  # empty: no measure asks for a static file
    serveur = ServeurPostgres(dossier / "postgres")
    try:
        serveur.ouvrir()
        os.environ |= {
            "DATABASE_URL": serveur.adresse(),
            "PLANIPREF_DATA": str(dossier / "donnees"),
            "PLANIPREF_DEMO": "true",
            "PLANIPREF_NIVEAU_JOURNAL": "ERROR",
            "PLANIPREF_MANDATAIRES": "127.0.0.1",  # what asks here is a proxy: it says for whom
            "DJANGO_SETTINGS_MODULE": "bench.reglages",
        }
        import django  # noqa: PLC0415 (after the environment is set)
        from django.core.management import call_command  # noqa: PLC0415

        django.setup()
        call_command("migrate", verbosity=0)
        yield Socle(serveur, dossier)
    finally:
        with contextlib.suppress(Exception):  # leave the base before it stops
            from django.db import connections  # noqa: PLC0415

            connections.close_all()
        serveur.arreter()
        serveur.fermer()
        shutil.rmtree(dossier, ignore_errors=True)


def _fdatasync(dossier: Path) -> float:
    """Return the median time of a synchronous write of 8 kB, in seconds: fast disks and slow ones differ by 20."""
    durees = []
    with tempfile.TemporaryFile(dir=dossier) as fichier:
        for _ in range(ESSAIS_FSYNC):
            os.pwrite(fichier.fileno(), b"\0" * 8192, 0)
            depart = time.perf_counter()
            os.fdatasync(fichier.fileno())
            durees.append(time.perf_counter() - depart)
    return sorted(durees)[len(durees) // 2]


def port_libre() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        port: int = libre.getsockname()[1]
        return port


@contextlib.contextmanager
def serveur_web() -> Iterator[int]:
    """Start gunicorn as in production, on a free port of the loopback; give the port."""
    port = port_libre()
    commande = [sys.executable, "-m", "gunicorn", "planipref.wsgi", f"--bind=127.0.0.1:{port}"]
    commande += ["--workers=2", "--worker-class=gthread", "--threads=4", "--log-level=error"]
    web = subprocess.Popen(commande, env=os.environ | {"PLANIPREF_PROCESSUS": "web"})  # noqa: S603
    try:
        _attendre(port, web)
        yield port
    finally:
        web.terminate()
        try:
            web.wait(10)
        except subprocess.TimeoutExpired:
            web.kill()
            web.wait()


def _attendre(port: int, web: subprocess.Popen[bytes]) -> None:
    limite = time.monotonic() + DEMARRAGE_SECONDES
    while time.monotonic() < limite and web.poll() is None:
        with contextlib.suppress(OSError):
            connexion = HTTPConnection("127.0.0.1", port, timeout=10)
            connexion.request("GET", "/demarches/")
            connexion.getresponse().read()
            connexion.close()
            return
        time.sleep(0.2)
    raise ErreurPostgres("Le serveur web des mesures n’a pas démarré.")
