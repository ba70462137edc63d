"""A visit that came without a demande is given one at the counter: known already, or opened on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande, Motif
from demandes.selectors_deports import exiger_sans_deport
from demandes.services.depot import ouvrir_etape
from demandes.services.transitions import verrouiller
from guichet.models import Passage, Venue
from guichet.selectors import SANS_PASSAGE
from guichet.services.guichet import journaliser_passage, recevoir_la_demande, tenu
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape


@acte
def rattacher_demande(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> Passage:
    """Attach a demande already known to the visit at one's counter: it is then received as if it had come with it.

    Args:
        passage: the visit, without a demande.
        demande: of the same préfecture.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, on the site or on the demande.
        ErreurMetier: ``passage_ferme``, ``deja_rattache`` (409); ``demande_inconnue``, ``demande_fermee``,
            ``deja_arrive`` on ``numero``.
    """
    demande = verrouiller(demande)
    passage = _sans_demande(passage, par)
    if demande.prefecture_id != passage.site.prefecture_id:
        raise ErreurMetier("demande_inconnue", "Aucune demande ne porte ce numéro ici.", champ="numero")
    if not par.peut_sur(Droit.RECEVOIR, demande):
        raise DroitRefuse
    exiger_sans_deport(demande, par)
    if demande.etat in SANS_PASSAGE:
        raise ErreurMetier("demande_fermee", "Cette demande est terminée : ouvrez-en une autre.", champ="numero")
    _attacher(passage, demande, par=par, maintenant=maintenant)
    return passage


@acte
def ouvrir_pour_le_passage(
    passage: Passage, motif: Motif, *, identite: dict[str, Any], par: Acteur, maintenant: datetime
) -> Passage:
    """Open a demande for the person at one's counter, as the desk does, and attach it to their visit.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``deja_rattache`` (409); those of `ouvrir_etape`.
    """
    passage = _sans_demande(passage, par)
    demande = ouvrir_etape(motif, passage.site, identite=identite, par=par, maintenant=maintenant)
    _attacher(passage, demande, par=par, maintenant=maintenant)
    return passage


@etape
def _sans_demande(passage: Passage, par: Acteur) -> Passage:
    """Lock a visit under way; refuse one whose demande is known, or of a family.

    Raises:
        ErreurMetier: ``passage_ferme``, ``deja_rattache`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.RECU)
    if passage.demande is not None or passage.personnes > 1:
        raise ErreurMetier("deja_rattache", "Ce passage a déjà sa demande.", statut=409)
    return passage


@etape
def _attacher(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    ailleurs = ErreurMetier("deja_arrive", "Cette personne a déjà un ticket.", champ="numero")
    if Venue.objects.filter(demande=demande, etat__in=[Venue.Etat.ATTENDUE, Venue.Etat.RECUE]).exists():
        raise ailleurs
    passage.demande = demande
    try:
        with transaction.atomic():
            passage.save(update_fields=["demande"])
    except IntegrityError as erreur:
        raise ailleurs from erreur
    journaliser_passage("passage:demande_rattachee", passage, par, maintenant)
    recevoir_la_demande(demande, par=par, maintenant=maintenant)
