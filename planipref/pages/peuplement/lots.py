"""Pieces by the lot: what `demandes.services.pieces` does one by one, in one transaction per visit to the file.

Three quarters of the demonstration's statements would otherwise go there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from random import Random

from django.core.files.base import ContentFile

from demandes.acteur import Acteur
from demandes.models import Demande, Evenement, Piece, PieceRequise
from demandes.services.pieces import exiger_ouverte
from demandes.services.transitions import verrouiller
from planipref.commun.transactions import acte, etape
from planipref.pages.peuplement.fichiers import fichiers_d_essai


@acte
def joindre(
    demande: Demande, requises: Sequence[PieceRequise], *, alea: Random, par: Acteur, maintenant: datetime
) -> None:
    """Store a file for each required piece, in place of the former one."""
    verrouillee = _ouvrir(demande, par)
    codes = [r.pk for r in requises]
    verrouillee.pieces.filter(piece_requise__in=codes, remplacee_le__isnull=True).update(remplacee_le=maintenant)
    pieces = []
    for requise in requises:
        nom, fichier = alea.choice(fichiers_d_essai())
        piece = Piece(
            demande=verrouillee,
            piece_requise=requise,
            nom_origine=nom,
            extension=fichier.extension,
            type_contenu=fichier.type_contenu,
            taille=len(fichier.donnees),
            sha256=sha256(fichier.donnees).hexdigest(),
            scan=Piece.Scan.SAINE,
            deposee_le=maintenant,
        )
        piece.fichier.save("piece", ContentFile(fichier.donnees), save=False)
        pieces.append(piece)
    _journaliser("piece:jointe", Piece.objects.bulk_create(pieces), verrouillee, par, maintenant)


@acte
def constater_vues(demande: Demande, requises: Sequence[PieceRequise], *, par: Acteur, maintenant: datetime) -> None:
    """Record that the agent saw each original."""
    verrouillee = _ouvrir(demande, par)
    pieces = Piece.objects.bulk_create(
        Piece(
            demande=verrouillee,
            piece_requise=requise,
            taille=0,
            scan=Piece.Scan.SAINE,
            verdict=Piece.Verdict.CONFORME,
            vue_au_guichet=True,
            verifiee_par_id=par.pk,
            verifiee_le=maintenant,
            deposee_le=maintenant,
        )
        for requise in requises
    )
    _journaliser("piece:vue_au_guichet", pieces, verrouillee, par, maintenant)


@acte
def verifier(demande: Demande, pieces: Sequence[Piece], *, par: Acteur, maintenant: datetime) -> None:
    """Find pieces conforme."""
    verrouillee = _ouvrir(demande, par)
    Piece.objects.filter(pk__in=[p.pk for p in pieces]).update(
        verdict=Piece.Verdict.CONFORME, raison="", verifiee_par_id=par.pk, verifiee_le=maintenant
    )
    _journaliser("piece:conforme", pieces, verrouillee, par, maintenant)


@etape
def _ouvrir(demande: Demande, par: Acteur) -> Demande:
    verrouillee = verrouiller(demande)
    exiger_ouverte(verrouillee, par)
    return verrouillee


@etape
def _journaliser(nature: str, pieces: Sequence[Piece], demande: Demande, par: Acteur, maintenant: datetime) -> None:
    Evenement.objects.bulk_create(
        Evenement(
            prefecture_id=demande.prefecture_id,
            demande=demande,
            nature=nature,
            acteur_genre=par.genre.value,
            acteur_id=par.pk,
            le=maintenant,
            charge={"piece_id": piece.pk},
        )
        for piece in pieces
    )
