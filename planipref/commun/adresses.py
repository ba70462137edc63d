"""Addresses of outside systems."""

from __future__ import annotations

from urllib.parse import urlsplit

LOCAUX = frozenset({"localhost", "127.0.0.1", "::1"})


def est_protegee(adresse: str) -> bool:
    """Say whether a token and people's data may go to an address: in https, or on this very machine."""
    decoupee = urlsplit(adresse)
    return decoupee.scheme == "https" or decoupee.hostname in LOCAUX
