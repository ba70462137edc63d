"""Measures the accessibility of the site again, and writes the figures of the page `/accessibilite/`.

`make accessibilite`: the two halves of the audit and the journeys with the keyboard each leave their facts in a folder;
they are put together in planipref/pages/donnees/accessibilite.json.
Exit code 1, and nothing written, when a test failed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE))

from planipref.pages.declaration import FICHIER, lire  # noqa: E402

TESTS = ("tests/navigateur/test_accessibilite.py", "tests/navigateur/test_clavier.py")
ATTENDUS = {"agents", "public", "clavier-agent", "clavier-usager"}


class Incomplet(Exception):
    """A test left no facts: the figures would be wrong; the message names what is missing."""


@dataclass
class Faits:
    """What one test saw, as it wrote it: lists, never counts, so that two of them make one.

    Args:
        le: date, ISO 8601.
        axe: versions of axe.
        pages: names of the addresses seen whole.
        ecrans: page, state, role and language of each screen.
        langues: codes.
        regles: rules of axe.
        fautes: sentences.
        a_voir: what is left to a human eye, once per screen.
        parcours_clavier: names of the journeys.
    """

    le: list[str] = field(default_factory=list)
    axe: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    ecrans: list[list[str]] = field(default_factory=list)
    langues: list[str] = field(default_factory=list)
    regles: list[str] = field(default_factory=list)
    fautes: list[str] = field(default_factory=list)
    a_voir: list[str] = field(default_factory=list)
    parcours_clavier: list[str] = field(default_factory=list)


# Seen by two halves, these are one; screens, faults and points to look at are each its own.
UNIONS = {"le", "axe", "pages", "langues", "regles", "parcours_clavier"}


def fusionner(parts: Iterable[Faits]) -> Faits:
    """Put the facts of several tests together."""
    tout = Faits()
    for part in parts:
        for champ in fields(Faits):
            ensemble = [*getattr(tout, champ.name), *getattr(part, champ.name)]
            setattr(tout, champ.name, sorted(set(ensemble)) if champ.name in UNIONS else ensemble)
    return tout


def chiffres(faits: Faits) -> dict[str, Any]:
    """Count: the figures of the statement."""
    comptes = {c.name: len(getattr(faits, c.name)) for c in fields(Faits) if c.name not in ("le", "axe")}
    return {"le": max(faits.le), "axe": ", ".join(faits.axe), **comptes}


def ramasser(dossier: Path) -> list[Faits]:
    """Read what each test left.

    Raises:
        Incomplet: one of them left nothing.
    """
    fichiers = {fichier.stem: fichier for fichier in dossier.glob("*.json")}
    if manquent := sorted(ATTENDUS - set(fichiers)):
        raise Incomplet(f"Rien n’est écrit : il manque les faits de {', '.join(manquent)}.")
    return [Faits(**json.loads(fichiers[nom].read_text(encoding="utf-8"))) for nom in sorted(ATTENDUS)]


def main() -> int:
    """Run the tests, then write the figures."""
    with tempfile.TemporaryDirectory() as dossier:
        milieu = {nom: valeur for nom, valeur in os.environ.items() if nom != "VISITES"} | {"AUDIT": dossier}
        essais = subprocess.run(  # noqa: S603 (our own tests)
            [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist=loadgroup", *TESTS],
            cwd=RACINE,
            env=milieu,
            check=False,
        )
        try:
            obtenus = chiffres(fusionner(ramasser(Path(dossier))))
        except Incomplet as refus:
            print(refus, file=sys.stderr)
            return 1
    if essais.returncode:
        print("Des essais échouent : les chiffres de la déclaration restent ceux d’avant.", file=sys.stderr)
        return 1
    FICHIER.write_text(json.dumps(obtenus, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(lire(FICHIER))
    return 0


if __name__ == "__main__":
    sys.exit(main())
