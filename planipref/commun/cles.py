"""Secret keys of an embedded installation: drawn once, kept in its data folder for its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def cle_du_dossier(dossier: Path, nom: str) -> str:
    """Return the key kept in a file of the data folder, drawing it the first time.

    Args:
        dossier: data folder, created if needed.
        nom: name of the file.
    """
    fichier = dossier / nom
    if not fichier.exists():
        dossier.mkdir(mode=0o711, parents=True, exist_ok=True)
        brouillon = dossier / f".{nom}.{os.getpid()}"
        brouillon.touch(mode=0o600)
        brouillon.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(brouillon, fichier)  # atomic: of two processes that start together, one key wins
        except FileExistsError:
            pass
        finally:
            brouillon.unlink()
    return fichier.read_text(encoding="ascii")
