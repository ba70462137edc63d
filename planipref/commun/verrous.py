"""Locks that PostgreSQL keeps by name: for a session, how many workers do one kind of work; for a transaction, one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection

from planipref.commun.transactions import etape

PRENDRE = "SELECT pg_try_advisory_lock(hashtext(%s), %s)"
RENDRE = "SELECT pg_advisory_unlock(hashtext(%s), %s)"


@contextmanager
def une_place(travail: str, places: int) -> Iterator[bool]:
    """Take one of the places of a kind of work, given back at the end, or with the connection.

    Args:
        travail: name of the work.
        places: how many workers may do it at once.

    Yields:
        Whether there was a place; without waiting.
    """
    prise = next((n for n in range(places) if _appeler(PRENDRE, travail, n)), None)
    try:
        yield prise is not None
    finally:
        if prise is not None:
            try:
                _appeler(RENDRE, travail, prise)
            except (OperationalError, InterfaceError):
                connection.close()  # the lock went with it


def _appeler(sql: str, travail: str, place: int) -> bool:
    with connection.cursor() as curseur:
        curseur.execute(sql, [travail, place])
        return bool(curseur.fetchone()[0])


@etape
def un_seul(travail: str, numero: int) -> None:
    """Wait until no other transaction does this work on this object, and keep them out until the end of this one.

    Args:
        travail: name of the work.
        numero: identifier of its object.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [travail, numero])


@etape
def avec_d_autres(travail: str, numero: int) -> None:
    """Wait for who does this work on this object as `un_seul`, and keep them out until the end of this transaction.

    Those who do it with others do not wait for each other.

    Args:
        travail: name of the work.
        numero: identifier of its object.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s), %s)", [travail, numero])
