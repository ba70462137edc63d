"""Arrivals: with an appointment or without, each gets the next ticket of the site and day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Demande, Motif, Site
from demandes.selectors import membres
from demandes.services.depot import ouvrir_etape
from demandes.services.journal import journaliser
from demandes.services.transitions import verrouiller
from guichet.calculs.ordre import MINUTE, instant_de_rang
from guichet.models import Passage, Venue
from guichet.selectors import SANS_PASSAGE, est_retablissable, regles_de, rendez_vous_du_jour
from guichet.services.guichet import clore, exiger, journaliser_passage, laisser_le_rendez_vous, verrouiller_passage
from guichet.services.phases import ouvrir, passer
from guichet.services.venues import inscrire
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte, etape
from planning.models import FileGuichet, RendezVous

# What tells one person from another on the desk's form.
QUI = ("nom", "prenoms", "date_naissance")
_SQL_TICKET = """
INSERT INTO guichet_compteurticket (site_id, jour, dernier) VALUES (%s, %s, 1)
ON CONFLICT (site_id, jour) DO UPDATE SET dernier = guichet_compteurticket.dernier + 1
RETURNING dernier
"""


@acte
def enregistrer_arrivee(rendez_vous: RendezVous, **options: Any) -> Passage:
    """Register someone, or a family, who comes to an appointment: see `inscrire_arrivee`."""
    return inscrire_arrivee(rendez_vous, **options)


@etape
def inscrire_arrivee(
    rendez_vous: RendezVous,
    *,
    par: Acteur,
    maintenant: datetime,
    priorite: int = Passage.Priorite.NORMALE,
    declaree: bool = False,
    arrive_le: datetime | None = None,
) -> Passage:
    """Register someone, or a family, who comes to an appointment; a second call returns the same visit while it lasts.

    Args:
        rendez_vous: the appointment; what decides is read again once its demande is locked.
        par: agent at the desk.
        maintenant: instant.
        priorite: whether the person has priority.
        declaree: whether they said so themselves, at the kiosk.
        arrive_le: when they came, if it is not now.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``rendez_vous_termine`` (409), ``autre_jour`` (409), ``deja_arrive`` (409).
    """
    site = rendez_vous.creneau.file.site
    exiger(par, Droit.ACCUEILLIR, site)
    demande = verrouiller(rendez_vous.convocation.demande)
    rendez_vous = RendezVous.objects.select_related("convocation", "creneau__file__site__prefecture").get(
        pk=rendez_vous.pk
    )
    deja = Passage.objects.filter(rendez_vous=rendez_vous, etat__in=Passage.SUR_PLACE).select_related("file").first()
    if deja is not None:
        return deja
    if rendez_vous.etat != RendezVous.Etat.PRIS:
        raise ErreurMetier("rendez_vous_termine", "Ce rendez-vous est annulé ou déjà terminé.", statut=409)
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    if aujourdhui(site.prefecture.fuseau, rendez_vous.creneau.debut) != jour:
        raise ErreurMetier("autre_jour", "Ce rendez-vous n’est pas aujourd’hui.", statut=409)
    reunies = membres(rendez_vous.convocation)
    passage = creer_passage(
        rendez_vous.creneau.file,
        demande=demande if len(reunies) == 1 else reunies[0].demande,
        rendez_vous=rendez_vous,
        personnes=rendez_vous.convocation.personnes,
        priorite=priorite,
        declaree=declaree,
        arrive_le=arrive_le,
        par=par,
        maintenant=maintenant,
    )
    if len(reunies) > 1:
        inscrire(passage, [c.demande for c in reunies])
        for reunie in reunies[1:]:
            _journal_arrivee(passage, reunie.demande, par, maintenant)
    return passage


@acte
def enregistrer_sans_rdv(
    file: FileGuichet,
    *,
    par: Acteur,
    maintenant: datetime,
    demande: Demande | None = None,
    motif: Motif | None = None,
    priorite: int = Passage.Priorite.NORMALE,
    declaree: bool = False,
) -> Passage:
    """Register a walk-in in a queue, attached to a demande when there is one, else with what they come for.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``deja_arrive`` (409), ``autre_prefecture`` (404).
    """
    exiger(par, Droit.ACCUEILLIR, file.site)
    if demande is not None and demande.prefecture_id != file.site.prefecture_id:
        raise ErreurMetier("autre_prefecture", "Cette demande n’existe pas ici.", statut=404)
    demande = verrouiller(demande) if demande is not None else None  # with its family: none of it arrives meanwhile
    qui: dict[str, Any] = {"demande": demande, "motif": demande.motif if demande else motif}
    return creer_passage(file, **qui, priorite=priorite, declaree=declaree, par=par, maintenant=maintenant)


def ouvrir_sans_rdv(
    file: FileGuichet, motif: Motif, *, identite: dict[str, Any], saisie: UUID | None = None, **options: Any
) -> Passage:
    """Open a demande for a walk-in and give them a ticket, in one act (the alternative to the web is a right).

    Args:
        file: queue.
        motif: what the person comes for.
        identite: fields of the usager.
        saisie: key of the form; the same form, sent again for the same person who still waits, gives the same ticket.
        options: those of `ouvrir_etape_sans_rdv`.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``identite_incomplete``, ``heures`` on ``arrivee``.
    """
    try:
        return _ouvrir_sans_rdv(file, motif, identite=identite, saisie=saisie, **options)
    except IntegrityError as erreur:
        if contrainte(erreur) != "passage_saisie_unique":
            raise
    deja = Passage.objects.filter(saisie=saisie, site=file.site, etat__in=Passage.SUR_PLACE)
    donne = deja.filter(**{f"demande__usager__{c}": identite[c] for c in QUI}, motif=motif).first()
    return donne or _ouvrir_sans_rdv(file, motif, identite=identite, **options)


@acte
def _ouvrir_sans_rdv(*args: Any, **options: Any) -> Passage:
    return ouvrir_etape_sans_rdv(*args, **options)


@etape
def ouvrir_etape_sans_rdv(
    file: FileGuichet,
    motif: Motif,
    *,
    identite: dict[str, Any],
    par: Acteur,
    maintenant: datetime,
    priorite: int = Passage.Priorite.NORMALE,
    arrive_le: datetime | None = None,
    saisie: UUID | None = None,
) -> Passage:
    """Composable part of `ouvrir_sans_rdv`.

    Args:
        file: queue.
        motif: what the person comes for.
        identite: fields of the usager.
        par: agent.
        maintenant: instant.
        priorite: whether the person has priority.
        arrive_le: when they came, if it is not now.
        saisie: key of the form.
    """
    if arrive_le is not None and arrive_le > maintenant:
        raise ErreurMetier("heures", "Cette heure n’est pas encore passée.", champ="arrivee")
    exiger(par, Droit.ACCUEILLIR, file.site)
    demande = ouvrir_etape(motif, file.site, identite=identite, par=par, maintenant=maintenant)
    quand: dict[str, Any] = {"arrive_le": arrive_le, "maintenant": maintenant}
    passage = creer_passage(file, demande=demande, motif=motif, priorite=priorite, par=par, **quand)
    if saisie is not None:
        passage.saisie = saisie
        passage.save(update_fields=["saisie"])
    return passage


@acte
def constater_depart(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Record that someone left before being received; an appointment whose hour is past may be taken again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme`` (409).
    """
    exiger(par, Droit.ACCUEILLIR, passage.site)
    passage = verrouiller_passage(passage)
    if passage.etat != Passage.Etat.ARRIVE:
        raise ErreurMetier("passage_ferme", "Cette personne n’attend plus.", statut=409)
    clore(passage, Passage.Etat.PARTI, par=par, maintenant=maintenant)
    return passage


