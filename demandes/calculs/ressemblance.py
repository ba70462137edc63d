"""Which two records may be one person: pure comparison, the unknown day and month of civil status included."""

from __future__ import annotations


def naissances_compatibles(une: str, autre: str) -> bool:
    """Say whether two birth dates may be one: ``00`` is what civil status doesn't know, it fits any day or month.

    Args:
        une: ``AAAA-MM-JJ``.
        autre: the same.
    """
    parties = list(zip(une.split("-"), autre.split("-"), strict=False))
    return len(parties) == 3 and all(x == y or "00" in (x, y) for x, y in parties)
