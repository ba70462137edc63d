"""A family on one visit: who is there, who is not, and what comes of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import Convocation, Demande
from demandes.services.convocation import detacher
from demandes.services.journal import journaliser
from demandes.services.notifications import notifier
from demandes.services.transitions import appliquer, verrouiller
from guichet.models import Passage, Venue
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import etape

# A person received whose demande is still in one of these states has no outcome yet.
SANS_ISSUE = (Etat.RECUE, Etat.A_REMETTRE)


@etape
def inscrire(passage: Passage, demandes: Sequence[Demande]) -> None:
    """Write who is expected on a visit of several persons.

    Raises:
        ErreurMetier: ``deja_arrive`` (409), one of them has a ticket of their own.
    """
    presents = Passage.objects.filter(demande__in=demandes, etat__in=Passage.SUR_PLACE).exclude(pk=passage.pk)
    ailleurs = presents.select_related("demande__usager", "file").order_by("pk").first()
    if ailleurs is not None and ailleurs.demande is not None:
        nom = ailleurs.demande.usager.nom_complet
        raise ErreurMetier("deja_arrive", f"{nom} a déjà le ticket {ailleurs.numero_ticket}.", statut=409)
    try:
        with transaction.atomic():
            Venue.objects.bulk_create([Venue(passage=passage, demande=d) for d in demandes])
    except IntegrityError as erreur:
        raise ErreurMetier("deja_arrive", "Cette famille est déjà enregistrée.", statut=409) from erreur


@etape
def constater_presences(
    passage: Passage, absentes: Collection[int], *, par: Acteur, maintenant: datetime
) -> list[Demande]:
    """Record who of a visit is at the counter; who is not may take another appointment, alone.

    Args:
        passage: the visit, locked.
        absentes: identifiers of the demandes whose person did not come.
        par: agent.
        maintenant: instant.

    Returns:
        The demandes of the persons who are there.

    Raises:
        ErreurMetier: ``personne_presente`` (409), nobody came.
    """
    venues = list(passage.venues.select_related("demande").order_by("pk"))
    if not venues:
        return [passage.demande] if passage.demande is not None else []
    deja = (Venue.Etat.ABSENTE, Venue.Etat.FINIE)  # said at another counter, before the visit was sent here
    finies = any(v.etat == Venue.Etat.FINIE for v in venues)
    venues = [v for v in venues if v.etat not in deja]
    if finies and not venues:  # nothing is left to decide: they were sent on to pay, or to be told something
        return []
    la = [v for v in venues if v.demande_id not in absentes]
    if not la:
        raise ErreurMetier("personne_presente", "Cochez qui est là ; si personne n’est venu, « Absent ».", statut=409)
    for venue in venues:
        venue.etat = Venue.Etat.RECUE if venue in la else Venue.Etat.ABSENTE
        venue.save(update_fields=["etat"])
        if venue not in la:
            _constater_absente(venue.demande, passage, par=par, maintenant=maintenant)
    if passage.demande_id not in {v.demande_id for v in la}:
        passage.demande = la[0].demande
        passage.save(update_fields=["demande"])
    return [v.demande for v in la]


@etape
def _constater_absente(demande: Demande, passage: Passage, *, par: Acteur, maintenant: datetime) -> None:
    """Record that one of the family did not come: their own link, mailed now, lets them take another appointment."""
    verrouillee = verrouiller(demande)
    detacher(verrouillee, par=par, maintenant=maintenant)  # those who stay stand at the counter: no mail
    if verrouillee.etat == Etat.RDV_PRIS:
        appliquer(
            verrouillee, "constater_absence", par=par, maintenant=maintenant, rendez_vous_id=passage.rendez_vous_id
        )
    seule: Convocation | None = verrouillee.convocations.actives().order_by("-pk").first()
    if seule is not None:
        cle = f"{passage.rendez_vous_id}:{verrouillee.pk}"
        notifier(verrouillee, "absence", maintenant=maintenant, cle=cle, contexte={"convocation_id": seule.pk})


@etape
def exiger_issues(passage: Passage) -> None:
    """Refuse to end a visit while a person received has no outcome.

    Raises:
        ErreurMetier: ``sans_issue`` (409).
    """
    recues = passage.venues.filter(etat=Venue.Etat.RECUE, demande__etat__in=SANS_ISSUE)
    noms = [v.demande.usager.nom_complet for v in recues.select_related("demande__usager").order_by("pk")]
    if noms:
        raise ErreurMetier(
            "sans_issue",
            f"Décidez, ou choisissez « Fini pour cette personne », pour : {', '.join(noms)}.",
            statut=409,
        )


@etape
def exiger_de_son_service(passage: Passage, par: Acteur) -> None:
    """Refuse to send home, with nothing done, somebody whose file another service follows.

    Raises:
        ErreurMetier: ``autre_service`` (409).
    """
    recues = [v.demande for v in passage.venues.filter(etat__in=["recue", "finie"]).select_related("demande__service")]
    for demande in recues or ([passage.demande] if passage.demande else []):
        if demande.etat == Etat.RECUE and not par.peut_sur(Droit.CONSULTER, demande):
            phrase = f"Le dossier est suivi par le service « {demande.service} » : envoyez la personne vers sa file."
            raise ErreurMetier("autre_service", phrase, statut=409)


@etape
def clore_venues(passage: Passage) -> list[Demande]:
    """End what is left of the rows of a visit that ends; return the demandes received in it."""
    venues = list(passage.venues.select_related("demande").order_by("pk"))
    passage.venues.filter(etat=Venue.Etat.ATTENDUE).update(etat=Venue.Etat.ABSENTE)
    passage.venues.filter(etat=Venue.Etat.RECUE).update(etat=Venue.Etat.FINIE)
    if not venues:
        return [passage.demande] if passage.demande is not None else []
    return [v.demande for v in venues if v.etat in (Venue.Etat.RECUE, Venue.Etat.FINIE)]


@etape
def finir_etape(passage: Passage, demande: Demande, *, par: Acteur, maintenant: datetime) -> None:
    """End one person's part of a visit under way: nothing more is done for them today.

    Raises:
        ErreurMetier: ``passage_ferme`` (409), that person is not received in it.
    """
    finies = passage.venues.filter(demande=demande, etat=Venue.Etat.RECUE).update(etat=Venue.Etat.FINIE)
    if not finies:
        raise ErreurMetier("passage_ferme", "Cette personne n’est plus reçue à votre guichet.", statut=409)
    charge = {"passage_id": passage.pk}
    journaliser("passage:personne_finie", par=par, maintenant=maintenant, demande=demande, charge=charge)
