"""Writing the journal, and proving that nobody rewrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from django.db import connection, transaction

from demandes.acteur import Acteur
from demandes.calculs.chaine import Ligne, sceller
from demandes.models import Demande, Evenement, Prefecture
from demandes.services.mandataires import prevenir_mandant
from planipref.commun.transactions import acte, etape

# One statement, one snapshot: events committed meanwhile are neither in the chain read nor in the head it must match.
_SQL_CHAINE = """
SELECT t.rang, t.condensat, e.id, e.condensat, e.rang, e.prefecture_id, e.demande_id, e.nature, e.de, e.vers,
       e.acteur_genre, e.acteur_id, e.le, e.charge::text
FROM demandes_prefecture p
LEFT JOIN demandes_tetejournal t ON t.prefecture_id = p.id
LEFT JOIN demandes_evenement e ON e.prefecture_id = p.id
WHERE p.id = %s ORDER BY e.rang NULLS LAST, e.id
"""
_LOT = 2000


@dataclass(frozen=True)
class Rupture:
    """The first event that breaks a chain.

    Args:
        departement: préfecture whose chain is broken.
        rang: rank where it breaks.
        evenement_id: event found there, None when it is missing.
        raison: what is wrong, in French.
    """

    departement: str
    rang: int
    evenement_id: int | None
    raison: str


@etape
def journaliser(
    nature: str,
    *,
    par: Acteur,
    maintenant: datetime,
    demande: Demande | None = None,
    prefecture_id: int = 0,
    de: str = "",
    vers: str = "",
    charge: dict[str, Any] | None = None,
) -> Evenement:
    """Append an event to the journal of a préfecture; PostgreSQL ranks and seals it at commit.

    What an organisation does under a mandate also names its aidant, and is told to the person.

    Args:
        nature: family and verb, such as ``transition:convoquer`` or ``lecture:dossier``.
        par: who acts.
        maintenant: instant.
        demande: file concerned, if any; gives the préfecture.
        prefecture_id: préfecture, needed when no file is concerned.
        de: state left, for a transition.
        vers: state reached, for a transition.
        charge: identifiers, codes and counts only: never personal data.
    """
    evenement = Evenement.objects.create(
        prefecture_id=demande.prefecture_id if demande else prefecture_id,
        demande=demande,
        nature=nature,
        de=de,
        vers=vers,
        acteur_genre=par.genre.value,
        acteur_id=par.pk,
        le=maintenant,
        charge={**(charge or {}), **par.trace},
    )
    if par.est_organisme and demande is not None:
        prevenir_mandant(evenement, demande, par=par, maintenant=maintenant)
    return evenement


@etape
def journaliser_lot(
    nature: str,
    demandes: Sequence[Demande],
    *,
    par: Acteur,
    maintenant: datetime,
    charge: Callable[[Demande], dict[str, Any]],
) -> None:
    """Append the same event to the journal of many files at once, as one act of an agent or of the system.

    Args:
        nature: family and verb.
        demandes: files, in the order of their events.
        par: who acts.
        maintenant: instant.
        charge: identifiers, codes and counts of each.
    """
    Evenement.objects.bulk_create(
        Evenement(
            prefecture_id=d.prefecture_id,
            demande=d,
            nature=nature,
            acteur_genre=par.genre.value,
            acteur_id=par.pk,
            le=maintenant,
            charge=charge(d),
        )
        for d in demandes
    )


@acte
def consigner_lecture(demande: Demande, *, par: Acteur, maintenant: datetime, quoi: str = "dossier") -> None:
    """Write that an agent looked at a personal file, in a transaction of its own."""
    journaliser(f"lecture:{quoi}", par=par, maintenant=maintenant, demande=demande)


@dataclass(frozen=True)
class Examen:
    """What a walk along a chain found.

    Args:
        evenements: events that follow each other without a flaw, from the first one.
        tete: hash of the last of them, in hexadecimal. Noted elsewhere, it proves later that the whole chain up to
            it is still the same: a chain cannot tell by itself that its end *and* its head were cut off together.
        rupture: the first break, None when the chain is whole.
    """

    evenements: int
    tete: str
    rupture: Rupture | None


def verifier(prefecture: Prefecture) -> Rupture | None:
    """Walk a préfecture's chain and return the first break, or None when it is whole."""
    return examiner(prefecture).rupture


def examiner(prefecture: Prefecture) -> Examen:
    """Walk a préfecture's chain, while others write to it.

    An event changed, removed, moved or added outside the chain, and a head that does not match, are breaks.
    """
    # A cursor on the server's side: a chain of millions of events does not fit in the memory of the process.
    with transaction.atomic(), connection.chunked_cursor() as curseur:
        curseur.execute(_SQL_CHAINE, [prefecture.pk])
        return _parcourir(prefecture.departement, iter(partial(curseur.fetchmany, _LOT), []))


def _parcourir(departement: str, lots: Iterable[Sequence[Sequence[Any]]]) -> Examen:
    precedent, rang, tete = b"", 0, (0, b"")
    for tete_rang, tete_condensat, identifiant, lu, *reste in chain.from_iterable(lots):
        tete = (tete_rang or 0, bytes(tete_condensat or b""))
        if identifiant is None:  # a préfecture without events is one row, of the head alone
            break
        condensat = None if lu is None else bytes(lu)
        raison = _defaut(rang + 1, precedent, condensat, Ligne(*reste))
        if raison:
            return Examen(rang, precedent.hex(), Rupture(departement, rang + 1, identifiant, raison))
        rang, precedent = rang + 1, condensat or b""
    if tete == (rang, precedent):
        return Examen(rang, precedent.hex(), None)
    raison = "La fin de la chaîne manque." if tete[0] > rang else "La tête de la chaîne a été modifiée."
    return Examen(rang, precedent.hex(), Rupture(departement, rang + 1, None, raison))


def _defaut(rang: int, precedent: bytes, condensat: bytes | None, ligne: Ligne) -> str:
    if ligne.rang is None or condensat is None:
        return "Événement hors de la chaîne."
    if ligne.rang != rang:
        return "Un événement a été retiré."
    if sceller(precedent, ligne) != condensat:
        return "L’événement a été modifié ou déplacé."
    return ""
