"""Swaps that a new plan of the week makes void: closed, traced, told to both agents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from demandes.acteur import Acteur
from demandes.services.journal import journaliser
from demandes.services.notifications import ecrire_a_l_agent
from planipref.commun.transactions import etape
from planning.models import EchangePlaces, PlanSemaine

Etat = EchangePlaces.Etat
RAISON = "Un autre planning est publié depuis."


@etape
def perimer_echanges(plans: Sequence[PlanSemaine], *, par: Acteur, maintenant: datetime) -> None:
    """Close the swaps that wait on plans that are replaced.

    Args:
        plans: replaced, locked.
        par: who publishes the new one.
        maintenant: instant.
    """
    ouverts = EchangePlaces.objects.filter(plan__in=plans, etat__in=[Etat.PROPOSE, Etat.ACCEPTE])
    ouverts = ouverts.select_related("plan__site", "agent", "collegue").select_for_update(of=("self",))
    for echange in ouverts.order_by("pk"):
        echange.etat, echange.reponse, echange.repondu_le = Etat.RETIRE, RAISON, maintenant
        echange.save(update_fields=["etat", "reponse", "repondu_le"])
        journaliser(
            "planning:echange_perime",
            par=par,
            maintenant=maintenant,
            prefecture_id=echange.plan.site.prefecture_id,
            charge={"echange_id": echange.pk, "plan_id": echange.plan_id},
        )
        for agent in (echange.agent, echange.collegue):
            ecrire_a_l_agent(agent, "echange_perime", cle=f"{echange.pk}-{agent.pk}", maintenant=maintenant)
