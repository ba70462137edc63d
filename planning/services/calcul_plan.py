"""The machine at work on a draft, in the worker: claim it, search, tell where it stands, write what is best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from planipref.commun.horloge import maintenant
from planipref.commun.transactions import acte
from planning.calculs.affectation.moteur import Avancement, Infaisable, Resultat
from planning.calculs.affectation.recherche import planifier, reparer
from planning.models import PlacePlan, PlanSemaine
from planning.services.lecture_semaine import SemaineLue, lire_semaine
from planning.services.plans import contenus, retoucher

Calcul = PlanSemaine.Calcul
# A worker that has been silent for so long beyond its time is dead: its plan is taken again.
SILENCE = timedelta(minutes=2)


def calculer_demandes() -> int:
    """Fill the drafts that wait for the machine, one after the other.

    Returns:
        How many were filled.
    """
    perdus = PlanSemaine.objects.filter(calcul=Calcul.EN_COURS, calcul_le__lt=maintenant() - SILENCE)
    perdus.update(calcul=Calcul.DEMANDE)
    faits = 0
    while (plan := _prendre()) is not None:
        _calculer(plan)
        faits += 1
    return faits


@acte
def _prendre() -> PlanSemaine | None:
    """Claim the plan that has waited longest."""
    attendent = PlanSemaine.objects.filter(calcul=Calcul.DEMANDE).order_by("calcul_le", "pk")
    plan = attendent.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if plan is not None:
        PlanSemaine.objects.filter(pk=plan.pk).update(calcul=Calcul.EN_COURS, calcul_le=maintenant())
    return plan


def _calculer(plan: PlanSemaine) -> None:
    try:
        lue = lire_semaine(PlanSemaine.objects.select_related("site__prefecture").get(pk=plan.pk))
        resultat = _chercher(plan, lue)
    except Infaisable:
        PlanSemaine.objects.filter(pk=plan.pk, calcul=Calcul.EN_COURS).update(calcul=Calcul.ECHEC)
        return
    except Exception:
        PlanSemaine.objects.filter(pk=plan.pk, calcul=Calcul.EN_COURS).update(calcul=Calcul.ECHEC)
        raise
    _ecrire(plan, lue, resultat)


def _chercher(plan: PlanSemaine, lue: SemaineLue) -> Resultat:
    """Fill a draft, or mend the plan whose places it holds."""
    secondes, suivre = settings.PLANIPREF_AFFECTATION_SECONDES, _suivi(plan)
    if plan.reparation:
        en_vigueur = replace(lue.semaine, actuel=lue.nombres)
        return reparer(en_vigueur, secondes=secondes, graine=plan.graine, suivre=suivre)
    return planifier(lue.semaine, secondes=secondes, graine=plan.graine, suivre=suivre)


def _suivi(plan: PlanSemaine) -> Callable[[Avancement], bool]:
    """Write where the search stands; stop it when a manager asks, or when the plan is gone."""

    def suivre(avancement: Avancement) -> bool:
        lignes = PlanSemaine.objects.filter(pk=plan.pk, calcul=Calcul.EN_COURS)
        lignes.update(
            secondes=avancement.secondes, objectif=avancement.objectif, borne=avancement.borne, calcul_le=maintenant()
        )
        return lignes.filter(arreter=False).exists()

    return suivre


@acte
def _ecrire(plan: PlanSemaine, lue: SemaineLue, resultat: Resultat) -> None:
    """Replace what the machine had placed before, as one change that can be undone; what a hand placed stays.

    But for who cannot hold it any more: an absence came since.
    """
    verrou = PlanSemaine.objects.select_for_update(no_key=True).filter(pk=plan.pk, calcul=Calcul.EN_COURS).first()
    if verrou is None:
        return
    avant = contenus(plan)
    gardees = {case for case in avant if case in lue.semaine.fixes}
    rendues = [place.pk for place in plan.places.all() if (place.agent_id, place.demi_journee) not in gardees]
    plan.places.filter(pk__in=rendues).delete()
    nouvelles = {case: numero for case, numero in resultat.plan.items() if case not in gardees}
    PlacePlan.objects.bulk_create(lue.ecrire(nouvelles))
    retoucher(plan, avant, contenus(plan), par=None, maintenant=maintenant())
    verrou.calcul, verrou.secondes = Calcul.FINI, resultat.secondes
    verrou.objectif, verrou.borne = resultat.objectif, resultat.borne
    verrou.save(update_fields=["calcul", "secondes", "objectif", "borne"])
