"""Proving that PostgreSQL itself refuses, and by which constraint."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction


@contextmanager
def refuse_par(*contraintes: str) -> Iterator[None]:
    """Expect the block to be refused by this constraint or trigger (or one of these); what it did is undone."""
    with pytest.raises(IntegrityError) as refus, transaction.atomic():
        yield
    assert refus.value.__cause__.diag.constraint_name in contraintes  # type: ignore[union-attr]


def sql(requete: str, *parametres: str | int | None) -> None:
    """Run raw SQL, as somebody with a database console would."""
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
