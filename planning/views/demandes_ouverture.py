"""Places that agents ask for: the manager says that they are open, or that they will not be."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from demandes.droits import Droit
from demandes.models import Prefecture
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.calculs.capacite import Manque
from planning.forms.lots import FormulaireOuverture
from planning.selectors_convocations import ouverture_planifiee
from planning.services.demandes_ouverture import (
    OuvertureDemandee,
    demander_ouverture,
    dire_demandees,
    ouvertes_depuis,
    repondre_ouverture,
)

OUVERTES = "ouvertes"


def demander_des_places(request: HttpRequest, prefecture: Prefecture, manques: Mapping[int, Manque]) -> None:
    """Ask the managers for the places that are missing, and tell who asks what became of it.

    Raises:
        DroitRefuse: 403.
    """
    try:
        demandees = demander_ouverture(prefecture, manques, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.info(request, erreur.message)
    else:
        messages.success(request, dire_demandees(demandees))


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "HEAD", "POST"])
def ouverture_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is asked for and what has been opened since; close the request."""
    demande = ouverture_planifiee(agent_de(request), pk)
    if demande is None:
        raise Http404
    instant = maintenant()
    form = FormulaireOuverture(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        satisfaite = request.POST.get("decision") == OUVERTES
        try:
            raison = form.cleaned_data["raison"]
            repondre_ouverture(
                demande, satisfaite=satisfaite, raison=raison, par=acteur_de(request), maintenant=instant
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "Votre réponse est enregistrée. L’agent qui a demandé ces places est prévenu.")
            return vers(f"{reverse('planning:ouvertures')}?site={demande.file.site.code}")
    lue = OuvertureDemandee(demande, ouvertes_depuis(demande, maintenant=instant))
    aussi = ", ".join(str(agent) for agent in demande.jointe_par.order_by("pk"))
    contexte = {"form": form, "ligne": lue, "site": demande.file.site, "aussi": aussi}
    return render(request, "planning/ouverture_repondre.html", contexte, status=422 if form.errors else 200)
