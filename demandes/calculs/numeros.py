"""Numbers of demandes as people type them."""

from __future__ import annotations

import re

_SAISI = re.compile(r"(\d[\dAB]\d?)[\s-]*(20\d\d)[\s-]*(\d{6,})")


def lire_numero(texte: str) -> str:
    """Return a number of demande as it is stored, ``67-2026-000123``, typed with or without its dashes.

    Args:
        texte: as typed; what looks like no number is returned in capitals, for whoever says that it is unknown.
    """
    brut = texte.strip().upper()
    trouve = _SAISI.fullmatch(brut)
    return "-".join(trouve.groups()) if trouve else brut
