"""The machine at work on a draft, in the worker: claim it, search, tell where it stands, write what is best."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from planipref.commun.horloge import maintenant
from planipref.commun.transactions import acte
from planning.calculs.affectation.moteur import Infaisable, Resultat
from planning.calculs.affectation.recherche import planifier, reparer
from planning.models import PlacePlan, PlanSemaine
from planning.selectors_semaine import SemaineLue, lire_semaine
from planning.services.calcul import chercher_demandes, suivre
from planning.services.plans import contenus, retoucher

Calcul = PlanSemaine.Calcul


def calculer_demandes() -> int:
    """Fill the drafts that wait for the machine, one after the other.

    Returns:
        How many were filled.
    """
    return chercher_demandes(PlanSemaine, "calcul_le", _calculer)


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
    secondes, suivi = settings.PLANIPREF_AFFECTATION_SECONDES, suivre(plan, "objectif", "borne")
    if plan.reparation:
        en_vigueur = replace(lue.semaine, actuel=lue.nombres)
        return reparer(en_vigueur, secondes=secondes, graine=plan.graine, suivre=suivi)
    return planifier(lue.semaine, secondes=secondes, graine=plan.graine, suivre=suivi)


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
