"""Solving a slot where more is taken than given: move somebody, keep them in surplus, or hold one more counter."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from demandes.acteur import Acteur
from demandes.models import Agent
from demandes.services.journal import journaliser
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.calculs.creneaux import lundi_de
from planning.models import Affectation, Creneau, Guichet, PlacePlan, PlanSemaine, RendezVous
from planning.querysets import TENUES
from planning.selectors_conflits import renforts
from planning.services.ouvertures import exiger_planifier
from planning.services.postes import verrouiller_plans
from planning.services.publication import publier
from planning.services.reservation import changer_de_creneau


def resolu() -> ErreurMetier:
    """Return the refusal of a conflict that is no more."""
    return ErreurMetier("conflit_resolu", "Ce conflit n’existe plus : la page est à jour.", statut=409)


@acte
def deplacer_du_conflit(
    creneau: Creneau, rendez_vous: RendezVous, vers: Creneau, *, par: Acteur, maintenant: datetime
) -> RendezVous:
    """Move an appointment out of a slot in conflict; the usager is told, and may choose another slot with their link.

    Args:
        creneau: in conflict, with its site.
        rendez_vous: an appointment of it, with its convocation and demande.
        vers: where it goes.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``conflit_resolu`` (409) when the usager or somebody else moved first; ``creneau_complet`` (409);
            as `reservation.deplacer`.
    """
    exiger_planifier(par, creneau.file.site.prefecture)

    def encore_en_conflit(actuel: RendezVous) -> None:
        en_conflit = Creneau.objects.en_conflit(maintenant).filter(pk=creneau.pk)
        if actuel.pk != rendez_vous.pk or not en_conflit.exists():
            raise resolu()

    nouveau = changer_de_creneau(
        rendez_vous.convocation,
        vers,
        garde=encore_en_conflit,
        par_le_service=True,
        par=par,
        maintenant=maintenant,
    )
    _noter("deplace", creneau, par, maintenant, rendez_vous_id=nouveau.pk)
    return nouveau


@acte
def garder_en_surplus(creneau: Creneau, *, par: Acteur, maintenant: datetime) -> None:
    """Accept that more is taken than given at a slot; a place given back there is not offered again.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``conflit_resolu`` (409).
    """
    exiger_planifier(par, creneau.file.site.prefecture)
    en_conflit = Creneau.objects.en_conflit(maintenant).filter(pk=creneau.pk)
    if not en_conflit.update(surplus=F("prises") - TENUES):
        raise resolu()
    _noter("garde", creneau, par, maintenant)


def renforcer(creneau: Creneau, agent: Agent, *, par: Acteur, maintenant: datetime) -> Guichet:
    """Give an agent of the plan in force one more counter of the queue for the half-day, and publish its places.

    Args:
        creneau: in conflict, with its site.
        agent: free at that half-day.
        par: agent who decides.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``conflit_resolu``, ``renfort_impossible`` (409).
    """
    guichet = _tenir_un_guichet(creneau, agent, par=par, maintenant=maintenant)
    publier(creneau.file.site.prefecture, une_file=creneau.file, maintenant=maintenant)
    return guichet


@acte
def _tenir_un_guichet(creneau: Creneau, agent: Agent, *, par: Acteur, maintenant: datetime) -> Guichet:
    exiger_planifier(par, creneau.file.site.prefecture)
    if not Creneau.objects.en_conflit(maintenant).filter(pk=creneau.pk).exists():
        raise resolu()
    lundi = lundi_de(aujourdhui(creneau.file.site.prefecture.fuseau, creneau.debut))
    verrouiller_plans(PlanSemaine.objects.filter(site=creneau.file.site_id, lundi=lundi))
    possibles = renforts(creneau)
    impossible = ErreurMetier("renfort_impossible", f"{agent} ne peut plus tenir ce guichet.", statut=409)
    if possibles is None or agent not in possibles.agents:
        raise impossible
    periode = possibles.lue.moments[possibles.demi_journee].periode
    libres = Guichet.objects.filter(files=creneau.file, actif=True).exclude(affectations__pendant__overlap=periode)
    guichet = libres.order_by("numero", "pk").first()
    if guichet is None:
        raise ErreurMetier("renfort_impossible", "Aucun guichet de cette file n’est libre.", statut=409)
    try:
        with transaction.atomic():
            Affectation.objects.create(
                agent=agent,
                poste=Affectation.Poste.GUICHET,
                site_id=creneau.file.site_id,
                guichet=guichet,
                file=creneau.file,
                pendant=periode,
            )
    except IntegrityError as erreur:
        if not contrainte(erreur).startswith("affectation_"):
            raise
        raise impossible from erreur
    PlacePlan.objects.create(
        plan=possibles.lue.plan,
        agent=agent,
        demi_journee=possibles.demi_journee,
        poste=Affectation.Poste.GUICHET,
        file=creneau.file,
        a_la_main=True,
    )
    _noter("renforce", creneau, par, maintenant, agent_id=agent.pk)
    return guichet


def _noter(quoi: str, creneau: Creneau, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        f"planning:conflit_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=creneau.file.site.prefecture_id,
        charge={"creneau_id": creneau.pk, **charge},
    )
