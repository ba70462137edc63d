"""Which starts of a week are still free, asked every few seconds by the pages that show them.

The question travels signed in the address of the page: the answer names nobody, needs no session, and is the same for
all who look at the same week. Each process computes it once a second at most, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from django.core import signing
from django.core.cache import cache

from planning.models import Creneau
from planning.selectors import Besoin, debuts_possibles

FRAICHEUR = 1  # second
_signataire = signing.Signer(salt="creneaux-libres")


def question_de(besoin: Besoin, lundis: Iterable[date], *, maintenant: datetime) -> str:
    """Return what a page asks to know which of its starts are still free.

    Args:
        besoin: what the visit needs, at all its sites.
        lundis: first day of each week shown.
        maintenant: instant.
    """
    question = {
        "files": sorted(besoin.longueurs.items()),
        "lundis": [lundi.isoformat() for lundi in lundis],
        "fuseau": besoin.fuseau,
        "quotas": sorted(q.value for q in besoin.quotas(maintenant)),
    }
    return _signataire.sign_object(question, compress=True)


def encore_libres(question: str, *, maintenant: datetime) -> list[int]:
    """Return the first slots that a visit may still take, as of less than two seconds ago (one query a week).

    Raises:
        signing.BadSignature: no page of ours asked that.
    """
    dite = _signataire.unsign_object(question)
    cle = f"creneaux-libres:{sha256(question.encode()).hexdigest()}"
    gardes: list[int] | None = cache.get(cle)
    if gardes is None:
        longueurs = dict(dite["files"])
        libres = Creneau.objects.libres(maintenant, quotas=dite["quotas"]).filter(file__in=longueurs)
        gardes = []
        for lundi in map(date.fromisoformat, dite["lundis"]):
            semaine = libres.de_la_semaine(lundi, dite["fuseau"])
            gardes += [p.creneau.pk for p in debuts_possibles(list(semaine), longueurs)]
        cache.set(cle, gardes, FRAICHEUR)
    return gardes
