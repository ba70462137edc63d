"""Hiding the event loop that Playwright keeps in the thread of the tests from what runs a loop of its own."""

from __future__ import annotations

import asyncio.events
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hors_boucle() -> Iterator[None]:
    """Run a block as in production, where no loop runs: pyHanko seals with `asyncio.run`."""
    boucle = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    try:
        yield
    finally:
        asyncio.events._set_running_loop(boucle)
