"""What the agent does with the person in hand beside deciding: a piece scanned, the next appointment given.

Each chains acts of the file, each in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande, Site
from demandes.services.convocation import convoquer, expiration_de
from demandes.services.pieces import joindre, verifier_piece
from demandes.services.preparation import lire_fichier
from planipref.commun.erreurs import ErreurMetier
from planning.models import Creneau, RendezVous
from planning.selectors import prochains_debuts, rendez_vous_actif
from planning.services.reservation import deplacer, reserver

# Slots read, and of those how many are offered a day: enough days for who comes back in a month.
CRENEAUX_LUS, PAR_JOUR = 1500, 6
# Who is at the counter is not told to come back at once.
RETOUR_AU_PLUS_TOT = timedelta(hours=2)


def numeriser(
    demande: Demande,
    requise_id: int,
    fichiers: Sequence[tuple[str, bytes]],
    *,
    vue: bool = False,
    par: Acteur,
    maintenant: datetime,
) -> bool | None:
    """Add a scan to a piece of the demande, as the file does, and say that it is right when the original was seen.

    Args:
        demande: of the person at the counter.
        requise_id: identifier of the required piece.
        fichiers: name and bytes of each; several make one document.
        vue: whether the agent checked it against the original; who has said « original vu » before has.
        par: agent.
        maintenant: instant.

    Returns:
        Whether the piece is right now; None when the antivirus still reads it, to be said right after it.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``piece_inconnue`` (404); those of `lire_fichier` and `joindre`.
    """
    requise = demande.motif.pieces_requises.filter(pk=requise_id).first()
    if requise is None:
        raise ErreurMetier("piece_inconnue", "Cette pièce n’est pas demandée.", statut=404)
    vue = vue or demande.pieces.vues().filter(piece_requise=requise, verifiee_par=par.pk).exists()
    document = lire_fichier(*(octets for _, octets in fichiers))
    piece = joindre(demande, requise, document, nom=fichiers[0][0], par=par, maintenant=maintenant)
    if not vue:
        return False
    if piece.scan != piece.Scan.SAINE:
        return None
    verifier_piece(piece, conforme=True, raison="", par=par, maintenant=maintenant)
    return True


def peut_revenir(demande: Demande, site: Site, par: Acteur) -> bool:
    """Say whether the agent may give the person another appointment at a site, or move the one they have there.

    Under examination only a doctor sees somebody again, and a doctor's slots are not given at the counter. Who is
    convoked already keeps that convocation: it bears the link and names the site, or the person chooses by the link.
    """
    if demande.etat == Etat.EN_INSTRUCTION or not par.peut_sur(Droit.CONVOQUER, demande):
        return False
    vivante = demande.convocations.actives().filter(objet=_objet(demande)).first()
    if vivante is not None:
        return vivante.jointe_a_id is None and vivante.sites.filter(pk=site.pk).exists()
    return demande.etat == Etat.A_REMETTRE or PAR_NOM["convoquer"].permise(demande.motif.regles, demande.etat)


def _objet(demande: Demande) -> str:
    return Convocation.Objet.REMISE if demande.etat == Etat.A_REMETTRE else Convocation.Objet.RECEPTION


def creneaux_au_guichet(demande: Demande, site: Site, *, maintenant: datetime) -> list[Creneau]:
    """Return the next slots that the person may be given at a site, `PAR_JOUR` at most, spread over each day."""
    fin = expiration_de(demande, maintenant)
    bientot = maintenant + RETOUR_AU_PLUS_TOT
    debuts = prochains_debuts(demande, site, jusqu_au=fin, nombre=CRENEAUX_LUS, maintenant=maintenant)
    creneaux = [d.creneau for d in debuts if d.creneau.debut >= bientot]
    zone = ZoneInfo(demande.prefecture.fuseau)
    par_jour = [list(jour) for _, jour in groupby(creneaux, key=lambda c: c.debut.astimezone(zone).date())]
    return [c for jour in par_jour for c in jour[:: max(1, -(-len(jour) // PAR_JOUR))]]


def donner_rendez_vous(
    demande: Demande, creneau: Creneau, *, motivation: str = "", par: Acteur, maintenant: datetime
) -> RendezVous:
    """Convoke the person at the counter again and book the slot that they agree to; both are mailed as usual.

    A slot taken meanwhile leaves them convoked: the next attempt books with that convocation. Who has an appointment
    already has it moved.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``pas_ici`` (409); those of `convoquer`, of `reserver` and of `deplacer`.
    """
    if not peut_revenir(demande, creneau.file.site, par):
        raise ErreurMetier("pas_ici", "Convoquez depuis le dossier : la personne choisira par son lien.", statut=409)
    vivantes = demande.convocations.actives().filter(objet=_objet(demande), expire_le__gt=maintenant)
    convocation = vivantes.first()
    if convocation is None:
        sites = [creneau.file.site]
        convocation = convoquer(demande, motivation=motivation, sites=sites, par=par, maintenant=maintenant)
    if rendez_vous_actif(convocation) is not None:
        return deplacer(convocation, creneau, par=par, maintenant=maintenant)
    return reserver(convocation, creneau, par=par, maintenant=maintenant)
