"""The workshop: a hostile file is rebuilt in a process of its own, which may be killed without harm to the site.

Run as ``python -m demandes.calculs.atelier``: on its input one line of JSON (the order, its parameters, the size of
each file), then the files; on its output one line of JSON, then the file made. The process bounds its own memory and
time before it imports any decoder, writes no file, knows neither Django nor the secrets of the environment.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

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


def confier(ordre: str, fichiers: Sequence[bytes], **parametres: int | str) -> tuple[dict[str, Any], bytes]:
    """Have a file made by a process of its own; two at once at most.

    Args:
        ordre: ``assainir``, ``assembler``, ``tourner`` or ``filigraner``.
        fichiers: bytes of each file.
        parametres: those of the function that carries the order out.

    Returns:
        The line of the process (``extension``, ``pages`` and ``avis``, or ``code``, ``message`` and ``parametres`` of a
        refusal), and the bytes made.

    Raises:
        AtelierOccupe: no place within twenty seconds.
        AtelierMort: killed by a limit, or by the file.
    """
    entete = {"ordre": ordre, "parametres": parametres, "tailles": [len(f) for f in fichiers]}
    if not _places.acquire(timeout=ATTENTE_MAX):
        raise AtelierOccupe
    try:
        fini = subprocess.run(
            [sys.executable, "-m", "demandes.calculs.atelier"],
            input=b"\n".join([json.dumps(entete).encode(), b"".join(fichiers)]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=RACINE,
            env=ENVIRONNEMENT,
            timeout=SECONDES_MAX,
            check=True,
        )
        ligne, _, donnees = fini.stdout.partition(b"\n")
        reponse = json.loads(ligne)
        return {str(cle): valeur for cle, valeur in reponse.items()}, donnees
    except (subprocess.SubprocessError, OSError, ValueError, AttributeError) as erreur:
        octets = sum(len(f) for f in fichiers)
        journal.warning("atelier : %s de %d octets abandonné (%s)", ordre, octets, type(erreur).__name__)
        raise AtelierMort from erreur
    finally:
        _places.release()


def borner() -> None:
    """Bound this process, for good."""
    for ressource, borne in BORNES.items():
        dure = resource.getrlimit(ressource)[1]
        borne_permise = borne if dure == resource.RLIM_INFINITY else min(borne, dure)
        resource.setrlimit(ressource, (borne_permise, borne_permise))


def executer(ordre: str, fichiers_recus: Sequence[bytes], **parametres: int | str) -> tuple[dict[str, Any], bytes]:
    """Carry out an order in this process: what `confier` has another one do, with the same answer."""
    from demandes.calculs import assemblage, fichiers, filigrane  # noqa: PLC0415 (decoders come after the limits)
    from planipref.commun.erreurs import ErreurMetier  # noqa: PLC0415

    ordres: dict[str, Callable[..., Any]] = {
        "assainir": fichiers.assainir,
        "assembler": lambda *recus, **parametres: assemblage.assembler(recus, **parametres),
        "tourner": assemblage.tourner,
        "filigraner": filigrane.filigraner,
    }
    try:
        fait = ordres[ordre](*fichiers_recus, **parametres)
    except ErreurMetier as erreur:
        return {"code": erreur.code, "message": erreur.phrase, "parametres": erreur.parametres}, b""
    return {"extension": fait.extension, "pages": fait.pages, "avis": fait.avis}, fait.donnees


def travailler() -> None:
    """Carry out the order of the standard input, on the standard output."""
    demande = json.loads(sys.stdin.buffer.readline())
    recus = [sys.stdin.buffer.read(taille) for taille in demande["tailles"]]
    entete, donnees = executer(demande["ordre"], recus, **demande["parametres"])
    sys.stdout.buffer.write(json.dumps(entete).encode() + b"\n")
    sys.stdout.buffer.write(donnees)


if __name__ == "__main__":
    borner()
    travailler()
