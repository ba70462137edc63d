"""The waiting list: who wants to come earlier is offered a freed place, theirs alone for a short while."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from demandes.acteur import SYSTEME, Acteur
from demandes.calculs.rappels import fin_du_calme
from demandes.models import Convocation, Notification
from demandes.selectors import membres
from demandes.selectors_messages import regles_des_prefectures
from demandes.services.convocation import prevenir, verrouiller_membres
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from demandes.services.quotas import refus_signales, verrouiller_organisme
from demandes.services.transitions import verrouiller
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.models import Creneau, InscriptionAttente, OffreAttente, RendezVous, RetenuePlace
from planning.querysets import OffreAttenteQuerySet
from planning.selectors import besoin_de, est_epuisee, rendez_vous_actif
from planning.selectors_attente import Attente, attentes_possibles, inscriptions_possibles, places_liberees
from planning.selectors_regles import regles_du_site
from planning.services.reservation import changer_de_creneau, epuisee, occupes_par, prendre_un_creneau
from planning.services.retenues import (
    MARGE,
    TACHE,
    creneaux_tenus,
    honorer,
    lacher,
    oublier_les_finies,
    recompter,
    retenir,
    retenir_liberees,
    verrouiller_creneaux,
)

Etat = OffreAttente.Etat
journal = logging.getLogger(__name__)


class PlusLiberee(Exception):
    """A freed place is to be offered no more: another run has just offered it, or it is free for all again."""


@acte
def inscrire(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> InscriptionAttente:
    """Put a visit on the waiting list: an earlier place than its appointment, or any before the link ends.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``deja_inscrit``, ``reprises_epuisees`` (409); ``rien_a_attendre`` (409), the appointment is past.
    """
    convocation = verrouiller_membres(convocation, par, maintenant=maintenant)[0].convocation
    if _est_epuisee(convocation):
        raise epuisee()
    actuel = rendez_vous_actif(convocation)
    if actuel is not None and actuel.creneau.debut <= maintenant:
        raise ErreurMetier("rien_a_attendre", _("L’heure de votre rendez-vous est passée."), statut=409)
    try:
        with transaction.atomic():
            inscription = InscriptionAttente.objects.create(convocation=convocation, inscrite_le=maintenant)
    except IntegrityError as erreur:
        if contrainte(erreur) != "inscription_ouverte_unique":
            raise
        raise ErreurMetier("deja_inscrit", _("Vous êtes déjà sur la liste d’attente."), statut=409) from erreur
    _noter("inscrite", convocation, par, maintenant)
    reveiller(TACHE)
    return inscription


@acte
def desinscrire(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> None:
    """Leave the waiting list; a place offered goes to the next one. Done twice, it changes nothing.

    Raises:
        DroitRefuse: 403.
    """
    convocation = verrouiller_membres(convocation, par, maintenant=maintenant)[0].convocation
    quitter_la_liste(convocation, par=par, maintenant=maintenant)


@etape
def quitter_la_liste(convocation: Convocation, *, par: Acteur, maintenant: datetime) -> None:
    """Take a visit, its demande locked, off the waiting list if it is there; a place offered goes to the next one."""
    inscription = _inscription(convocation)
    if inscription is None:
        return
    offre = inscription.offres.filter(etat=Etat.PROPOSEE).first()
    if offre is not None:
        _clore(offre, Etat.REFUSEE, maintenant=maintenant)
    _quitter(inscription, maintenant=maintenant)
    _noter("quittee", convocation, par, maintenant)


def accepter(convocation: Convocation, cle: int, *, par: Acteur, maintenant: datetime) -> RendezVous:
    """Take the place offered: the appointment moves there, or is made, in one transaction.

    Args:
        convocation: whose offer.
        cle: of the offer.
        par: the usager, or who acts for them.
        maintenant: instant; an offer past its end is no more.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``offre_echue`` (409); as `reservation.reserver` and `reservation.deplacer`.
    """
    with refus_signales(maintenant=maintenant):
        return _accepter(convocation, cle, par=par, maintenant=maintenant)


@acte
def _accepter(convocation: Convocation, cle: int, *, par: Acteur, maintenant: datetime) -> RendezVous:
    convocation = verrouiller_membres(convocation, par, maintenant=maintenant)[0].convocation
    offre = _offre(convocation, cle, maintenant)
    actuel = rendez_vous_actif(convocation)
    occupes = occupes_par(actuel) if actuel else []
    creneau = Creneau.objects.avec_file().get(pk=offre.creneau_id)
    if par.est_organisme:
        verrouiller_organisme(par.pk)  # before the slots, as bookings do
    verrouiller_creneaux({*creneaux_tenus(offre), *occupes}, seul=True)
    honorer(offre, quotas=besoin_de(convocation).quotas(maintenant), maintenant=maintenant)
    _finir(offre, Etat.ACCEPTEE, maintenant)
    _quitter(offre.inscription, maintenant=maintenant)
    prendre = changer_de_creneau if actuel else prendre_un_creneau
    return prendre(convocation, creneau, par=par, maintenant=maintenant)


@acte
def refuser(convocation: Convocation, cle: int, *, par: Acteur, maintenant: datetime) -> None:
    """Let a place offered go to the next one; the person stays on the list, until they have let too many go.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``offre_echue`` (409).
    """
    convocation = verrouiller_membres(convocation, par, maintenant=maintenant)[0].convocation
    offre = _offre(convocation, cle, maintenant)
    _clore(offre, Etat.REFUSEE, maintenant=maintenant)
    _noter("refusee", convocation, par, maintenant, offre_id=offre.pk)


def proposer_places(*, maintenant: datetime) -> dict[str, int]:
    """Pass on the offers that nobody answered, then offer each freed place to who comes first; idempotent.

    Returns:
        How many offers had ended, and how many were made.
    """
    passees = OffreAttente.objects.echues(maintenant)
    echues = sum(_sans_arreter(partial(_passer, offre, maintenant=maintenant), offre.creneau_id) for offre in passees)
    _liberer_les_finies(maintenant=maintenant)
    InscriptionAttente.objects.ouvertes().sans_lien().update(close_le=maintenant)
    eveillees = _du_jour(places_liberees(maintenant=maintenant), maintenant)
    return {"echues": echues, "proposees": sum(_offrir(creneau, maintenant) for creneau in eveillees)}


def _du_jour(creneaux: Sequence[Creneau], maintenant: datetime) -> list[Creneau]:
    """Return the slots of the préfectures where nobody would be woken for them (one query)."""
    prefectures = {c.file.site.prefecture_id: c.file.site.prefecture for c in creneaux}
    regles = regles_des_prefectures(prefectures)
    eveillees = {pk for pk, p in prefectures.items() if fin_du_calme(regles[pk], p.fuseau, maintenant) is None}
    return [c for c in creneaux if c.file.site.prefecture_id in eveillees]


def _offrir(creneau: Creneau, maintenant: datetime) -> bool:
    """Offer a freed place to the first who can take it."""
    try:
        return any(
            _sans_arreter(partial(_proposer, creneau, attente, maintenant=maintenant), creneau.pk)
            for attente in attentes_possibles(creneau, maintenant=maintenant)
        )
    except PlusLiberee:
        return False


def _sans_arreter(geste: Callable[[], bool], creneau_id: int) -> bool:
    try:
        return geste()
    except PlusLiberee:
        raise
    except Exception as erreur:  # noqa: BLE001 - one offer that fails must not stop the others
        journal.error("offre d’une place du créneau %s : %s", creneau_id, type(erreur).__name__)
        return False


@acte
def _liberer_les_finies(*, maintenant: datetime) -> None:
    oublier_les_finies(maintenant=maintenant)


@acte
def _passer(offre: OffreAttente, *, maintenant: datetime) -> bool:
    """Close an offer past its end; False when it was answered meanwhile."""
    fraiche = _verrouillee(OffreAttente.objects.echues(maintenant).filter(pk=offre.pk))
    if fraiche is None:
        return False
    _clore(fraiche, Etat.ECHUE, maintenant=maintenant)
    return True


@acte
def _proposer(creneau: Creneau, attente: Attente, *, maintenant: datetime) -> bool:
    """Offer a freed place to one person, read again under the locks; False when they are not to be offered it.

    Raises:
        PlusLiberee: the place itself is no more to be had.
    """
    inscription = _attend_encore(creneau, attente)
    if inscription is None:
        return False
    verrouiller_creneaux(attente.creneaux, seul=True)
    if creneau.pk not in _reprendre_liberees(attente.creneaux, maintenant):
        raise PlusLiberee
    minutes = regles_du_site(creneau.file.site_id).offre_minutes
    jusqu_a = min(maintenant + timedelta(minutes=minutes), creneau.debut - MARGE)
    offre = OffreAttente.objects.create(
        inscription=inscription, creneau=creneau, proposee_le=maintenant, jusqu_a=jusqu_a
    )
    quotas = attente.besoin.quotas(maintenant)
    if not retenir(attente.creneaux, jusqu_a=jusqu_a, offre=offre, quotas=quotas, maintenant=maintenant):
        transaction.set_rollback(True)
        return False
    if not _annoncer(offre, creneau, attente.convocation, maintenant=maintenant):  # they would never know of it
        transaction.set_rollback(True)
        return False
    return True


@etape
def _attend_encore(creneau: Creneau, attente: Attente) -> InscriptionAttente | None:
    """Lock who waits, as their own acts do: the demande, then the list's row; None when it is not their turn any more.

    The list was read before: since then they may have booked, left, been offered a place, or missed their appointment.
    """
    convocation = attente.convocation
    convocation.demande = verrouiller(convocation.demande)
    if _est_epuisee(convocation):
        return None
    possibles = inscriptions_possibles(creneau).filter(convocation__personnes=convocation.personnes)
    return possibles.select_for_update(of=("self",), no_key=True).filter(pk=attente.inscription.pk).first()


def _est_epuisee(convocation: Convocation) -> bool:
    """Say whether they could not take a place with their link, the demande being locked: too many were missed."""
    return rendez_vous_actif(convocation) is None and est_epuisee(convocation)


@etape
def _reprendre_liberees(creneaux: Sequence[int], maintenant: datetime) -> set[int]:
    """Take, at each slot, one place held for nobody, if there is one; return the slots where there was."""
    lignes = RetenuePlace.objects.a_personne(maintenant).filter(creneau__in=creneaux, jusqu_a__gt=maintenant)
    prises = {ligne.creneau_id: ligne.pk for ligne in lignes.order_by("creneau", "-pk")}
    RetenuePlace.objects.filter(pk__in=prises.values()).delete()
    recompter(creneaux, maintenant=maintenant)
    return set(prises)


@etape
def _clore(offre: OffreAttente, etat: str, *, maintenant: datetime) -> None:
    """End an offer that was not taken: its place goes to the next one, and the person leaves after too many."""
    creneaux = creneaux_tenus(offre)
    verrouiller_creneaux(creneaux, seul=True)
    lacher(offre, maintenant=maintenant)
    _finir(offre, etat, maintenant)
    retenir_liberees(creneaux, maintenant=maintenant)
    passees = offre.inscription.offres.exclude(etat=Etat.PROPOSEE).count()
    site_id = Creneau.objects.values_list("file__site", flat=True).get(pk=offre.creneau_id)
    if passees >= regles_du_site(site_id).offres_max:
        _quitter(offre.inscription, maintenant=maintenant)


def _finir(offre: OffreAttente, etat: str, maintenant: datetime) -> None:
    offre.etat, offre.close_le = etat, maintenant
    offre.save(update_fields=["etat", "close_le"])


def _quitter(inscription: InscriptionAttente, *, maintenant: datetime) -> None:
    inscription.close_le = maintenant
    inscription.save(update_fields=["close_le"])


def _inscription(convocation: Convocation) -> InscriptionAttente | None:
    ouvertes = InscriptionAttente.objects.ouvertes().filter(convocation=convocation)
    return ouvertes.select_for_update(no_key=True).first()


def _offre(convocation: Convocation, cle: int, maintenant: datetime) -> OffreAttente:
    offre = _verrouillee(OffreAttente.objects.en_cours(maintenant).filter(pk=cle, inscription__convocation=convocation))
    if offre is None:
        raise ErreurMetier(
            "offre_echue",
            _("Cette place n’est plus tenue pour vous. Vous restez sur la liste d’attente."),
            statut=409,
        )
    return offre


def _verrouillee(offres: OffreAttenteQuerySet) -> OffreAttente | None:
    """Lock the list's row, then the offer's, as the one who offers does."""
    trouvee = offres.select_related("inscription").first()
    if trouvee is None:
        return None
    InscriptionAttente.objects.select_for_update(no_key=True).get(pk=trouvee.inscription_id)
    return offres.select_for_update(of=("self",), no_key=True).select_related("inscription").first()


def _annoncer(offre: OffreAttente, creneau: Creneau, convocation: Convocation, *, maintenant: datetime) -> bool:
    site = creneau.file.site
    dit = {
        "debut": creneau.debut.isoformat(),
        "jusqu_a": offre.jusqu_a.isoformat(),
        "lieu": site.lieu,
    }
    ecrits = prevenir(
        membres(convocation),
        "place_proposee",
        maintenant=maintenant,
        suffixe=str(offre.pk),
        contexte={"offre": dit, "offre_id": offre.pk},
    )
    _noter("proposee", convocation, SYSTEME, maintenant, creneau_id=creneau.pk)
    return ecrits > 0


def offre_tient(notification: Notification, maintenant: datetime) -> bool:
    """Say whether the place that a message offers is still held; one of the former release does not say which."""
    cle = notification.contexte.get("offre_id")
    return cle is None or OffreAttente.objects.en_cours(maintenant).filter(pk=cle).exists()


def _noter(quoi: str, convocation: Convocation, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(f"attente:{quoi}", par=par, maintenant=maintenant, demande=convocation.demande, charge=dict(charge))
