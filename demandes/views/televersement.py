"""Receiving several files at once: those that are good are kept, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse

from demandes.acteur import Acteur
from demandes.models import Demande
from demandes.selectors import PieceAttendue
from demandes.services.pieces import joindre, lire_fichier
from planipref.commun.debit import exiger
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant

ACCEPTES = {
    "pdf": ".pdf,application/pdf",
    "jpeg": ".jpg,.jpeg,image/jpeg",
    "jpg": ".jpg,.jpeg,image/jpeg",
    "png": ".png,image/png",
    "heic": ".heic,.heif,image/heic,image/heif",
}
PREFIXE = "piece_"
FICHIERS_PAR_HEURE = 60  # for one demande: a draft is anonymous, and the disk is not endless
ABSENTE = "Ajoutez ce document : il est obligatoire."


@dataclass(frozen=True)
class LignePiece:
    """One file input of a page.

    Args:
        attendue: the piece asked for and what was given.
        erreur: why the file sent was refused, or why one is needed; empty when all is well.
    """

    attendue: PieceAttendue
    erreur: str = ""

    @property
    def nom(self) -> str:
        """Name of the input."""
        return PREFIXE + self.attendue.requise.code

    @property
    def accept(self) -> str:
        """What the phone proposes: photos and PDF."""
        formats = self.attendue.requise.formats or list(ACCEPTES)
        return ",".join(dict.fromkeys(ACCEPTES[f] for f in formats if f in ACCEPTES))

    @property
    def url(self) -> str:
        """Address of the file already given, if any."""
        piece = self.attendue.piece
        return reverse("demandes:piece", args=[piece.cle]) if piece and piece.est_servie else ""

    @property
    def octets_max(self) -> int:
        """Greatest size, in bytes."""
        return settings.PLANIPREF_PIECE_OCTETS_MAX


def en_ligne(attendues: Iterable[PieceAttendue]) -> list[PieceAttendue]:
    """Keep the pieces that are sent, not those shown at the counter only."""
    return [a for a in attendues if not a.requise.au_guichet]


def recevoir(
    request: HttpRequest, demande: Demande, attendues: Iterable[PieceAttendue], *, par: Acteur
) -> tuple[int, dict[str, str]]:
    """Store each file sent; a bad one leaves its error and stops nothing.

    Returns:
        How many were stored, and the errors by code of the piece.

    Raises:
        DroitRefuse: 403, who sends may add no piece.
        ErreurMetier: 409 when the demande takes no piece now; ``trop_d_essais`` (429) after too many files.
    """
    recues, erreurs = 0, {}
    for attendue in attendues:
        fichier = request.FILES.get(PREFIXE + attendue.requise.code)
        if fichier is None:
            continue
        try:
            _ranger(demande, attendue, fichier, par=par)
            recues += 1
        except ErreurMetier as erreur:
            if erreur.statut in {403, 409, 429}:
                raise
            erreurs[attendue.requise.code] = erreur.message
    return recues, erreurs


def _ranger(demande: Demande, attendue: PieceAttendue, fichier: UploadedFile[Any], *, par: Acteur) -> None:
    """Look at the size before the bytes: a film of a gigabyte never enters the memory."""
    exiger("televersement", str(demande.cle), capacite=FICHIERS_PAR_HEURE, periode=timedelta(hours=1))
    octets_max = settings.PLANIPREF_PIECE_OCTETS_MAX
    if (fichier.size or 0) > octets_max:
        raise ErreurMetier("fichier_trop_lourd", f"Ce fichier est trop lourd : {octets_max // 1_000_000} Mo au plus.")
    propre = lire_fichier(fichier.read())
    joindre(demande, attendue.requise, propre, nom=fichier.name or "", par=par, maintenant=maintenant())
