"""Limit of tries, in PostgreSQL: one statement, atomic, keys hashed, table unlogged."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection
from django.utils.translation import gettext as _

from planipref.commun.erreurs import ErreurMetier

ATTENTE_MAX = 5.0  # seconds

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


class Differe(Exception):
    """Not now: what was to leave keeps for later, by no fault of its own.

    Args:
        jusqu_a: when to try again.
    """

    def __init__(self, jusqu_a: datetime) -> None:
        super().__init__(jusqu_a.isoformat())
        self.jusqu_a = jusqu_a


def attendre_son_tour(fournisseur: str, *, capacite: int, periode: timedelta, maintenant: datetime) -> None:
    """Keep to the rate of who carries messages, shared by the workers; a turn that comes within seconds is waited for.

    Args:
        fournisseur: who carries them.
        capacite: messages in a period.
        periode: the period.
        maintenant: instant.

    Raises:
        Differe: no turn came in time.
    """
    fin = time.monotonic() + ATTENTE_MAX
    pas = periode / capacite
    while not consommer(fournisseur, "debit", capacite=capacite, periode=periode):
        if time.monotonic() + min(pas.total_seconds(), ATTENTE_MAX) > fin:
            raise Differe(maintenant + max(pas, timedelta(seconds=ATTENTE_MAX)))
        time.sleep(pas.total_seconds())
