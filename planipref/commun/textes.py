"""Marks the texts that pure modules hand over, for those who extract what is to be translated."""

from __future__ import annotations


def gettext_noop(texte: str) -> str:
    """Return a text as it is: it is translated where it is shown (pure modules know no Django)."""
    return texte
