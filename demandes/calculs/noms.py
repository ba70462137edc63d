"""Names as they are searched: without accents, case, spaces, hyphens nor apostrophes."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTRES = str.maketrans("łøđı", "lodi", " -'’.")


def cle_de_nom(texte: str) -> str:
    """Return a name as the trigger `usager_cle_identite` writes it in the key of an usager."""
    brut = _ACCENTS.sub("", unicodedata.normalize("NFD", texte)).lower()
    return brut.replace("œ", "oe").replace("æ", "ae").replace("ß", "ss").translate(_LETTRES)


def debuts_de_cle(texte: str) -> list[str]:
    """Return the beginnings of keys that a search may mean: a name, or a name and a first name in either order.

    Args:
        texte: as typed; at most four words are told apart.
    """
    mots = texte.replace("|", " ").split()[:4]
    debuts = [cle_de_nom(" ".join(mots))]
    for rang in range(1, len(mots)):
        un, autre = cle_de_nom(" ".join(mots[:rang])), cle_de_nom(" ".join(mots[rang:]))
        debuts += [f"{un}|{autre}", f"{autre}|{un}"]
    return [debut for debut in debuts if debut.strip("|")]
