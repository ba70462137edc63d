"""Receiving several files at once: those that are good are kept, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from demandes.acteur import Acteur
from demandes.calculs.fichiers import Fichier, trop_lourd
from demandes.models import Demande
from demandes.selectors import PieceAttendue
from demandes.services.messages import Jointe
from demandes.services.pieces import joindre
from demandes.services.preparation import (
    FICHIERS_MAX,
    assembler_pages,
    exiger_peu_de_fichiers,
    lire_fichier,
    lire_page,
    tourner_fichier,
)
from planipref.commun.debit import exiger
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire

ACCEPTES = {
    "pdf": ".pdf,application/pdf",
    "jpeg": ".jpg,.jpeg,image/jpeg",
    "jpg": ".jpg,.jpeg,image/jpeg",
    "png": ".png,image/png",
    "heic": ".heic,.heif,image/heic,image/heif",
}
PREFIXE = "piece_"
FICHIERS_PAR_HEURE = 120  # for one demande: a draft is anonymous, and the disk is not endless
ABSENTE = gettext_lazy("Ajoutez ce document : il est obligatoire.")


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
    def fichiers_max(self) -> int:
        """How many photos one document may be made of."""
        return FICHIERS_MAX

    @property
    def octets_max(self) -> int:
        """Greatest size, in bytes."""
        return settings.PLANIPREF_PIECE_OCTETS_MAX


def en_ligne(attendues: Iterable[PieceAttendue]) -> list[PieceAttendue]:
    """Keep the pieces that are sent, not those shown at the counter only."""
    return [a for a in attendues if not a.requise.au_guichet]


def recevoir(
    request: HttpRequest,
    demande: Demande,
    attendues: Iterable[PieceAttendue],
    *,
    par: Acteur,
    partiel: bool = False,
) -> tuple[int, dict[str, str]]:
    """Store what was sent for each piece, several photos as one document; a bad one leaves its error and stops nothing.

    Args:
        request: with the files.
        demande: the file.
        attendues: pieces of the page.
        par: who sends.
        partiel: whether a document is kept without those of its files that are refused: on the page of the deposit,
            which shows what was received. Where a piece received ends the wait for it, it must be whole.

    Returns:
        How many were stored, and the errors by code of the piece.

    Raises:
        DroitRefuse: 403, who sends may add no piece.
        ErreurMetier: 409 when the demande takes no piece now; ``trop_d_essais`` (429) after too many files.
    """
    recues, erreurs = 0, {}
    for attendue in attendues:
        fichiers = request.FILES.getlist(PREFIXE + attendue.requise.code)
        if not fichiers:
            continue
        try:
            _ranger(demande, attendue, fichiers, par=par, partiel=partiel)
            recues += 1
        except ErreurMetier as erreur:
            if erreur.statut in {403, 409, 429}:
                raise
            erreurs[attendue.requise.code] = dire(erreur)
    return recues, erreurs


def jointe_de(fichiers: list[UploadedFile[Any]]) -> Jointe | None:
    """Return what the files of a form make, joined to a message; None when there are none.

    Raises:
        ErreurMetier: on ``fichiers``; see `demandes.services.preparation.lire_fichier`.
    """
    if not fichiers:
        return None
    try:
        return Jointe(lire_fichier(*(f.read() for f in fichiers)), fichiers[0].name or "")
    except ErreurMetier as erreur:
        raise ErreurMetier(erreur.code, dire(erreur), champ="fichiers", statut=erreur.statut) from None


def tourner(demande: Demande, attendues: Iterable[PieceAttendue], ordre: str, *, par: Acteur) -> None:
    """Turn a page of a document received, by a quarter.

    Args:
        demande: the file.
        attendues: pieces of the page.
        ordre: value of the button, ``code`` or ``code:page``.
        par: who may replace the piece.

    Raises:
        ErreurMetier: 409 when the demande takes no piece now; ``trop_d_essais`` (429); ``fichier_illisible``.
    """
    code, _, page = ordre.partition(":")
    for attendue in attendues:
        piece = attendue.piece
        if attendue.requise.code != code or piece is None or not piece.est_servie:
            continue
        _compter(demande)
        tourne = tourner_fichier(piece, page=int(page) if page.isdecimal() and len(page) < 5 else 0)
        joindre(demande, attendue.requise, tourne, nom=piece.nom_origine, par=par, maintenant=maintenant())


def _ranger(
    demande: Demande, attendue: PieceAttendue, fichiers: list[UploadedFile[Any]], *, par: Acteur, partiel: bool
) -> None:
    """Make one document of what was sent; without the files refused when it may be partial, else not at all.

    Sizes are looked at before the bytes: a film of a gigabyte never enters the memory.

    Raises:
        ErreurMetier: the refusal of the only file, or of all; ``fichiers_refuses`` when the others are kept.
    """
    octets_max = settings.PLANIPREF_PIECE_OCTETS_MAX
    exiger_peu_de_fichiers(len(fichiers))
    for _fichier in fichiers:
        _compter(demande)
    bons: list[tuple[UploadedFile[Any], Fichier]] = []
    refus: list[tuple[UploadedFile[Any], ErreurMetier]] = []
    for fichier in fichiers:
        try:
            if (fichier.size or 0) > octets_max:
                raise trop_lourd(octets_max)
            bons.append((fichier, lire_page(fichier.read(), seule=len(fichiers) == 1)))
        except ErreurMetier as erreur:
            if erreur.statut != 422:
                raise
            refus.append((fichier, erreur))
    if not bons or (refus and not partiel):
        raise refus[0][1] if len(fichiers) == 1 else _refuses(refus, "%(refus)s")
    propre, nom = assembler_pages([page for _fichier, page in bons]), bons[0][0].name or ""
    joindre(demande, attendue.requise, propre, nom=nom, par=par, maintenant=maintenant())
    if refus:
        raise _refuses(
            refus,
            _(
                "%(refus)s Les autres fichiers de ce document sont gardés. "
                "S’il manque une page, choisissez de nouveau tous les fichiers."
            ),
        )


def _refuses(refus: Sequence[tuple[UploadedFile[Any], ErreurMetier]], phrase: str) -> ErreurMetier:
    """Say which files of a document were refused, and why."""
    dits = " ".join(f"{fichier.name}\u00a0: {dire(erreur)}" for fichier, erreur in refus)
    return ErreurMetier("fichiers_refuses", phrase % {"refus": dits})


def _compter(demande: Demande) -> None:
    exiger("televersement", str(demande.cle), capacite=FICHIERS_PAR_HEURE, periode=timedelta(hours=1))
