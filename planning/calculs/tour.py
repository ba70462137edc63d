"""The turn of each at an opening, drawn by lot: neither quick fingers nor robots win, and no crowd comes at once.

A web server answers some tens of pages a second. When more people than that wait for places to open, their turns are
spread over the time that serving all of them takes: the order is a lottery, the same for everybody at every reload.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

DUREE_MAX = timedelta(minutes=30)


def tirer(cle: str, jour: date, *, secret: str) -> float:
    """Draw the place of somebody in the order of a day: uniform in [0, 1), the same at each call, foreseen by nobody.

    Args:
        cle: what names them.
        jour: day of the opening.
        secret: key of the server.
    """
    condensat = hmac.new(secret.encode(), f"tour:{jour}:{cle}".encode(), hashlib.sha256).digest()
    return int.from_bytes(condensat[:6]) / 2**48


def etalement(attendent: int, *, par_seconde: float) -> timedelta:
    """Return the time over which the turns of an opening are spread.

    Args:
        attendent: how many may come.
        par_seconde: how many the server serves in a second; 0 spreads nothing.

    Returns:
        At most `DUREE_MAX`; nothing when a second is enough for all.
    """
    if not par_seconde or attendent <= par_seconde:
        return timedelta(0)
    return min(timedelta(seconds=attendent / par_seconde), DUREE_MAX)


def retard(tirage: float, attendent: int, *, par_seconde: float) -> timedelta:
    """Return how long after the opening somebody's turn comes, in whole seconds.

    Args:
        tirage: see `tirer`.
        attendent: see `etalement`.
        par_seconde: see `etalement`.
    """
    return timedelta(seconds=int(tirage * etalement(attendent, par_seconde=par_seconde).total_seconds()))
