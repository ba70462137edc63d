"""The files that the architecture tests read."""

from __future__ import annotations

from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
APPLICATIONS = ("demandes", "planning", "guichet", "statistiques", "planipref")


def fichiers(*dossiers: str, suffixe: str) -> list[Path]:
    """List the files of some folders, in order, without vendored ones."""
    trouves = (chemin for dossier in dossiers for chemin in (RACINE / dossier).rglob(f"*{suffixe}"))
    return sorted(chemin for chemin in trouves if "vendor" not in chemin.parts)


def nom_de(chemin: Path) -> str:
    """Path of a file from the root of the project."""
    return chemin.relative_to(RACINE).as_posix()
