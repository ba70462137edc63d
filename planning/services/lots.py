"""Convoking many persons: never more than the places open can take, each in an act of its own.

Who is convoked is settled once, under a lock of the préfecture: the demandes kept are promised a place from then on, so
that two agents never promise the same one. The worker then convokes them one by one; it may die and begin again.

A demande convoked by itself takes part in that lock, so that a lot counts it or it waits for the lot. It is not held to
what is open: the agent who convokes from a file is warned that every place is promised, and may go on, because some
persons must be seen whatever the places (a child placed, a court that gave a date). Such a promise is counted by every
lot after it, which then has fewer places to give.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Agent, Demande, Prefecture, Site
from demandes.selectors import acteur_agent
from demandes.selectors_deports import DEPORTE, deports_de
from demandes.services.convocation import convoquer
from demandes.services.journal import journaliser
from demandes.services.notifications import reveiller
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant as horloge
from planipref.commun.transactions import acte, etape
from planipref.commun.verrous import avec_d_autres, un_seul, une_place
from planning.calculs.capacite import Bilan
from planning.models import FileGuichet, LigneConvocation, LotConvocations
from planning.services.capacite import capacite

journal = logging.getLogger(__name__)
LOT_MAX = 500
# As many as an agent may wait for; beyond, the worker convokes them while the page shows how far it is.
IMMEDIAT_MAX = 20
VERROU = "capacite"
REMISE = "Titre à remettre : convoquez depuis « Titres reçus », qui connaît le site du titre."
DEJA = "Déjà convoquée."
EXAMEN = "Un médecin agréé doit examiner la personne : convoquez depuis son dossier."
AILLEURS = "D’une autre préfecture que les premières : faites un autre envoi."
EN_COURS = "Déjà dans un envoi en cours."
SANS_FILE = "Aucune file des sites choisis ne sert cette démarche."
SANS_DROIT = "Vous ne pouvez pas convoquer ce dossier."
INATTENDUE = (
    "Une erreur inattendue a arrêté cette convocation : rien n’est parti. Essayez depuis son dossier ; si cela "
    "recommence, dites-le à votre administrateur avec le numéro de la demande."
)


@dataclass
class Tri:
    """What may be convoked of some demandes.

    Args:
        prefecture: of those that may; None when none may.
        convocables: in the order in which they are served: legal deadline, then age.
        refus: the others, each with why.
    """

    prefecture: Prefecture | None = None
    convocables: list[Demande] = field(default_factory=list)
    refus: list[tuple[Demande, str]] = field(default_factory=list)


def trier(pks: Iterable[int], par: Acteur) -> Tri:
    """Tell the demandes that an agent may convoke together from the others, those first that the law presses most.

    Args:
        pks: of demandes that the agent may at least see listed; at most `LOT_MAX` are read.
        par: agent.
    """
    tri = Tri()
    lues = Demande.objects.filter(pk__in=list(pks)).select_related("usager", "motif", "prefecture", "service")
    demandes = list(lues.order_by(F("echeance").asc(nulls_last=True), "deposee_le", "pk")[:LOT_MAX])
    deportees = _deportees(demandes, par)
    en_cours = set(
        LigneConvocation.objects.filter(demande__in=demandes, etat=LigneConvocation.Etat.A_FAIRE)
        .order_by("pk")
        .values_list("demande", flat=True)
    )
    for demande in demandes:
        raison = _empeche(demande, par)
        if demande.pk in deportees:
            raison = DEPORTE
        elif not raison and demande.pk in en_cours:
            raison = EN_COURS
        elif not raison and tri.prefecture not in (None, demande.prefecture):
            raison = AILLEURS
        if raison:
            tri.refus.append((demande, raison))
        else:
            tri.prefecture = demande.prefecture
            tri.convocables.append(demande)
    return tri


def _deportees(demandes: Sequence[Demande], par: Acteur) -> set[int]:
    deports = deports_de(par)
    if not deports:
        return set()
    visees = Demande.objects.filter(pk__in=[d.pk for d in demandes]).visees(deports)
    return set(visees.order_by("pk").values_list("pk", flat=True))


def _empeche(demande: Demande, par: Acteur) -> str:
    """Say why an agent may not convoke a demande with others; empty when they may."""
    if not par.peut_sur(Droit.CONVOQUER, demande):
        return SANS_DROIT
    if demande.etat == Etat.A_REMETTRE:
        return REMISE
    if demande.etat in (Etat.CONVOQUEE, Etat.RDV_PRIS):
        return DEJA
    if not PAR_NOM["convoquer"].permise(demande.motif.regles, demande.etat):
        return f"« {demande.get_etat_display()} » : on ne convoque pas dans cet état."
    return EXAMEN if demande.motif.examen else ""


@dataclass(frozen=True)
class Projet:
    """What convoking some demandes would do.

    Args:
        tri: who may be convoked, and who may not.
        bilan: what fits, in the order of ``tri.convocables``; None when nobody may be convoked.
    """

    tri: Tri
    bilan: Bilan | None

    @property
    def retenues(self) -> list[Demande]:
        """Those who have a place."""
        return self._selon(assise=True)

    @property
    def debout(self) -> list[Demande]:
        """Those who may be convoked and have none."""
        return self._selon(assise=False)

    def _selon(self, *, assise: bool) -> list[Demande]:
        paires = zip(self.tri.convocables, self.bilan.assises if self.bilan else [], strict=True)
        return [d for d, a in paires if a is assise]


def projeter(pks: Iterable[int], sites: Collection[Site], *, par: Acteur, maintenant: datetime) -> Projet:
    """Say who would be convoked of some demandes, and what is missing for the others.

    Args:
        pks: of the demandes.
        sites: where they may come.
        par: agent.
        maintenant: instant.
    """
    tri = trier(pks, par)
    if tri.prefecture is None:
        return Projet(tri, None)
    files = FileGuichet.objects.actives().filter(site__in=sites, motifs__in={d.motif_id for d in tri.convocables})
    servis = set(files.order_by("pk").values_list("motifs", flat=True))
    tri.refus += [(d, SANS_FILE) for d in tri.convocables if d.motif_id not in servis]
    tri.convocables = [d for d in tri.convocables if d.motif_id in servis]
    return Projet(tri, capacite(tri.prefecture, tri.convocables, sites, maintenant=maintenant))


@acte
def preparer_lot(
    pks: Iterable[int], *, motivation: str, sites: Sequence[Site], par: Acteur, maintenant: datetime
) -> LotConvocations:
    """Settle who is convoked, and promise each a place; those that do not fit are kept as such in the lot.

    Args:
        pks: of the demandes.
        motivation: why they come, the same for all; shown to them.
        sites: where they may come, of one préfecture.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``motivation_absente``, ``site_absent``; ``rien_a_convoquer`` (409), nobody has a place.
    """
    if not motivation.strip():
        raise ErreurMetier("motivation_absente", "Dites pourquoi ces personnes doivent venir.", champ="motivation")
    prefecture_id = _prefecture_de(sites)
    if not (par.est_agent and par.peut(Droit.CONVOQUER, prefecture_id=prefecture_id)):
        raise DroitRefuse
    un_seul(VERROU, prefecture_id)
    projet = projeter(pks, sites, par=par, maintenant=maintenant)
    retenues = projet.retenues
    if not retenues or projet.tri.prefecture is None or projet.tri.prefecture.pk != prefecture_id:
        raise ErreurMetier("rien_a_convoquer", "Il n’y a plus de place pour ces personnes.", statut=409)
    lot = LotConvocations.objects.create(
        prefecture_id=prefecture_id, agent_id=par.pk, motivation=motivation.strip(), cree_le=maintenant
    )
    lot.sites.set(sites)
    etats = LigneConvocation.Etat
    LigneConvocation.objects.bulk_create(
        [LigneConvocation(lot=lot, demande=d, etat=etats.A_FAIRE) for d in retenues]
        + [LigneConvocation(lot=lot, demande=d, etat=etats.SANS_PLACE) for d in projet.debout]
    )
    charge = {"lot_id": lot.pk, "retenues": len(retenues), "sans_place": len(projet.debout)}
    journaliser("planning:lot_convocations", par=par, maintenant=maintenant, prefecture_id=prefecture_id, charge=charge)
    if len(retenues) > IMMEDIAT_MAX:
        reveiller("planning.tasks.convoquer_lots")
    return lot


def _prefecture_de(sites: Sequence[Site]) -> int:
    prefectures = {s.prefecture_id for s in sites}
    if len(prefectures) != 1:
        raise ErreurMetier("site_absent", "Choisissez au moins un site de la préfecture.", champ="sites")
    return prefectures.pop()


@etape
def noter_convocation(demande: Demande, *, par: Acteur, maintenant: datetime, convocation_id: int, **_: object) -> None:
    """React to a convocation, of a lot or not: the place that a lot promised to this demande is this one.

    It takes part in the lock of the lots: one that is being settled is waited for, and the next one counts it.
    """
    avec_d_autres(VERROU, demande.prefecture_id)
    attendue = LigneConvocation.objects.filter(demande=demande, etat=LigneConvocation.Etat.A_FAIRE)
    attendue.update(etat=LigneConvocation.Etat.CONVOQUEE, convocation_id=convocation_id)


# The worker


def convoquer_lots() -> int:
    """Convoke whom the lots still wait for, oldest first; one worker at a time.

    Returns:
        How many were convoked.
    """
    with une_place("convocations", 1) as libre:
        if not libre:
            return 0
        lots = LotConvocations.objects.filter(lignes__etat=LigneConvocation.Etat.A_FAIRE).distinct()
        return sum(convoquer_lot(lot) for lot in lots.order_by("pk"))


def convoquer_lot(lot: LotConvocations) -> int:
    """Convoke the demandes of a lot that still wait, each in an act of its own, with the rights that its agent has now.

    Safe to begin again: a demande convoked leaves the lot's list in the same transaction.

    Returns:
        How many were convoked.
    """
    agent = Agent.objects.get(pk=lot.agent_id)
    par = acteur_agent(agent)
    sites = list(lot.sites.order_by("pk"))
    lignes = lot.lignes.filter(etat=LigneConvocation.Etat.A_FAIRE).select_related("demande__motif")
    faites = 0
    for ligne in lignes.order_by("pk"):
        if not agent.is_active:
            _refuser(ligne, "L’agent qui a demandé cet envoi n’a plus de compte.")
        else:
            faites += _convoquer_une(ligne, lot, sites, par)
    return faites


def _convoquer_une(ligne: LigneConvocation, lot: LotConvocations, sites: Sequence[Site], par: Acteur) -> bool:
    """Convoke one demande of a lot, or say on its line why not: whatever happens to one, the others go on."""
    ouverts = FileGuichet.objects.pour([ligne.demande.motif_id], [s.pk for s in sites], remise=False)
    servis = set(ouverts.order_by("pk").values_list("site", flat=True))
    siens = [s for s in sites if s.pk in servis]
    if not siens:
        _refuser(ligne, SANS_FILE)
        return False
    try:
        convoquer(ligne.demande, motivation=lot.motivation, sites=siens, par=par, maintenant=horloge())
    except ErreurMetier as erreur:
        _refuser(ligne, erreur.message or SANS_DROIT)
    except (OperationalError, InterfaceError) as erreur:  # the base is busy, or gone: the line still waits
        if not connection.is_usable():
            raise
        journal.warning("ligne de convocation %s : %s", ligne.pk, type(erreur).__name__)
    except Exception as erreur:  # noqa: BLE001 - one line stops none, of no lot
        journal.error("ligne de convocation %s : %s", ligne.pk, type(erreur).__name__)  # its words may name a person
        _refuser(ligne, INATTENDUE)
    else:
        return True
    return False


def _refuser(ligne: LigneConvocation, raison: str) -> None:
    attend = LigneConvocation.objects.filter(pk=ligne.pk, etat=LigneConvocation.Etat.A_FAIRE)
    attend.update(etat=LigneConvocation.Etat.REFUSEE, raison=raison[:300])
