"""Two kinds of service: an *acte* opens the transaction, an *étape* takes part in one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


def acte(fonction: Callable[P, R]) -> Callable[P, R]:
    """Mark the entry point of a view, task or command: one durable transaction, never nested."""

    @wraps(fonction)
    def enveloppe(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(durable=True):
            return fonction(*args, **kwargs)

    return enveloppe


def etape(fonction: Callable[P, R]) -> Callable[P, R]:
    """Mark a composable part of an acte; calling it outside a transaction is a programming error."""

    @wraps(fonction)
    def enveloppe(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            msg = f"L’étape « {fonction.__name__} » doit être appelée dans un acte."
            raise RuntimeError(msg)
        return fonction(*args, **kwargs)

    return enveloppe
