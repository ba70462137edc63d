"""Appointments of the former booking module, written: each line is an act of its own, and takes its place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Convocation, Demande, Prefecture, Site
from demandes.selectors import acteur_agent
from demandes.selectors_deports import DEPORTE, deports_de
from demandes.services.depot import ouvrir_etape
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from demandes.services.reprise import convoquer_pour_reprise
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.models import Creneau, ImportReprise, LigneReprise, ReglagesReprise, RendezVous
from planning.selectors_deports_reprise import sans_deport
from planning.selectors_jugement_reprise import IDENTITE, Candidat, Collision, juger
from planning.selectors_lecture_reprise import (
    LectureReprise,
    LigneDeReprise,
    Sort,
    comparer_une,
    est_attendue,
    lire_reprise,
)
from planning.services.ouvertures import exiger_planifier, exiger_planifier_site
from planning.services.rapport_reprise import consigner_comparees
from planning.services.reservation import changer_de_creneau, prendre_un_creneau, rendre
from planning.services.retenues import verrouiller_creneaux
from planning.services.visites import Visite, visite_de

journal = logging.getLogger(__name__)
Etat = LigneReprise.Etat
TACHE = "planning.tasks.reprendre_les_rendez_vous"
LOT = 200  # lines of one run of the task, far below its time limit
OUBLI = timedelta(days=30)
RAISON_MAX = 200
GARDE = "Gardé ici."
ILLISIBLES_MAX = 500
# What the services refuse, in the words of a collision.
_PAR_CODE = {
    "creneau_complet": Collision.COMPLET,
    "creneau_etranger": Collision.SANS_CRENEAU,
    "deja_pris": Collision.DEJA_RDV,
    "deja_convoquee": Collision.ETAT,
    "transition_interdite": Collision.ETAT,
    "lien_expire": Collision.ETAT,
    "identite_incomplete": Collision.IDENTITE,
    **dict.fromkeys(("sans_agrement", "commission", "deporte", "lieu_ferme", "examen_seul"), Collision.ETAT),
}


class EnCollision(ErreurMetier):
    """Something stands in the way of a line.

    Args:
        collision: what.
    """

    def __init__(self, collision: str) -> None:
        super().__init__("collision", Collision(collision).label, statut=409)
        self.collision = collision


@acte
def importer_rendez_vous(prefecture: Prefecture, contenu: str, *, par: Acteur, maintenant: datetime) -> ImportReprise:
    """Keep the lines of a file, to be taken over one by one by the worker; what changed elsewhere waits for an agent.

    Args:
        prefecture: where.
        contenu: text of the file, CSV or ICS.
        par: agent who plans there.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: as `lire_reprise`.
    """
    exiger_planifier(par, prefecture)
    _verrouiller_les_lignes(prefecture)
    lecture = lire_reprise(prefecture, contenu, agent=Agent.objects.get(pk=par.pk), maintenant=maintenant)
    refus = [[x.rang, x.raison] for x in lecture.de(Sort.REFUSEE)][:ILLISIBLES_MAX]
    importe = ImportReprise.objects.create(
        prefecture=prefecture, agent_id=par.pk, demande_le=maintenant, illisibles=refus
    )
    LigneReprise.objects.bulk_create([_ligne(importe, x) for x in lecture.de(Sort.NOUVELLE)])
    for lue in lecture.de(Sort.CHANGEE, Sort.DEPLACEE, Sort.DISPARUE):
        if not lue.deportee:  # a colleague gives the file that changes it
            _changer(lue, importe)
    reveiller(TACHE)
    consigner_comparees(lecture.trouvees, par=par, maintenant=maintenant)  # few: the file was shown just before
    _noter("importee", prefecture.pk, par, maintenant, **_comptes(lecture))
    return importe


@etape
def _verrouiller_les_lignes(prefecture: Prefecture) -> None:
    """Let one act at a time write many lines of a préfecture: of two imports, the second finds what the first wrote."""
    ReglagesReprise.objects.select_for_update(no_key=True).get_or_create(prefecture=prefecture)


def _comptes(lecture: LectureReprise) -> dict[str, int]:
    return dict(lecture.comptes)


def _ligne(importe: ImportReprise, lue: LigneDeReprise) -> LigneReprise:
    ligne = LigneReprise(prefecture_id=importe.prefecture_id, reference=lue.reference)
    _dire(ligne, lue, importe)
    return ligne


def _dire(ligne: LigneReprise, lue: LigneDeReprise, importe: ImportReprise) -> None:
    """Write on a line what the file says now; it is tried from there."""
    candidat = lue.candidat
    if candidat is None:
        return
    ligne.source, ligne.agent_id = importe, importe.agent_id
    ligne.rang, ligne.debut = lue.rang, candidat.debut
    ligne.motif, ligne.file, ligne.personne = candidat.motif, candidat.file, candidat.personne
    ligne.etat, ligne.collision, ligne.creneau = Etat.ATTENTE, "", None


@etape
def _changer(lue: LigneDeReprise, importe: ImportReprise) -> None:
    """Write what became of a line known already: what holds a place is moved or cancelled by an agent only.

    It is compared again once locked: the worker may have taken it over since the file was read.
    """
    connues = LigneReprise.objects.select_for_update(of=("self",), no_key=True).select_related("rendez_vous")
    ligne = connues.get(pk=lue.connue.pk if lue.connue else 0)
    if lue.candidat is not None:
        comparer_une(lue, ligne)
    elif not est_attendue(ligne):
        return
    if lue.sort is Sort.INCHANGEE:
        return
    if lue.sort is Sort.CHANGEE and ligne.rendez_vous_id is None:
        _dire(ligne, lue, importe)
    elif lue.sort is Sort.CHANGEE:
        ligne.etat, ligne.collision = Etat.REPRISE, ""
    else:
        ligne.etat, ligne.raison = Etat.COLLISION, ""
        ligne.collision = Collision.DEPLACEE if lue.candidat else Collision.DISPARUE
        ligne.debut_nouveau = lue.candidat.debut if lue.candidat else None
    ligne.save()


def reprendre_en_attente(*, maintenant: Callable[[], datetime]) -> int:
    """Take over the lines that wait, one act each; those left when the lot is full are for the next run.

    Args:
        maintenant: gives the instant of each.

    Returns:
        How many were tried.
    """
    _oublier_les_passees(maintenant=maintenant())
    faites, dernier = 0, 0
    while faites < LOT:
        attendent = LigneReprise.objects.filter(etat=Etat.ATTENTE, pk__gt=dernier)
        dernier = attendent.order_by("pk").values_list("pk", flat=True).first() or 0
        if not dernier:
            return faites
        faites += _reprendre_une(dernier, maintenant=maintenant())
    reveiller(TACHE)
    return faites


@acte
def _reprendre_une(pk: int, *, maintenant: datetime) -> bool:
    """Take over a line that waits, or say what stands in its way.

    Returns:
        False when another worker has it, or has just done it.
    """
    attendent = LigneReprise.objects.filter(pk=pk, etat=Etat.ATTENTE).select_related(
        "agent", "prefecture", "motif", "file__site__prefecture", "creneau"
    )
    ligne = attendent.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if ligne is None:
        return False
    try:
        with transaction.atomic():
            _reprendre(ligne, par=_acteur_de(ligne), maintenant=maintenant)
    except (OperationalError, InterfaceError):
        raise  # the base was busy, or is gone: the line still waits
    except Exception as erreur:  # noqa: BLE001 - one line stops none
        ligne.demande = ligne.rendez_vous = None
        _buter(ligne, _collision_de(erreur), maintenant)
    return True


def _acteur_de(ligne: LigneReprise) -> Acteur:
    """Return who acts for a line: who gave it, as long as their account is open.

    Raises:
        DroitRefuse: it is closed; a colleague tries again.
    """
    if not ligne.agent.is_active:
        raise DroitRefuse
    return acteur_agent(ligne.agent)


def _collision_de(erreur: Exception) -> str:
    if isinstance(erreur, EnCollision):
        return erreur.collision
    if isinstance(erreur, DroitRefuse):
        return Collision.DROIT
    if isinstance(erreur, ErreurMetier) and erreur.code in _PAR_CODE:
        return _PAR_CODE[erreur.code]
    journal.error("reprise : %s", type(erreur).__name__)
    return Collision.ERREUR


@etape
def _buter(ligne: LigneReprise, collision: str, maintenant: datetime) -> None:
    ligne.etat, ligne.collision, ligne.traitee_le = Etat.COLLISION, collision, maintenant
    ligne.save(update_fields=["etat", "collision", "traitee_le", "demande", "rendez_vous"])


@etape
def _reprendre(
    ligne: LigneReprise,
    *,
    creneau: Creneau | None = None,
    en_surplus: bool = False,
    par: Acteur,
    maintenant: datetime,
) -> None:
    """Find the demande or open one, convoke, and take the place; the line, locked, then forgets who it is of.

    Args:
        ligne: with its motif, queue and préfecture.
        creneau: slot chosen by an agent; that of its hour otherwise.
        en_surplus: whether a place is added to each of its slots that is full.
        par: agent.
        maintenant: instant.

    Raises:
        EnCollision, DroitRefuse, ErreurMetier: what stands in the way.
    """
    _exiger_ligne(ligne, par)
    debut = creneau.debut if creneau else ligne.debut
    candidat = Candidat(debut, ligne.motif, ligne.file, dict(ligne.personne))
    agent = Agent.objects.get(pk=par.pk)
    juger(ligne.prefecture, [candidat], agent=agent, proches=False, maintenant=maintenant)
    pris = candidat.creneau
    if candidat.collision and not (en_surplus and candidat.collision == Collision.COMPLET):
        raise EnCollision(candidat.collision)
    if pris is None:
        raise EnCollision(Collision.SANS_CRENEAU)
    demande = candidat.demande or _ouvrir(ligne, candidat, par=par, maintenant=maintenant)
    convocation = _convoquer(demande, ligne, debut, par=par, maintenant=maintenant)
    if en_surplus:
        _ajouter_les_places(visite_de(convocation, pris, maintenant), maintenant)
    ailleurs = ligne.debut if debut != ligne.debut else None
    ligne.rendez_vous = prendre_un_creneau(
        convocation, pris, a_confirmer=True, ancien_debut=ailleurs, par=par, maintenant=maintenant
    )
    ligne.demande, ligne.creneau = demande, pris if creneau else None
    _reprise_faite(ligne, maintenant)


@etape
def _reprise_faite(ligne: LigneReprise, maintenant: datetime) -> None:
    ligne.etat, ligne.collision, ligne.personne, ligne.traitee_le = Etat.REPRISE, "", {}, maintenant
    ligne.save()


@etape
def _ajouter_les_places(visite: Visite, maintenant: datetime) -> None:
    """Add a place, that somebody agreed to in surplus, to each slot of a visit that has none left, and to no other.

    Under the lock of the slots, after that of the demande: a place given back meanwhile is taken, not added.
    """
    verrouiller_creneaux(visite.creneaux)
    libres = Creneau.objects.libres(maintenant, quotas=visite.quotas).filter(pk__in=visite.creneaux)
    pleins = Creneau.objects.filter(pk__in=visite.creneaux).exclude(pk__in=libres.order_by("pk").values("pk"))
    pleins.update(places=F("places") + 1, surplus=F("surplus") + 1)


@etape
def _ouvrir(ligne: LigneReprise, candidat: Candidat, *, par: Acteur, maintenant: datetime) -> Demande:
    dits = (*IDENTITE, "courriel", "telephone", "numero_etranger")
    identite = {c: candidat.personne[c] for c in dits if c in candidat.personne}
    site = ligne.file.site
    # They deposited nothing: what they read is that their appointment is taken over.
    return ouvrir_etape(ligne.motif, site, identite=identite, annoncer=False, par=par, maintenant=maintenant)


@etape
def _convoquer(
    demande: Demande, ligne: LigneReprise, debut: datetime, *, par: Acteur, maintenant: datetime
) -> Convocation:
    """Return the convocation that the appointment stands on: the one held already, or a new one.

    Raises:
        EnCollision: a family holds it.
    """
    tenue = demande.convocations.actives().order_by("pk").first()
    if tenue is None:
        deplace = debut != ligne.debut
        tenue = convoquer_pour_reprise(
            demande, ligne.file.site, jusqu_au=debut, deplace=deplace, par=par, maintenant=maintenant
        )
    elif tenue.personnes > 1 or tenue.jointe_a_id:
        raise EnCollision(Collision.ETAT)
    return Convocation.objects.avec_page().get(pk=tenue.pk)


# What an agent does with a line that something stands in the way of


@acte
def resoudre(
    ligne: LigneReprise,
    *,
    creneau: Creneau | None = None,
    en_surplus: bool = False,
    par: Acteur,
    maintenant: datetime,
) -> LigneReprise:
    """Take over a line on another slot, or in surplus at its own; one taken over already is moved there.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``resolue`` (409), or what still stands in the way.
    """
    ligne = _verrouiller(ligne, par)
    if ligne.rendez_vous is None:
        _reprendre(ligne, creneau=creneau, en_surplus=en_surplus, par=par, maintenant=maintenant)
        return ligne
    if creneau is None:
        raise EnCollision(Collision.SANS_CRENEAU)
    exiger_planifier_site(par, creneau.file.site)
    convocation = Convocation.objects.avec_page().get(pk=ligne.rendez_vous.convocation_id)
    ligne.rendez_vous = changer_de_creneau(convocation, creneau, par_le_service=True, par=par, maintenant=maintenant)
    ligne.debut, ligne.debut_nouveau = ligne.debut_nouveau or ligne.debut, None
    _reprise_faite(ligne, maintenant)
    return ligne


@acte
def garder(ligne: LigneReprise, *, par: Acteur, maintenant: datetime) -> None:
    """Keep an appointment as it is here, whatever became of it in the former module; no later file asks again.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``resolue`` (409).
    """
    ligne = _verrouiller(ligne, par)
    if ligne.rendez_vous is None:
        raise _resolue()
    ligne.debut, ligne.debut_nouveau, ligne.raison = ligne.debut_nouveau or ligne.debut, None, GARDE
    _reprise_faite(ligne, maintenant)


@acte
def ecarter(ligne: LigneReprise, raison: str, *, par: Acteur, maintenant: datetime) -> None:
    """Set a line aside, and cancel the appointment that it holds here: the person is told.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``resolue`` (409), ``raison`` on its field.
    """
    ligne = _verrouiller(ligne, par)
    if not raison.strip():
        raise ErreurMetier("raison", "Dites pourquoi.", champ="raison")
    if ligne.rendez_vous is not None and ligne.rendez_vous.etat == RendezVous.Etat.PRIS:
        rendre(Convocation.objects.avec_page().get(pk=ligne.rendez_vous.convocation_id), par=par, maintenant=maintenant)
    _ecarter(ligne, raison.strip()[:RAISON_MAX], maintenant)
    _noter("ecartee", ligne.prefecture_id, par, maintenant, ligne_id=ligne.pk)


@acte
def reessayer(prefecture: Prefecture, *, par: Acteur, maintenant: datetime) -> int:
    """Try again, with the rights of who asks, every line that something stood in the way of and that holds no place.

    Those of the sites that they plan, and of nobody at whom their déports aim.

    Returns:
        How many.

    Raises:
        DroitRefuse: 403.
    """
    exiger_planifier(par, prefecture)
    _verrouiller_les_lignes(prefecture)
    siens = Site.objects.visibles_par(Agent.objects.get(pk=par.pk), Droit.PLANIFIER)
    lignes = LigneReprise.objects.filter(
        prefecture=prefecture, file__site__in=siens, etat=Etat.COLLISION, rendez_vous=None, debut__gt=maintenant
    )
    butees = sans_deport(lignes, deports_de(par), prefecture)
    nombre = butees.exclude(collision=Collision.DISPARUE).update(etat=Etat.ATTENTE, collision="", agent=par.pk)
    reveiller(TACHE)
    _noter("reessayee", prefecture.pk, par, maintenant, lignes=nombre)
    return nombre


@etape
def _ecarter(ligne: LigneReprise, raison: str, maintenant: datetime) -> None:
    ligne.etat, ligne.collision, ligne.raison, ligne.personne = Etat.ECARTEE, "", raison, {}
    ligne.traitee_le = maintenant
    ligne.save()


@acte
def _oublier_les_passees(*, maintenant: datetime) -> None:
    """Forget whose the lines were that nobody took over, a month after their hour."""
    passees = LigneReprise.objects.filter(
        Q(etat=Etat.COLLISION) | Q(etat=Etat.ATTENTE), rendez_vous=None, debut__lt=maintenant - OUBLI
    )
    passees.update(etat=Etat.ECARTEE, collision="", raison="Passé sans être repris.", personne={})


@etape
def _verrouiller(ligne: LigneReprise, par: Acteur) -> LigneReprise:
    lignes = LigneReprise.objects.select_for_update(of=("self",), no_key=True).select_related(
        "prefecture", "motif", "file__site__prefecture", "rendez_vous"
    )
    fraiche = lignes.filter(pk=ligne.pk, etat=Etat.COLLISION).first()
    _exiger_ligne(fraiche or ligne, par)
    if fraiche is None:
        raise _resolue()
    return fraiche


def _exiger_ligne(ligne: LigneReprise, par: Acteur) -> None:
    """Refuse who does not plan the site of a line, or declared not to handle its person.

    Raises:
        DroitRefuse: 403.
    """
    exiger_planifier_site(par, ligne.file.site)
    deports = deports_de(par)
    siennes = LigneReprise.objects.filter(pk=ligne.pk)
    if deports and not sans_deport(siennes, deports, ligne.prefecture).exists():
        raise DroitRefuse(DEPORTE)


def _resolue() -> ErreurMetier:
    return ErreurMetier("resolue", "Cette ligne vient d’être traitée : la page est à jour.", statut=409)


def _noter(quoi: str, prefecture_id: int, par: Acteur, maintenant: datetime, **charge: Any) -> None:
    journaliser(
        f"planning:reprise_{quoi}", par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=dict(charge)
    )
