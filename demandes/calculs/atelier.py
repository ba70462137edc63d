"""The workshop: a hostile file is rebuilt in a process of its own, which may be killed without harm to the site.

Run as ``python -m demandes.calculs.atelier OCTETS_MAX``: the file on its input; on its output one line of JSON, then
the rebuilt bytes. The process bounds its own memory and time before it imports any decoder, writes no file, knows
neither Django nor the secrets of the environment.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

RACINE = Path(__file__).resolve().parents[2]
SECONDES_MAX = 15
ATTENTE_MAX = 20  # seconds in the queue before we ask to try again
BORNES = {
    resource.RLIMIT_AS: 1_500_000_000,
    resource.RLIMIT_CPU: 10,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
# No secret of ours; one heap for all threads, or each would reserve 64 MB of the memory allowed.
ENVIRONNEMENT = {"PATH": os.defpath, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "1"}

_places = BoundedSemaphore(2)
journal = logging.getLogger(__name__)


class AtelierOccupe(Exception):
    """No place came free in time."""


class AtelierMort(Exception):
    """The process died, took too long, or answered nonsense: the file is not to be trusted."""


def confier(brut: bytes, *, octets_max: int) -> tuple[dict[str, str], bytes]:
    """Have a file rebuilt by a process of its own; two at once at most.

    Args:
        brut: bytes received.
        octets_max: greatest size accepted, in bytes.

    Returns:
        The line of the process (``extension``, or ``code`` and ``message`` of a refusal), and the rebuilt bytes.

    Raises:
        AtelierOccupe: no place within twenty seconds.
        AtelierMort: killed by a limit, or by the file.
    """
    if not _places.acquire(timeout=ATTENTE_MAX):
        raise AtelierOccupe
    try:
        fini = subprocess.run(  # noqa: S603 (our own module, no shell)
            [sys.executable, "-m", "demandes.calculs.atelier", str(octets_max)],
            input=brut,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=RACINE,
            env=ENVIRONNEMENT,
            timeout=SECONDES_MAX,
            check=True,
        )
        ligne, _, donnees = fini.stdout.partition(b"\n")
        return {str(cle): str(valeur) for cle, valeur in json.loads(ligne).items()}, donnees
    except (subprocess.SubprocessError, OSError, ValueError, AttributeError) as erreur:
        journal.warning("atelier : fichier de %d octets abandonné (%s)", len(brut), type(erreur).__name__)
        raise AtelierMort from erreur
    finally:
        _places.release()


def borner() -> None:
    """Bound this process, for good."""
    for ressource, borne in BORNES.items():
        dure = resource.getrlimit(ressource)[1]
        borne_permise = borne if dure == resource.RLIM_INFINITY else min(borne, dure)
        resource.setrlimit(ressource, (borne_permise, borne_permise))


def travailler(octets_max: int) -> None:
    """Rebuild the file of the standard input on the standard output."""
    from demandes.calculs.fichiers import assainir  # noqa: PLC0415 (decoders come after the limits)
    from planipref.commun.erreurs import ErreurMetier  # noqa: PLC0415

    entete, donnees = {}, b""
    try:
        fichier = assainir(sys.stdin.buffer.read(), octets_max=octets_max)
        entete, donnees = {"extension": fichier.extension}, fichier.donnees
    except ErreurMetier as erreur:
        entete = {"code": erreur.code, "message": erreur.message}
    sys.stdout.buffer.write(json.dumps(entete).encode() + b"\n")
    sys.stdout.buffer.write(donnees)


if __name__ == "__main__":
    borner()
    travailler(int(sys.argv[1]))
