"""The antivirus looks at each file given; nothing is shown to anybody before it has said that the file is harmless."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.utils.translation import gettext_noop

from demandes.acteur import SYSTEME
from demandes.cycle import Etat
from demandes.models import Piece, PieceJointe
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from demandes.services.transitions import verrouiller
from planipref.commun.antivirus import AntivirusAbsent, Verdict, analyser, est_configure
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.transactions import acte

LOT = 200
SUITES: dict[Verdict, tuple[str, str]] = {
    Verdict.SAIN: (Piece.Scan.SAINE, ""),
    Verdict.INFECTE: (
        Piece.Scan.INFECTEE,
        gettext_noop("Ce fichier contient un virus : il a été effacé. Envoyez-en un autre."),
    ),
    Verdict.ILLISIBLE: (
        Piece.Scan.ILLISIBLE,
        gettext_noop("Ce fichier n’a pas pu être lu. Refaites le scan ou la photo."),
    ),
}


def analyser_les_pieces() -> dict[str, int]:
    """Analyse the files that wait, oldest first; idempotent, and safe in several workers at once.

    No transaction is open while clamd reads. When it does not answer, the files go on waiting.

    Returns:
        Counts by outcome: ``saine``, ``infectee``, ``illisible``, and what still waits, ``en_attente``.
    """
    bilan = {str(scan): 0 for scan in Piece.Scan}
    if not est_configure():
        return bilan
    for recu in chain(_en_attente(Piece), _en_attente(PieceJointe)):
        try:
            verdict = _lire(recu)
        except AntivirusAbsent:
            break
        if rendre_verdict(recu, verdict, maintenant=horloge()):
            bilan[SUITES[verdict][0]] += 1
    bilan[Piece.Scan.EN_ATTENTE] = sum(modele.objects.a_scanner().count() for modele in (Piece, PieceJointe))
    return bilan


def _en_attente(modele: type[Piece] | type[PieceJointe]) -> Iterable[Piece | PieceJointe]:
    return modele.objects.a_scanner().select_related("demande")[:LOT]


def _lire(piece: Piece | PieceJointe) -> Verdict:
    try:
        with piece.fichier.open("rb") as fichier:
            return analyser(fichier)
    except (FileNotFoundError, ValueError):
        return Verdict.ILLISIBLE


@acte
def rendre_verdict(recu: Piece | PieceJointe, verdict: Verdict, *, maintenant: datetime) -> bool:
    """Write what the antivirus said of a file; an infected one is erased, and the usager told when it is a piece.

    Args:
        recu: with its demande loaded.
        verdict: what clamd said.
        maintenant: instant.

    Returns:
        False when another worker has already written it.
    """
    demande = verrouiller(recu.demande)
    scan, raison = SUITES[verdict]
    champs = {"scan": scan} | ({"fichier": ""} if raison else {})
    if raison and isinstance(recu, Piece):
        champs |= {"verdict": Piece.Verdict.NON_CONFORME, "raison": raison}
    if not type(recu).objects.filter(pk=recu.pk, scan=Piece.Scan.EN_ATTENTE).update(**champs):
        return False
    quoi = "piece" if isinstance(recu, Piece) else "piece_jointe"
    journaliser(f"{quoi}:{scan}", par=SYSTEME, maintenant=maintenant, demande=demande, charge={f"{quoi}_id": recu.pk})
    if raison:
        reserve, nom = recu.fichier.storage, str(recu.fichier.name)
        transaction.on_commit(lambda: reserve.delete(nom))
        if isinstance(recu, Piece) and demande.etat != Etat.BROUILLON and recu.remplacee_le is None:
            notifier(demande, "piece_refusee", maintenant=maintenant, cle=str(recu.pk), contexte={"piece_id": recu.pk})
    return True
