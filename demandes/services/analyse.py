"""The antivirus looks at each file given; nothing is shown to anybody before it has said that the file is harmless."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from demandes.acteur import SYSTEME
from demandes.cycle import Etat
from demandes.models import Piece
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from demandes.services.transitions import verrouiller
from planipref.commun.antivirus import AntivirusAbsent, Verdict, analyser, est_configure
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.transactions import acte

LOT = 200
SUITES: dict[Verdict, tuple[str, str]] = {
    Verdict.SAIN: (Piece.Scan.SAINE, ""),
    Verdict.INFECTE: (Piece.Scan.INFECTEE, "Ce fichier contient un virus : il a été effacé. Envoyez-en un autre."),
    Verdict.ILLISIBLE: (Piece.Scan.ILLISIBLE, "Ce fichier n’a pas pu être lu. Refaites le scan ou la photo."),
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
    for piece in Piece.objects.a_scanner().select_related("demande")[:LOT]:
        try:
            verdict = _lire(piece)
        except AntivirusAbsent:
            break
        if rendre_verdict(piece, verdict, maintenant=horloge()):
            bilan[SUITES[verdict][0]] += 1
    bilan[Piece.Scan.EN_ATTENTE] = Piece.objects.a_scanner().count()
    return bilan


def _lire(piece: Piece) -> Verdict:
    try:
        with piece.fichier.open("rb") as fichier:
            return analyser(fichier)
    except (FileNotFoundError, ValueError):
        return Verdict.ILLISIBLE


@acte
def rendre_verdict(piece: Piece, verdict: Verdict, *, maintenant: datetime) -> bool:
    """Write what the antivirus said of a piece; an infected file is erased, and the usager told.

    Args:
        piece: with its demande loaded.
        verdict: what clamd said.
        maintenant: instant.

    Returns:
        False when another worker has already written it.
    """
    demande = verrouiller(piece.demande)
    scan, raison = SUITES[verdict]
    champs = {"scan": scan}
    if raison:
        champs |= {"verdict": Piece.Verdict.NON_CONFORME, "raison": raison, "fichier": ""}
    if not Piece.objects.filter(pk=piece.pk, scan=Piece.Scan.EN_ATTENTE).update(**champs):
        return False
    journaliser(f"piece:{scan}", par=SYSTEME, maintenant=maintenant, demande=demande, charge={"piece_id": piece.pk})
    if raison:
        reserve, nom = piece.fichier.storage, str(piece.fichier.name)
        transaction.on_commit(lambda: reserve.delete(nom))
        if demande.etat != Etat.BROUILLON and piece.remplacee_le is None:
            notifier(
                demande, "piece_refusee", maintenant=maintenant, cle=str(piece.pk), contexte={"piece_id": piece.pk}
            )
    return True
