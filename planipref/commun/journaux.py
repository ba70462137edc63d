"""Logs without personal data: secret links, addresses and quoted values are masked on their way out."""

from __future__ import annotations

import logging
import re

_MASQUES = (
    (re.compile(r"\?[^\s\"']+"), "?…"),  # query strings: searches by name
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "…@…"),
    (re.compile(r"(?<=/)[A-Za-z0-9_-]{24,}"), "…"),  # tokens of secret links
    (re.compile(r"(DETAIL:|Key \().*"), r"\1 …"),  # PostgreSQL quotes the refused row
)
# What an exception says, not the frames that led to it, which are indented: « invalid literal: 'Ben Ali' ».
_DIT = re.compile(r"^\S.*$", re.MULTILINE)
_CITE = re.compile(r"((?:column|constraint|index|relation|table) \"[\w.]+\")|['\"«].*['\"»]")


class FormatDiscret(logging.Formatter):
    """Formatter that masks what may name or identify a person, in messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line, masked."""
        texte = super().format(record)
        if record.exc_text:  # made by whichever handler came first
            texte = texte.replace(record.exc_text, _DIT.sub(_sans_citation, record.exc_text))
        for motif, remplacement in _MASQUES:
            texte = motif.sub(remplacement, texte)
        return texte


def _sans_citation(ligne: re.Match[str]) -> str:
    """Mask what an exception quotes, from the first quotation mark to the last; names of our tables stay."""
    return _CITE.sub(lambda cite: cite[1] or "…", ligne[0])
