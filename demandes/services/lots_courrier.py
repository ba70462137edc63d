"""Batches of letters: prepared under lock, composed by the worker, printed, then posted or given back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from demandes.acteur import SYSTEME, Acteur
from demandes.droits import Droit
from demandes.models import Agent, Demande, LotCourrier, Notification, Prefecture, Service
from demandes.querysets_deports import visees
from demandes.selectors_courrier import lettres_du_lot
from demandes.selectors_deports import deports_de
from demandes.services.courriels import objet_court
from demandes.services.journal import journaliser_lot
from demandes.services.lettres import assembler, composer_lettre
from demandes.services.notifications import reveiller
from demandes.services.validite import encore_vraies, est_encore_vraie
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.masque import RIEN, Garde
from planipref.commun.pdf import rendre_pdf
from planipref.commun.transactions import acte, etape

journal = logging.getLogger(__name__)
Etat = Notification.Etat

# The worker is interrupted after 120 s: a batch is composed well before, at about half a second a letter.
LETTRES_PAR_LOT = 60
# A worker that has been silent for so long is dead: the batch is composed again.
SILENCE = timedelta(minutes=2)
# What is not composed by then goes back to wait: a batch always ends, however slow the machine or long the acts.
DUREE_MAX = timedelta(seconds=75)
# Beyond, its page says that something is wrong: the worker is stopped, or cannot make it.
PATIENCE = timedelta(minutes=10)
COMPOSER = "demandes.tasks.composer_les_lots"
# Of a letter that leaves its batch, nothing has left yet.
VIDE = RIEN._asdict()


@acte
def preparer_lot(service: Service, *, par: Acteur, maintenant: datetime) -> LotCourrier | None:
    """Take the letters that have waited longest, at most `LETTRES_PAR_LOT`; two agents never take the same.

    Those that are no longer true are cancelled; those of persons whom the agent must not handle stay for another, as
    do those of persons whose address is not whole.

    Args:
        service: whose letters.
        par: who prints them.
        maintenant: instant.

    Returns:
        The batch; None when no letter may be printed.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(service, par)
    # Numbers follow each other; held before the letters, by who prepares only.
    Prefecture.objects.select_for_update(of=("self",), no_key=True).get(pk=service.prefecture_id)
    vraies = _prendre(service, par, maintenant)
    if not vraies:
        return None
    derniers = LotCourrier.objects.filter(prefecture=service.prefecture_id).aggregate(n=Max("numero"))
    lot = LotCourrier.objects.create(
        prefecture_id=service.prefecture_id,
        service=service,
        numero=(derniers["n"] or 0) + 1,
        nb_lettres=len(vraies),
        cree_par_id=par.pk,
        cree_le=maintenant,
    )
    Notification.objects.filter(pk__in=[n.pk for n in vraies]).update(lot=lot, etat=Etat.EN_ENVOI)
    _noter("courrier:prepare", vraies, lot, par, maintenant)
    reveiller(COMPOSER)
    return lot


@etape
def _prendre(service: Service, par: Acteur, maintenant: datetime) -> list[Notification]:
    """Lock the letters of a service that may be printed now; cancel those that would not be true."""
    attendent = Notification.objects.lettres_en_attente().filter(demande__service=service)
    attendent = attendent.exclude(visees(deports_de(par), "demande__")).select_related("demande__usager")
    prises: list[Notification] = []
    fausses: list[int] = []
    for lettre in attendent.select_for_update(skip_locked=True, of=("self",)).iterator(chunk_size=200):
        if not est_encore_vraie(lettre, maintenant):
            fausses.append(lettre.pk)
        elif lettre.demande is not None and lettre.demande.usager.adresse_postale:
            prises.append(lettre)
        if len(prises) == LETTRES_PAR_LOT:
            break
    Notification.objects.filter(pk__in=fausses).update(etat=Etat.ANNULEE)
    return prises


@acte
def poster_lot(lot: LotCourrier, *, par: Acteur, maintenant: datetime) -> int:
    """Say that the letters of a batch were handed to the post: each counts as sent.

    Returns:
        How many.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``lot_termine``, ``lot_non_imprime``, ``lot_vide``, ``lettres_fausses`` (409).
    """
    verrouille, lettres = _verrouiller(lot, par)
    if not verrouille.pdf:
        raise ErreurMetier("lot_non_imprime", "Ce lot n’est pas encore composé : imprimez-le d’abord.", statut=409)
    if not lettres:
        raise ErreurMetier("lot_vide", "Il n’y a plus de lettre dans ce lot : abandonnez-le.", statut=409)
    vraies = encore_vraies(lettres, maintenant)
    if fausses := [n for n in lettres if n.pk not in vraies]:
        numeros = ", ".join(sorted({str(n.demande and n.demande.numero) for n in fausses}))
        raise ErreurMetier(
            "lettres_fausses", f"À retirer d’abord de la pile, elles ne sont plus vraies : {numeros}.", statut=409
        )
    Notification.objects.filter(lot=verrouille).update(etat=Etat.ENVOYEE, envoyee_le=maintenant)
    _terminer(verrouille, LotCourrier.Etat.POSTE, par, maintenant)
    _noter("courrier:poste", lettres, verrouille, par, maintenant)
    return len(lettres)


