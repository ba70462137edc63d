"""An agent's own planning, and the address where their calendar reads it."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from demandes.droits import Droit
from demandes.views.agents import agent_de
from planipref.commun import ics
from planipref.commun.acces import droit, public
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning import selectors_agents, selectors_demandes
from planning.models import Affectation
from planning.services.flux import agent_du_flux, jeton_du_flux, ouvrir_flux

# What a calendar keeps of the past.
PASSE = timedelta(days=30)


@droit(Droit.CONSULTER)
@require_GET
def mon_planning(request: HttpRequest) -> HttpResponse:
    """Show the agent's posts and absences over five weeks."""
    agent = agent_de(request)
    jeton = jeton_du_flux(agent)
    contexte = {
        "semaines": selectors_agents.mon_planning(agent, maintenant=maintenant()),
        "maintenant": maintenant(),
        "conges": selectors_demandes.mes_conges(agent),
        "echanges": selectors_demandes.mes_echanges(agent),
        "flux": request.build_absolute_uri(reverse("planning:flux", args=[jeton])) if jeton else "",
    }
    return render(request, "planning/mon_planning.html", contexte)


@droit(Droit.CONSULTER)
@require_POST
def flux_ouvrir(request: HttpRequest) -> HttpResponse:
    """Give the agent a new address for their calendar."""
    ouvrir_flux(agent_de(request))
    return vers("planning:mon_planning")


@public
@never_cache
@require_GET
def flux(request: HttpRequest, jeton: str) -> HttpResponse:
    """Return the posts of the agent whose secret address this is, for a calendar."""
    agent = agent_du_flux(jeton)
    if agent is None:
        raise Http404
    affectations = selectors_agents.affectations_de(agent).filter(pendant__endswith__gt=maintenant() - PASSE)
    contenu = ics.flux([_poste(a, request.get_host()) for a in affectations], nom="Mon planning PlaniPref")
    return HttpResponse(contenu, content_type="text/calendar; charset=utf-8")


def _poste(affectation: Affectation, hote: str) -> ics.Poste:
    ou = f"{affectation.file}, {affectation.guichet}" if affectation.guichet else affectation.get_poste_display()
    return ics.Poste(
        uid=f"planning-{affectation.pk}@{hote}",
        debut=affectation.pendant.lower,
        fin=affectation.pendant.upper,
        titre=ou,
        lieu=f"{affectation.site.nom}, {affectation.site.adresse}",
    )
