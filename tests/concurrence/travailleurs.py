"""Real worker processes of a test, on its database: born, killed, awaited."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from demandes.models import Notification

RACINE = Path(__file__).resolve().parents[2]


def attendre(condition: Callable[[], Any], quoi: str, secondes: float = 20.0) -> None:
    """Poll a condition; fail when it does not come true."""
    limite = time.monotonic() + secondes
    while not condition():
        assert time.monotonic() < limite, quoi
        time.sleep(0.003)


@dataclass(frozen=True)
class Travailleur:
    """One worker process."""

    pid: int
    sortie: Path

    def vit(self) -> bool:
        """Say whether it still runs; nobody keeps it as a zombie."""
        try:
            etat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return etat != "Z"

    def tuer(self) -> bool:
        """Kill -9 and wait for the end; say whether it was still at work."""
        vivait = self.vit()
        if vivait:
            self.signaler(signal.SIGKILL)
            attendre(lambda: not self.vit(), "le travailleur survit à SIGKILL")
        return vivait and not self.sortie.exists()

    def signaler(self, signe: int) -> None:
        """Send a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signe)

    def finir(self, secondes: float = 30.0) -> dict[str, int]:
        """Wait for its end and return its report."""
        attendre(lambda: not self.vit(), "le travailleur ne finit pas", secondes)
        erreur = self.sortie.with_suffix(".erreur")
        assert self.sortie.exists(), erreur.read_text() if erreur.exists() else "sans bilan"
        bilan: dict[str, int] = json.loads(self.sortie.read_text() or "{}")
        return bilan


def environnement(dossier: Path, port_smtp: int | None) -> dict[str, str]:
    """Return the environment that makes `manage.py` work on the database of the test."""
    base = connection.settings_dict
    adresse = f"postgres://{base['USER']}@{quote(str(base['HOST']), safe='')}/{base['NAME']}"
    gardees = {c: v for c, v in os.environ.items() if not c.startswith("PLANIPREF_")}
    return gardees | {
        "DATABASE_URL": adresse,
        "DJANGO_SETTINGS_MODULE": "planipref.settings",
        "PLANIPREF_DEMO": "true",
        "PLANIPREF_CLE_SECRETE": settings.SECRET_KEY,
        "PLANIPREF_DATA": str(dossier),
        "PLANIPREF_URL": settings.PLANIPREF_URL,
        "PLANIPREF_NIVEAU_JOURNAL": "ERROR",
        "PLANIPREF_SMTP_STARTTLS": "false",
        "PLANIPREF_SMTP_HOTE": "127.0.0.1" if port_smtp else "",
        "PLANIPREF_SMTP_PORT": str(port_smtp or 587),
    }


class Pepiniere:
    """The process of `tests/concurrence/pepiniere.py`."""

    def __init__(self, dossier: Path, port_smtp: int | None) -> None:
        self.dossier, self.nes = dossier, 0
        self.environnement = environnement(dossier, port_smtp)
        self.processus = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrence.pepiniere"],
            cwd=RACINE,
            env=self.environnement,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._lire() == "prête"

    def naitre(self, mode: str = "vrai") -> Travailleur:
        """Start a worker."""
        assert self.processus.stdin
        self.nes += 1
        sortie = self.dossier / f"travailleur-{self.nes}.json"
        self.processus.stdin.write(f"{mode} {sortie}\n")
        self.processus.stdin.flush()
        return Travailleur(int(self._lire()), sortie)

    def _lire(self) -> str:
        assert self.processus.stdout
        return self.processus.stdout.readline().strip()

    def fermer(self) -> None:
        """End, with the workers left: they follow the death of their parent."""
        self.processus.kill()
        self.processus.communicate()
        attendre(lambda: not autres_connexions(), "un travailleur garde sa connexion")


def autres_connexions(*, bloquees: bool = False) -> list[int]:
    """Return the backends of this database but ours; those that wait for a lock only, when asked."""
    filtre = " AND wait_event_type = 'Lock'" if bloquees else ""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> 'verrou'" + filtre
        )
        return [pid for (pid,) in curseur.fetchall()]


def couper_les_connexions() -> int:
    """Kill the workers' backends, as a restart of PostgreSQL would; return how many."""
    pids = autres_connexions()
    with connection.cursor() as curseur:
        for pid in pids:
            curseur.execute("SELECT pg_terminate_backend(%s)", [pid])
    return len(pids)


def enterrer() -> int:
    """After a kill -9: end what the dead worker's backend was doing, let its reservation expire at once.

    Without the first, a statement that waited for a lock would still be executed for a client that is no more.

    Returns:
        Number of messages that the dead left in the middle.
    """
    fermer_les_connexions()
    return expirer_les_reservations()


def fermer_les_connexions() -> None:
    """Kill the workers' backends and wait until they are gone."""
    couper_les_connexions()
    attendre(lambda: not autres_connexions(), "la connexion d’un mort survit")


def expirer_les_reservations() -> int:
    """Move the reservations into the past, rather than wait for minutes."""
    with connection.cursor() as curseur:
        curseur.execute(
            "UPDATE demandes_notification SET reservee_jusqu_a = now() - interval '1 second' WHERE etat = 'en_envoi'"
        )
        return curseur.rowcount


@contextmanager
def verrou(ordre: str, *parametres: int) -> Iterator[None]:
    """Hold a lock from another connection, so that a worker stops exactly there."""
    autre = connection.copy()
    try:
        autre.set_autocommit(False)
        with autre.cursor() as curseur:
            curseur.execute("SET application_name = 'verrou'")
            curseur.execute(ordre, parametres)
        yield
    finally:
        autre.rollback()
        autre.close()


def restant() -> int:
    """Return how many messages have not left."""
    return Notification.objects.exclude(etat=Notification.Etat.ENVOYEE).count()
