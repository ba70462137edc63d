"""Receiving pieces: rebuilt before they are stored, replaced rather than edited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from demandes.acteur import Acteur
from demandes.calculs.fichiers import Fichier
from demandes.cycle import PIECES_OUVERTES, Etat
from demandes.droits import Droit
from demandes.models import Demande, Piece, PieceRequise
from demandes.models.piece import FichierRecu
from demandes.querysets import PieceQuerySet
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.journal import journaliser
from demandes.services.mandataires import exiger_mandat
from demandes.services.notifications import reveiller
from demandes.services.transitions import verrouiller
from planipref.commun import antivirus
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape

ETATS_USAGER = (Etat.BROUILLON, Etat.A_COMPLETER)


def joindre(
    demande: Demande, requise: PieceRequise, fichier: Fichier, *, nom: str, par: Acteur, maintenant: datetime
) -> Piece:
    """Store a rebuilt file for a required piece, in place of the former one.

    The file is written first, under its random name, and taken away if the transaction fails.

    Args:
        demande: the file.
        requise: the required piece it answers.
        fichier: result of `demandes.services.preparation.lire_fichier`.
        nom: file name on the usager's device, shown back to them only.
        par: usager (draft, or pieces asked for) or agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_fermee`` (409) when the demande takes no piece now; ``piece_inconnue`` (404).
    """
    piece = Piece(demande=demande, piece_requise=requise, **champs_du_fichier(fichier, nom, maintenant))
    with fichier_range(piece, fichier):
        return _inscrire(piece, par=par, maintenant=maintenant)


@contextmanager
def fichier_range(recu: FichierRecu, fichier: Fichier) -> Iterator[None]:
    """Write the bytes of a file received, under its random name, and take them away if the block fails."""
    recu.fichier.save("recu", ContentFile(fichier.donnees), save=False)
    try:
        yield
    except BaseException:
        recu.fichier.delete(save=False)
        raise


def champs_du_fichier(fichier: Fichier, nom: str, maintenant: datetime) -> dict[str, Any]:
    """Return what a `FichierRecu` keeps of a rebuilt file, and whether the antivirus has to see it first."""
    return {
        "nom_origine": nom[-150:],
        "extension": fichier.extension,
        "type_contenu": fichier.type_contenu,
        "taille": len(fichier.donnees),
        "nb_pages": fichier.pages,
        "avis": fichier.avis,
        "sha256": sha256(fichier.donnees).hexdigest(),
        "scan": Piece.Scan.EN_ATTENTE if antivirus.est_configure() else Piece.Scan.SAINE,
        "deposee_le": maintenant,
    }


@acte
def _inscrire(piece: Piece, *, par: Acteur, maintenant: datetime) -> Piece:
    verrouillee = verrouiller(piece.demande)
    exiger_mandat(verrouillee, par, maintenant=maintenant)
    exiger_ouverte(verrouillee, par)
    if piece.piece_requise.motif_id != verrouillee.motif_id:
        raise ErreurMetier("piece_inconnue", _("Cette pièce n’est pas demandée."), statut=404)
    _remplacer(verrouillee, piece.piece_requise, maintenant)
    piece.demande = verrouillee
    piece.save(force_insert=True)
    if piece.scan == Piece.Scan.EN_ATTENTE:
        reveiller("demandes.tasks.analyser_pieces")
    journaliser("piece:jointe", par=par, maintenant=maintenant, demande=verrouillee, charge={"piece_id": piece.pk})
    return piece


def peut_constater(demande: Demande, par: Acteur) -> bool:
    """Say whether an agent may establish that the original of a piece was seen."""
    devant_lui = demande.canal == Demande.Canal.GUICHET and par.peut_sur(Droit.OUVRIR, demande)
    return par.est_agent and (devant_lui or par.peut_sur(Droit.VERIFIER, demande))


@acte
def constater_vue(demande: Demande, requise: PieceRequise, *, par: Acteur, maintenant: datetime) -> Piece:
    """Record that the agent saw the original at the counter: conforme, without a file.

    It takes the right to verify; the desk, that only opens demandes, has it for those deposited before it.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_fermee`` (409).
    """
    verrouillee = verrouiller(demande)
    if not peut_constater(verrouillee, par):
        raise DroitRefuse
    exiger_ouverte(verrouillee, par)
    _remplacer(verrouillee, requise, maintenant)
    piece = Piece.objects.create(
        demande=verrouillee,
        piece_requise=requise,
        extension="",
        type_contenu="",
        taille=0,
        sha256="",
        scan=Piece.Scan.SAINE,
        verdict=Piece.Verdict.CONFORME,
        vue_au_guichet=True,
        verifiee_par_id=par.pk,
        verifiee_le=maintenant,
        deposee_le=maintenant,
    )
    journaliser(
        "piece:vue_au_guichet", par=par, maintenant=maintenant, demande=verrouillee, charge={"piece_id": piece.pk}
    )
    return piece


@acte
def oublier_vue(piece: Piece, *, par: Acteur, maintenant: datetime) -> None:
    """Take back what `constater_vue` recorded: the original was not seen after all; what it replaced is back.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``piece_fermee``, ``piece_remplacee`` (409).
    """
    demande = verrouiller(piece.demande)
    if not peut_constater(demande, par):
        raise DroitRefuse
    exiger_ouverte(demande, par)
    piece = _courante(piece)
    piece.remplacee_le = maintenant
    piece.save(update_fields=["remplacee_le"])
    avant = demande.pieces.filter(piece_requise=piece.piece_requise_id, remplacee_le=piece.deposee_le)
    avant.exclude(pk=piece.pk).update(remplacee_le=None)
    journaliser("piece:vue_oubliee", par=par, maintenant=maintenant, demande=demande, charge={"piece_id": piece.pk})


@acte
def verifier_piece(piece: Piece, *, conforme: bool, raison: str, par: Acteur, maintenant: datetime) -> Piece:
    """Say that a piece is conforme, or not and why.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``raison_absente`` on the field ``raison``; ``piece_fermee``, ``piece_remplacee``,
            ``piece_en_analyse`` (409).
    """
    demande = verrouiller(piece.demande)
    if not par.peut_sur(Droit.VERIFIER, demande):
        raise DroitRefuse
    exiger_ouverte(demande, par)
    piece = _courante(piece)
    if not conforme and not raison.strip():
        raise ErreurMetier("raison_absente", "Dites pourquoi la pièce n’est pas conforme.", champ="raison")
    if piece.scan != Piece.Scan.SAINE:
        raise ErreurMetier("piece_en_analyse", "Cette pièce est encore en cours d’analyse.", statut=409)
    piece.verdict = Piece.Verdict.CONFORME if conforme else Piece.Verdict.NON_CONFORME
    piece.raison = "" if conforme else raison.strip()[:300]
    piece.verifiee_par_id, piece.verifiee_le = par.pk, maintenant
    piece.save(update_fields=["verdict", "raison", "verifiee_par", "verifiee_le"])
    nature = "piece:conforme" if conforme else "piece:non_conforme"
    journaliser(nature, par=par, maintenant=maintenant, demande=demande, charge={"piece_id": piece.pk})
    return piece


def _courante(piece: Piece) -> Piece:
    """Read the piece again under the lock: the verdict is about the file that the agent saw, or about none."""
    fraiche = Piece.objects.filter(pk=piece.pk, remplacee_le__isnull=True).first()
    if fraiche is None:
        raise ErreurMetier("piece_remplacee", "Un autre fichier vient d’être envoyé : regardez-le d’abord.", statut=409)
    return fraiche


def exiger_ouverte(demande: Demande, par: Acteur) -> None:
    """Refuse who may not touch the pieces, or a demande that takes none now.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_fermee`` (409).
    """
    if par.est_agent:
        permis = any(par.peut_sur(d, demande) for d in (Droit.VERIFIER, Droit.OUVRIR))
        etats: tuple[Etat, ...] = (*PIECES_OUVERTES, Etat.BROUILLON)
    else:
        droit = Droit.DEPOSER if demande.etat == Etat.BROUILLON else Droit.COMPLETER
        permis = par.est_concerne(demande) and par.peut_sur(droit, demande)
        etats = ETATS_USAGER
    if not permis:
        raise DroitRefuse
    exiger_sans_deport(demande, par)
    if demande.etat not in etats:
        raise ErreurMetier("piece_fermee", _("Cette demande n’attend pas de pièce en ce moment."), statut=409)


def _remplacer(demande: Demande, requise: PieceRequise, maintenant: datetime) -> None:
    """Put the current file aside; in a draft nobody has seen it, and its bytes are erased once all is written."""
    anciennes = demande.pieces.filter(piece_requise=requise, remplacee_le__isnull=True)
    if demande.etat != Etat.BROUILLON:
        anciennes.update(remplacee_le=maintenant)
        return
    oublier_fichiers(anciennes, remplacee_le=maintenant)


@etape
def oublier_fichiers(pieces: PieceQuerySet, **champs: Any) -> None:
    """Forget the files of pieces; their bytes go once all is written: a failure leaves them.

    Args:
        pieces: which ones.
        champs: what else is written of each.
    """
    for piece in pieces.exclude(fichier=""):
        transaction.on_commit(partial(piece.fichier.delete, save=False), robust=True)
    pieces.filter(scan=Piece.Scan.EN_ATTENTE).update(scan=Piece.Scan.ILLISIBLE)  # the antivirus has nothing to read
    pieces.update(fichier="", **champs)
