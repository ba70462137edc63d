"""Limit of tries, in PostgreSQL: one statement, atomic, keys hashed, table unlogged."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.db import connection
from django.utils.translation import gettext as _

from planipref.commun.erreurs import ErreurMetier

_SQL = """
INSERT INTO commun_seau AS s (cle, jetons, maj) VALUES (%(cle)s, %(capacite)s - 1, clock_timestamp())
ON CONFLICT (cle) DO UPDATE SET
  jetons = LEAST(%(capacite)s, s.jetons + EXTRACT(EPOCH FROM clock_timestamp() - s.maj) * %(capacite)s / %(periode)s)
           - CASE WHEN LEAST(%(capacite)s, s.jetons + EXTRACT(EPOCH FROM clock_timestamp() - s.maj)
                             * %(capacite)s / %(periode)s) >= 1 THEN 1 ELSE 0 END,
  maj = clock_timestamp(),
  refuse = LEAST(%(capacite)s, s.jetons + EXTRACT(EPOCH FROM clock_timestamp() - s.maj)
                 * %(capacite)s / %(periode)s) < 1
RETURNING NOT refuse
"""


_SQL_RESTE = """
SELECT LEAST(%(capacite)s, jetons + EXTRACT(EPOCH FROM clock_timestamp() - maj) * %(capacite)s / %(periode)s) >= 1
FROM commun_seau WHERE cle = %(cle)s
"""


def consommer(seau: str, cle: str, *, capacite: int, periode: timedelta) -> bool:
    """Take one try from a token bucket; return False when it is empty.

    Args:
        seau: what is limited, such as ``connexion``.
        cle: who is limited (address, convocation…); hashed, never stored in clear.
        capacite: tries available at once.
        periode: time in which the whole capacity comes back.
    """
    condensat = sha256(f"{seau}:{cle}".encode()).hexdigest()
    with connection.cursor() as curseur:
        curseur.execute(_SQL, {"cle": condensat, "capacite": capacite, "periode": periode.total_seconds()})
        return bool(curseur.fetchone()[0])


def reste(seau: str, cle: str, *, capacite: int, periode: timedelta) -> bool:
    """Say whether a bucket still holds a try, without taking it."""
    condensat = sha256(f"{seau}:{cle}".encode()).hexdigest()
    with connection.cursor() as curseur:
        curseur.execute(_SQL_RESTE, {"cle": condensat, "capacite": capacite, "periode": periode.total_seconds()})
        ligne = curseur.fetchone()
    return ligne is None or bool(ligne[0])


def rendre(seau: str, cle: str, *, capacite: int) -> None:
    """Give back a try that :func:`consommer` took: a login that succeeds costs nothing."""
    condensat = sha256(f"{seau}:{cle}".encode()).hexdigest()
    with connection.cursor() as curseur:
        curseur.execute("UPDATE commun_seau SET jetons = LEAST(%s, jetons + 1) WHERE cle = %s", [capacite, condensat])


def exiger(seau: str, cle: str, *, capacite: int, periode: timedelta) -> None:
    """Like :func:`consommer`, but raise.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429) when the bucket is empty.
    """
    if not consommer(seau, cle, capacite=capacite, periode=periode):
        raise ErreurMetier(
            "trop_d_essais", _("Trop d’essais. Attendez quelques minutes avant de recommencer."), statut=429
        )
