"""Logs without personal data: secret links, addresses and quoted rows are masked on their way out."""

from __future__ import annotations

import logging
import re

_MASQUES = (
    (re.compile(r"\?[^\s\"']+"), "?…"),  # query strings: searches by name
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
    (re.compile(r"(?<=/)[A-Za-z0-9_-]{24,}"), "…"),  # tokens of secret links
    (re.compile(r"(DETAIL:|Key \().*"), r"\1 …"),  # PostgreSQL quotes the refused row
)


class FormatDiscret(logging.Formatter):
    """Formatter that masks what may name or identify a person, in messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line, masked."""
        texte = super().format(record)
        for motif, remplacement in _MASQUES:
            texte = motif.sub(remplacement, texte)
        return texte