@acte
def abandonner_lot(lot: LotCourrier, *, par: Acteur, maintenant: datetime) -> int:
    """Give the letters of a batch back: they wait again, and are composed anew with the next one.

    Returns:
        How many.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``lot_termine`` (409).
    """
    verrouille, lettres = _verrouiller(lot, par)
    Notification.objects.filter(lot=verrouille).update(lot=None, etat=Etat.A_ENVOYER, **VIDE)
    _terminer(verrouille, LotCourrier.Etat.ABANDONNE, par, maintenant)
    _noter("courrier:abandonne", lettres, verrouille, par, maintenant)
    return len(lettres)


@acte
def retirer_lettre(lot: LotCourrier, lettre_id: int, *, par: Acteur, maintenant: datetime) -> None:
    """Cancel a letter of a batch that is no longer true: the agent takes it out of the pile.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``lot_termine``, ``lettre_vraie`` (409).
    """
    verrouille, lettres = _verrouiller(lot, par)
    siennes = [n for n in lettres if n.pk == lettre_id and not est_encore_vraie(n, maintenant)]
    if not siennes:
        raise ErreurMetier("lettre_vraie", "Cette lettre est toujours bonne à envoyer.", statut=409)
    Notification.objects.filter(pk=lettre_id).update(lot=None, etat=Etat.ANNULEE, **VIDE)
    verrouille.nb_lettres -= 1
    verrouille.save(update_fields=["nb_lettres"])
    _noter("courrier:retire", siennes, verrouille, par, maintenant)


@acte
def consigner_impression(lot: LotCourrier, *, par: Acteur, maintenant: datetime) -> None:
    """Write, in the journal of each file, that an agent opened the letters of a batch."""
    _noter("lecture:courrier", list(lettres_du_lot(lot)), lot, par, maintenant)


@acte
def recomposer(lot: LotCourrier, *, par: Acteur) -> None:
    """Let the PDF of a batch be made again, the store having lost it.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``lot_termine`` (409).
    """
    verrouille, _ = _verrouiller(lot, par)
    verrouille.pdf, verrouille.compose_le, verrouille.nb_composees = "", None, 0
    verrouille.save(update_fields=["pdf", "compose_le", "nb_composees"])
    reveiller(COMPOSER)


def est_en_retard(lot: LotCourrier, maintenant: datetime) -> bool:
    """Say whether the PDF of a batch should have been made long ago."""
    return lot.etat == LotCourrier.Etat.PREPARE and not lot.pdf and lot.cree_le < maintenant - PATIENCE


def _exiger(service: Service, par: Acteur) -> None:
    if not par.est_agent or not par.peut(Droit.VERIFIER, prefecture_id=service.prefecture_id, service_id=service.pk):
        raise DroitRefuse


@etape
def _verrouiller(lot: LotCourrier, par: Acteur) -> tuple[LotCourrier, list[Notification]]:
    """Lock a batch still prepared, of which the agent may handle every letter."""
    _exiger(lot.service, par)
    verrouille = LotCourrier.objects.select_for_update(of=("self",)).get(pk=lot.pk)
    lettres = list(lettres_du_lot(verrouille))
    deports = deports_de(par)
    if deports and lettres_du_lot(verrouille).filter(visees(deports, "demande__")).exists():
        raise DroitRefuse
    if verrouille.etat != LotCourrier.Etat.PREPARE:
        raise ErreurMetier("lot_termine", f"Ce lot est déjà {verrouille.get_etat_display().lower()}.", statut=409)
    return verrouille, lettres


@etape
def _terminer(lot: LotCourrier, etat: str, par: Acteur, maintenant: datetime) -> None:
    reserve, nom = lot.pdf.storage, str(lot.pdf.name or "")
    lot.etat, lot.termine_le, lot.termine_par_id, lot.pdf = etat, maintenant, par.pk, ""
    lot.save(update_fields=["etat", "termine_le", "termine_par", "pdf"])
    if nom:
        transaction.on_commit(lambda: reserve.delete(nom))


@etape
def _noter(nature: str, lettres: Sequence[Notification], lot: LotCourrier, par: Acteur, maintenant: datetime) -> None:
    """Write in the journal of each file, once, in the order of the files."""
    par_demande: dict[int, list[int]] = {}
    demandes: dict[int, Demande] = {}
    for lettre in lettres:
        if lettre.demande is not None:
            demandes[lettre.demande.pk] = lettre.demande
            par_demande.setdefault(lettre.demande.pk, []).append(lettre.pk)
    journaliser_lot(
        nature,
        [demandes[pk] for pk in sorted(demandes)],
        par=par,
        maintenant=maintenant,
        charge=lambda d: {"lot_id": lot.pk, "notifications": par_demande[d.pk]},
    )


