"""Real threads on the real database: a barrier starts them together, each with its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from planipref.commun.erreurs import ErreurMetier


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests on one xdist worker, one after the other: they load the machine by themselves."""
    for item in items:
        if "tests/concurrence/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("concurrence"))


Course = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@pytest.fixture
def courir(transactional_db: None) -> Course:
    """Run calls at once in as many threads; return their results, or the code of what a rule refused.

    Any other exception fails the test: a deadlock, a lock timeout, a constraint nobody translated.
    """

    def courir(appels: Sequence[Callable[[], Any]]) -> list[Any]:
        depart = threading.Barrier(len(appels))
        issues: list[Any] = [None] * len(appels)

        def fil(rang: int) -> None:
            try:
                connection.ensure_connection()
                depart.wait(timeout=60)
                issues[rang] = appels[rang]()
            except ErreurMetier as erreur:
                issues[rang] = erreur.code
            except BaseException as erreur:  # noqa: BLE001 - given back to the test's own thread
                issues[rang] = erreur
                depart.abort()
            finally:
                connection.close()

        fils = [threading.Thread(target=fil, args=(rang,), daemon=True) for rang in range(len(appels))]
        for f in fils:
            f.start()
        for f in fils:
            f.join(timeout=120)
        assert not any(f.is_alive() for f in fils), "Un fil n’a pas fini : interblocage ?"
        surprises = [i for i in issues if isinstance(i, BaseException)]
        if surprises:
            raise surprises[0]
        return issues

    return courir
