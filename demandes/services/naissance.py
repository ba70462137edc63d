"""The second check of a secret link: the birth date of the person, guessed slowly and not for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from demandes.models import Usager
from planipref.commun import debit
from planipref.commun.erreurs import ErreurMetier

ESSAIS_NAISSANCE = 5
PERIODE_ESSAIS = timedelta(hours=1)
# A stolen link is guessed slowly: past so many failures in all, it opens no more.
ECHECS_MAX = 15
PERIODE_ECHECS = timedelta(days=365)


def exiger_naissance(
    usagers: Iterable[Usager],
    date_naissance: str,
    *,
    seau: str,
    cle: str,
    origine: str,
    bloque: str,
    fausse: str,
    consigner: Callable[[], None],
) -> None:
    """Refuse a wrong birth date; tries are counted outside any transaction, so that a failure never gives one back.

    Args:
        usagers: the persons whom the link is about; the date of one is enough.
        date_naissance: as `ChampDateNaissance` cleans it.
        seau: name of the bucket of tries; the failures have their own beside it.
        cle: what the link opens.
        origine: network address of who tries.
        bloque: sentence when the link opens no more.
        fausse: sentence when the date is not theirs.
        consigner: writes the failure in the journal.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429); ``lien_bloque`` (429) after too many failures in all;
            ``naissance_fausse`` on ``date_naissance``.
    """
    echecs = f"{seau}_total"
    debit.exiger(seau, f"{cle}|{origine}", capacite=ESSAIS_NAISSANCE, periode=PERIODE_ESSAIS)
    if not debit.reste(echecs, cle, capacite=ECHECS_MAX, periode=PERIODE_ECHECS):
        raise ErreurMetier("lien_bloque", bloque, statut=429)
    if date_naissance not in {u.date_naissance for u in usagers}:
        debit.consommer(echecs, cle, capacite=ECHECS_MAX, periode=PERIODE_ECHECS)
        consigner()
        raise ErreurMetier("naissance_fausse", fausse, champ="date_naissance")
