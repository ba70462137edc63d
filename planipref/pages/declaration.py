"""The figures of the accessibility statement: what `make accessibilite` measured last and wrote beside this module."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FICHIER = Path(__file__).with_name("donnees") / "accessibilite.json"


class DeclarationIllisible(ValueError):
    """The file of the figures is not one that `make accessibilite` writes; the message says why."""


@dataclass(frozen=True)
class Declaration:
    """What our automated tests saw.

    Args:
        le: civil date in Paris of the tests, which is also the date of the statement.
        axe: version of axe.
        pages: addresses seen whole.
        ecrans: pages seen, each in a state, by a role, in a language.
        langues: languages of these screens.
        regles: rules of axe that applied somewhere.
        fautes: what is wrong.
        a_voir: what axe leaves to a human eye.
        parcours_clavier: journeys made with the keyboard alone.
    """

    le: date
    axe: str
    pages: int
    ecrans: int
    langues: int
    regles: int
    fautes: int
    a_voir: int
    parcours_clavier: int


NOMS = tuple(champ.name for champ in fields(Declaration))


def lire(fichier: Path) -> Declaration:
    """Read the figures.

    Raises:
        DeclarationIllisible: the file is missing, is not JSON, lacks a figure, has one too many or a wrong one.
    """
    try:
        brut = json.loads(fichier.read_text(encoding="utf-8"))
    except (OSError, ValueError) as erreur:
        raise DeclarationIllisible(f"{fichier} ne se lit pas ({erreur}) : relancez « make accessibilite ».") from erreur
    if not isinstance(brut, dict) or set(brut) != set(NOMS):
        raise DeclarationIllisible(f"{fichier} doit donner : {', '.join(NOMS)}.")
    nombres = {nom: _nombre(fichier, nom, brut[nom]) for nom in NOMS if nom not in ("le", "axe")}
    return Declaration(le=_jour(fichier, brut["le"]), axe=str(brut["axe"]), **nombres)


def _nombre(fichier: Path, nom: str, valeur: Any) -> int:
    if isinstance(valeur, bool) or not isinstance(valeur, int) or valeur < 0:
        raise DeclarationIllisible(f"{fichier} : « {nom} » doit être un nombre entier, pas {valeur!r}.")
    return valeur


def _jour(fichier: Path, valeur: Any) -> date:
    try:
        return date.fromisoformat(valeur)
    except (TypeError, ValueError) as erreur:
        raise DeclarationIllisible(f"{fichier} : « le » doit être un jour, pas {valeur!r}.") from erreur


@cache
def declaration() -> Declaration:
    """Return the figures of this version of the site, read once."""
    return lire(FICHIER)
