"""The hash chain of the journal, computed apart from the database that wrote it.

The same text is built by the SQL function ``evenement_canonique`` when an event is sealed; a test holds the two
equal. Changing it breaks every chain: add a version instead.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

VERSION = "v1"


class Ligne(NamedTuple):
    """What the hash of an event covers.

    Args:
        rang: rank in the préfecture's chain, from 1.
        prefecture_id: whose chain.
        demande_id: file concerned, if any.
        nature: family and verb.
        de: state left.
        vers: state reached.
        acteur_genre: kind of actor.
        acteur_id: which one.
        le: instant.
        charge: payload as PostgreSQL writes ``jsonb`` to text.
    """

    rang: int
    prefecture_id: int
    demande_id: int | None
    nature: str
    de: str
    vers: str
    acteur_genre: str
    acteur_id: int
    le: datetime
    charge: str


def canonique(ligne: Ligne) -> str:
    """Return the text that the hash covers."""
    demande_id = "-" if ligne.demande_id is None else ligne.demande_id
    le = ligne.le.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return (
        f"{VERSION}|{ligne.rang}|{ligne.prefecture_id}|{demande_id}|{ligne.nature}|{ligne.de}|{ligne.vers}"
        f"|{ligne.acteur_genre}|{ligne.acteur_id}|{le}|{ligne.charge}"
    )


def sceller(precedent: bytes, ligne: Ligne) -> bytes:
    """Return the hash of an event, chained to the one before (empty for the first)."""
    return sha256(precedent + canonique(ligne).encode()).digest()