def composer_lots() -> int:
    """Make the PDF of the batches that wait for it, oldest first; idempotent, shared by the workers.

    Returns:
        How many.
    """
    faits = 0
    while (lot := _reclamer()) is not None:
        try:
            _composer(lot)
        except Exception as erreur:  # noqa: BLE001 - tried again after `SILENCE`; the others do not wait for it
            journal.error("lot %s : %s", lot.pk, type(erreur).__name__)
        else:
            faits += 1
    return faits


@acte
def _reclamer() -> LotCourrier | None:
    attendent = LotCourrier.objects.prepares().filter(pdf="").exclude(compose_le__gte=horloge() - SILENCE)
    lot = attendent.order_by("pk").select_for_update(skip_locked=True, of=("self",)).first()
    if lot is not None:
        lot.compose_le, lot.nb_composees = horloge(), 0
        lot.save(update_fields=["compose_le", "nb_composees"])
    return lot


def _composer(lot: LotCourrier) -> None:
    """Compose each letter; one that cannot be leaves the batch, and becomes a task for the agents.

    Those left when the time is up wait again, for the next batch: this one is what has been composed.
    """
    documents: list[bytes] = []
    composees: list[Notification] = []
    gardes: dict[int, Garde] = {}
    fin = horloge() + DUREE_MAX
    for lettre in list(lettres_du_lot(lot)):
        if composees and horloge() > fin:
            _rendre_les_autres(lot, composees)
            break
        try:
            composee = composer_lettre(lettre, maintenant=horloge())
        except Exception as erreur:  # noqa: BLE001 - one letter that cannot be made must not stop the others
            journal.error("lettre %s : %s", lettre.pk, type(erreur).__name__)
            _ecarter(lot, lettre, erreur)
            continue
        documents += composee.documents
        gardes[lettre.pk] = composee.garde
        composees.append(lettre)
        LotCourrier.objects.filter(pk=lot.pk).update(nb_composees=len(composees), compose_le=horloge())
    _ranger(lot, assembler([_bordereau(lot, composees), *documents]), gardes)


def _rendre_les_autres(lot: LotCourrier, composees: Sequence[Notification]) -> None:
    with transaction.atomic():
        verrouille = LotCourrier.objects.select_for_update(of=("self",)).get(pk=lot.pk)
        if verrouille.etat != LotCourrier.Etat.PREPARE or verrouille.pdf:
            return  # given up, or composed by another worker meanwhile
        autres = list(lettres_du_lot(lot).exclude(pk__in=[n.pk for n in composees]))
        Notification.objects.filter(pk__in=[n.pk for n in autres]).update(lot=None, etat=Etat.A_ENVOYER, **VIDE)
        verrouille.nb_lettres = lettres_du_lot(lot).count()
        verrouille.save(update_fields=["nb_lettres"])
        _noter("courrier:abandonne", autres, lot, SYSTEME, horloge())


def _ecarter(lot: LotCourrier, lettre: Notification, erreur: Exception) -> None:
    with transaction.atomic():
        LotCourrier.objects.select_for_update(of=("self",)).get(pk=lot.pk)  # first, as whoever ends it
        siennes = Notification.objects.filter(pk=lettre.pk, lot=lot, etat=Etat.EN_ENVOI)
        if siennes.update(lot=None, etat=Etat.ECHEC, derniere_erreur=type(erreur).__name__, **VIDE):
            LotCourrier.objects.filter(pk=lot.pk).update(nb_lettres=lettres_du_lot(lot).count())


def _bordereau(lot: LotCourrier, lettres: Sequence[Notification]) -> bytes:
    lignes = [(n.demande, objet_court(n.modele)) for n in lettres]
    agent = Agent.objects.get(pk=lot.cree_par_id)
    contexte: dict[str, object] = {"lot": lot, "lignes": lignes, "agent": agent}
    return rendre_pdf("pdf/bordereau.html", contexte)


def _ranger(lot: LotCourrier, pdf: bytes, gardes: Mapping[int, Garde]) -> None:
    """Keep the PDF and the words that it says, unless the batch ended or another worker was faster."""
    lot.pdf.save(f"{secrets.token_hex(16)}.pdf", ContentFile(pdf), save=False)
    nom = str(lot.pdf.name)
    with transaction.atomic():
        range_ici = LotCourrier.objects.prepares().filter(pk=lot.pk, pdf="").update(pdf=nom, compose_le=None)
        for pk, garde in gardes.items() if range_ici else ():
            Notification.objects.filter(pk=pk, lot=lot, etat=Etat.EN_ENVOI).update(**garde._asdict())
    if not range_ici:
        lot.pdf.storage.delete(nom)
