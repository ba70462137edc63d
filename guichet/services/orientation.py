"""Triage at the desk and checks at the counter: what chains several acts, each in its own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.models import Agent, Demande, Motif, Piece, Site
from demandes.selectors import PieceAttendue
from demandes.services.pieces import constater_vue, oublier_vue, verifier_piece
from guichet.models import Passage
from guichet.selectors import demande_par_numero, file_pour, pieces_pour_l_agent, rendez_vous_du_jour
from guichet.services.accueil import enregistrer_arrivee, enregistrer_sans_rdv
from planipref.commun.erreurs import ErreurMetier
from planning.models import FileGuichet


def file_ou_refus(motif: Motif, site: Site, *, champ: str, remise: bool = False) -> FileGuichet:
    """Return the queue of a site for a motif.

    Raises:
        ErreurMetier: ``sans_file`` on the field when no counter of the site takes it.
    """
    file = file_pour(motif, site, remise=remise)
    if file is None:
        quoi = "ne remet de titres" if remise else f"ne traite « {motif.libelle_court} »"
        raise ErreurMetier("sans_file", f"Aucun guichet de ce site {quoi}.", champ=champ)
    return file


def demande_ou_refus(agent: Agent, site: Site, numero: str) -> Demande:
    """Return the demande that carries a number, that the agent may see.

    Raises:
        ErreurMetier: ``demande_inconnue`` on ``numero``; a foreign number is as unknown as a wrong one.
    """
    demande = demande_par_numero(agent, site, numero)
    if demande is None:
        raise ErreurMetier("demande_inconnue", "Aucune demande ne porte ce numéro ici.", champ="numero")
    return demande


def orienter(
    demande: Demande,
    site: Site,
    *,
    par: Acteur,
    maintenant: datetime,
    priorite: int = Passage.Priorite.NORMALE,
) -> Passage:
    """Give a ticket for a known demande: as its appointment of today, else without one in its motif's queue.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``sans_file`` on ``numero``; ``deja_arrive``, ``demande_fermee`` (409).
    """
    rendez_vous = rendez_vous_du_jour(demande, site, maintenant=maintenant)
    if rendez_vous is not None:
        return enregistrer_arrivee(rendez_vous, priorite=priorite, par=par, maintenant=maintenant)
    file = file_ou_refus(demande.motif, site, champ="numero", remise=demande.etat == Etat.A_REMETTRE)
    return enregistrer_sans_rdv(file, demande=demande, priorite=priorite, par=par, maintenant=maintenant)


def declarer_conformes(
    demande: Demande, requises: Iterable[int] | None, *, par: Acteur, maintenant: datetime
) -> list[Piece]:
    """Say that pieces are right: the file given, or the original shown at the counter.

    Args:
        demande: the file.
        requises: identifiers of the required pieces; None for all that have not been found right yet.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_inconnue`` (404), ``piece_fermee`` (409), ``piece_en_analyse`` (409).
    """
    attendues = {p.requise.pk: p for p in pieces_pour_l_agent(demande)}
    choisies = _toutes(attendues.values()) if requises is None else list(requises)
    if any(pk not in attendues for pk in choisies):
        raise ErreurMetier("piece_inconnue", "Cette pièce n’est pas demandée.", statut=404)
    return [
        _declarer_conforme(demande, attendues[pk], par=par, maintenant=maintenant)
        for pk in choisies
        if not attendues[pk].est_conforme
    ]


def _toutes(attendues: Iterable[PieceAttendue]) -> list[int]:
    """All that must be there; an optional piece that nobody gave is not seen by a press on « tout »."""
    return [p.requise.pk for p in attendues if p.piece or p.exigee or p.requise.au_guichet]


def _declarer_conforme(demande: Demande, attendue: PieceAttendue, *, par: Acteur, maintenant: datetime) -> Piece:
    piece = attendue.piece
    if piece is None or not piece.fichier or piece.verdict == Piece.Verdict.NON_CONFORME:
        return constater_vue(demande, attendue.requise, par=par, maintenant=maintenant)
    return verifier_piece(piece, conforme=True, raison="", par=par, maintenant=maintenant)


def annuler_vue(demande: Demande, requise: int, *, par: Acteur, maintenant: datetime) -> None:
    """Take back an original said to be seen by mistake: the piece is to be shown again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``piece_inconnue`` (404); ``piece_fermee``, ``piece_remplacee`` (409).
    """
    piece = demande.pieces.vues().filter(piece_requise=requise).first()
    if piece is None:
        raise ErreurMetier("piece_inconnue", "L’original de cette pièce n’est pas noté comme vu.", statut=404)
    oublier_vue(piece, par=par, maintenant=maintenant)


def declarer_non_conforme(demande: Demande, requise: int, *, raison: str, par: Acteur, maintenant: datetime) -> Piece:
    """Say that a file given is not right, and why.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``raison_absente`` on ``raison``; ``piece_inconnue`` (404); ``piece_fermee`` (409).
    """
    piece = demande.pieces.courantes().filter(piece_requise=requise).first()
    if piece is None:
        raise ErreurMetier("piece_inconnue", "Cette pièce n’est pas au dossier.", statut=404)
    return verifier_piece(piece, conforme=False, raison=raison, par=par, maintenant=maintenant)
