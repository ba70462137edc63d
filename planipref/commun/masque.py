"""What is kept of a message that left: its words, without what they open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

LIEN = "[lien personnel]"
# As `planipref.commun.jetons.deriver` writes them, 32 characters; a key of a row, a UUID, is longer.
_JETON = r"[A-Za-z0-9_-]{32,}"
_FIN = r"[A-Za-z0-9_/-]"  # a full stop or a bracket after an address is not part of it


class Garde(NamedTuple):
    """The words kept of a message, without any secret; both empty when nothing is kept.

    Args:
        objet: subject; empty for a text message.
        texte: plain text.
    """

    objet: str = ""
    texte: str = ""


RIEN = Garde()


def masquer(texte: str, liens: Iterable[str], *, site: str) -> str:
    """Return a text without its secret links.

    Two barriers: the links that the message was made with, word for word; then any address of the site that bears a
    token, wherever it comes from, as one that an agent would have pasted.

    Args:
        texte: as it left.
        liens: the addresses that it was made with.
        site: address of the site.
    """
    for lien in sorted(liens, key=len, reverse=True):
        texte = texte.replace(lien, LIEN)
    hote = re.escape(site.partition("//")[2])
    adresse = rf"(?:(?:https?:)?//)?{hote}/[^\s<>\"]*?{_JETON}(?:[^\s<>\"]*{_FIN})?"
    return re.sub(adresse, LIEN, texte, flags=re.IGNORECASE)
