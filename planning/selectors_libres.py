"""Which starts of a week are still free, asked every few seconds by the pages that show them.

The question travels signed in the address of the page: the answer names nobody, needs no session, and is the same for
all who look at the same week. It is computed once a second, whoever asks.
"""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256

from django.core import signing
from django.core.cache import cache

from planning.models import Creneau
from planning.selectors import Besoin, debuts_possibles

FRAICHEUR = 1  # second
_signataire = signing.Signer(salt="creneaux-libres")


def question_de(besoin: Besoin, lundi: date, *, maintenant: datetime) -> str:
    """Return what a page asks to know which of its starts are still free.

    Args:
        besoin: what the visit needs, at the sites shown.
        lundi: first day of the week shown.
        maintenant: instant.
    """
    files = sorted([f.pk, besoin.longueur(f)] for f in besoin.files)
    quotas = sorted(q.value for q in besoin.quotas(maintenant))
    question = {"files": files, "lundi": lundi.isoformat(), "fuseau": besoin.fuseau, "quotas": quotas}
    return _signataire.sign_object(question, compress=True)


def encore_libres(question: str, *, maintenant: datetime) -> list[int]:
    """Return the identifiers of the first slots that a visit may still take, less than two seconds old (one query).

    Raises:
        signing.BadSignature: no page of ours asked that.
    """
    dite = _signataire.unsign_object(question)
    cle = f"creneaux-libres:{sha256(question.encode()).hexdigest()}"
    gardes: list[int] | None = cache.get(cle)
    if gardes is None:
        longueurs = dict(dite["files"])
        libres = Creneau.objects.libres(maintenant, quotas=dite["quotas"]).filter(file__in=longueurs)
        semaine = libres.de_la_semaine(date.fromisoformat(dite["lundi"]), dite["fuseau"])
        gardes = [p.creneau.pk for p in debuts_possibles(list(semaine), longueurs)]
        cache.set(cle, gardes, FRAICHEUR)
    return gardes
