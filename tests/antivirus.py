"""A real clamd for the tests, that knows one signature: EICAR's. Nothing is downloaded."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Written in two parts, so that this file is not itself taken for a virus.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"
REGLAGES = """Foreground yes
LocalSocket {socket}
DatabaseDirectory {base}
PidFile {dossier}/clamd.pid
StreamMaxLength 20M
MaxThreads 2
SelfCheck 0
"""


def binaire() -> str:
    """Return the path of clamd, that `make test` installs."""
    trouve = shutil.which("clamd") or "/usr/sbin/clamd"
    assert Path(trouve).exists(), "clamd manque : lancez « make test »."
    return trouve


@contextmanager
def clamd_en_marche(dossier: Path) -> Iterator[str]:
    """Start clamd in a folder and yield the path of its socket."""
    base, prise = dossier / "base", dossier / "clamd.sock"
    base.mkdir(exist_ok=True)
    condensat = hashlib.md5(EICAR).hexdigest()
    (base / "essai.hdb").write_text(f"{condensat}:{len(EICAR)}:Eicar-Essai\n")
    reglages = dossier / "clamd.conf"
    reglages.write_text(REGLAGES.format(socket=prise, base=base, dossier=dossier))
    prise.unlink(missing_ok=True)
    with (dossier / "clamd.log").open("wb") as sortie:
        processus = subprocess.Popen([binaire(), f"--config-file={reglages}"], stdout=sortie, stderr=sortie)
    try:
        _attendre(prise, processus)
        yield str(prise)
    finally:
        processus.terminate()
        with suppress(subprocess.TimeoutExpired):
            processus.wait(10)
        processus.kill()


def _attendre(prise: Path, processus: subprocess.Popen[bytes]) -> None:
    limite = time.monotonic() + 60
    while time.monotonic() < limite:
        assert processus.poll() is None, (prise.parent / "clamd.log").read_text()
        with socket.socket(socket.AF_UNIX) as essai, suppress(OSError):
            essai.connect(str(prise))
            return
        time.sleep(0.05)
    raise AssertionError("clamd n’a pas démarré")