@acte
def annuler_arrivee(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Undo an arrival registered by mistake: the ticket is used up, the appointment waits for its person again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme`` (409) once called.
    """
    exiger(par, Droit.ACCUEILLIR, passage.site)
    passage = verrouiller_passage(passage)
    if passage.etat != Passage.Etat.ARRIVE or passage.appele_le is not None:
        raise ErreurMetier("passage_ferme", "Cette personne a déjà été appelée.", statut=409)
    journaliser_passage("passage:annule", passage, par, maintenant)
    laisser_le_rendez_vous(passage)
    passer(passage, Passage.Etat.ANNULE, maintenant=maintenant, termine_le=maintenant)
    return passage


@acte
def retablir(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Put back, with its ticket and its rank, a visit of today that was ended by mistake before it was received.

    Its appointment of today, if it still waits for its person, goes with it.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``deja_arrive`` (409).
    """
    exiger(par, Droit.ACCUEILLIR, passage.site)
    passage = verrouiller_passage(passage)
    jour = aujourdhui(passage.site.prefecture.fuseau, maintenant)
    if not est_retablissable(passage) or passage.jour != jour:
        raise ErreurMetier("passage_ferme", "Ce passage ne peut plus être rétabli.", statut=409)
    champs: dict[str, Any] = {"termine_le": None, "nb_appels": 0, "guichet": None, "agent": None}
    if passage.demande is not None:
        champs["rendez_vous"] = rendez_vous_du_jour(passage.demande, passage.site, maintenant=maintenant)
    try:
        with transaction.atomic():
            passer(passage, Passage.Etat.ARRIVE, maintenant=maintenant, **champs)
    except IntegrityError as erreur:
        raise ErreurMetier("deja_arrive", "Cette personne est déjà enregistrée.", statut=409) from erreur
    journaliser_passage("passage:retabli", passage, par, maintenant)
    return passage


@acte
def changer_priorite(passage: Passage, priorite: int, *, par: Acteur, maintenant: datetime) -> Passage:
    """Give priority to somebody who waits, or take back what was said at the kiosk or at the desk.

    Their rank is what it would have been had it been said at their arrival.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``meme_priorite`` (409).
    """
    exiger(par, Droit.ACCUEILLIR, passage.site)
    passage = verrouiller_passage(passage)
    if passage.etat != Passage.Etat.ARRIVE:
        raise ErreurMetier("passage_ferme", "Cette personne n’attend plus.", statut=409)
    if passage.priorite == priorite:
        raise ErreurMetier("meme_priorite", "C’était déjà noté ainsi.", statut=409)
    passage.rang += regles_de(passage.site).avance_priorite * MINUTE * (passage.priorite - priorite)
    passage.priorite, passage.priorite_declaree = priorite, False
    passage.save(update_fields=["rang", "priorite", "priorite_declaree"])
    nature = "passage:priorite_donnee" if priorite else "passage:priorite_retiree"
    journaliser_passage(nature, passage, par, maintenant)
    return passage


@etape
def creer_passage(
    file: FileGuichet,
    *,
    par: Acteur,
    maintenant: datetime,
    demande: Demande | None = None,
    motif: Motif | None = None,
    rendez_vous: RendezVous | None = None,
    personnes: int = 1,
    priorite: int = Passage.Priorite.NORMALE,
    declaree: bool = False,
    arrive_le: datetime | None = None,
) -> Passage:
    """Give the next ticket and create the visit, from `arrive_le` if it is not now.

    Raises:
        ErreurMetier: ``deja_arrive`` (409) when this demande already waits.
    """
    site = file.site
    jour = aujourdhui(site.prefecture.fuseau, maintenant)
    heure = rendez_vous.creneau.debut if rendez_vous else None
    arrivee = arrive_le or maintenant
    if demande is not None and demande.etat in SANS_PASSAGE:
        raise ErreurMetier("demande_fermee", "Cette demande n’appelle pas de passage.", statut=409)
    if demande is not None and Venue.objects.filter(demande=demande, etat__in=["attendue", "recue"]).exists():
        raise ErreurMetier("deja_arrive", "Cette personne est déjà enregistrée, avec sa famille.", statut=409)
    try:
        with transaction.atomic():
            passage = Passage.objects.create(
                site=site,
                file=file,
                demande=demande,
                motif=motif,
                rendez_vous=rendez_vous,
                personnes=personnes,
                priorite=priorite,
                priorite_declaree=declaree and priorite != Passage.Priorite.NORMALE,
                jour=jour,
                ticket=_ticket(site, jour),
                lettre=file.lettre,
                arrive_le=arrivee,
                rang=instant_de_rang(arrivee, heure, priorite, regles_de(site)),
            )
    except IntegrityError as erreur:
        raise ErreurMetier("deja_arrive", "Cette personne est déjà enregistrée.", statut=409) from erreur
    ouvrir(passage, maintenant=arrivee)
    _journal_arrivee(passage, demande, par, maintenant)
    return passage


def _journal_arrivee(passage: Passage, demande: Demande | None, par: Acteur, maintenant: datetime) -> None:
    journaliser(
        "passage:arrive",
        par=par,
        maintenant=maintenant,
        demande=demande,
        prefecture_id=passage.site.prefecture_id,
        charge={"passage_id": passage.pk},
    )


def _ticket(site: Site, jour: date) -> int:
    with connection.cursor() as curseur:
        curseur.execute(_SQL_TICKET, [site.pk, jour])
        return int(curseur.fetchone()[0])
