"""The organisations that help in the agent's préfectures: figures, alerts, suspension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from demandes.droits import Droit
from demandes.models import Agent, Organisme
from demandes.selectors import acteur_agent
from demandes.services import mandats
from demandes.services import organismes as services
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planipref.pages.organismes import DROITS, lignes, mandats_montres, organismes_visibles


@droit(*DROITS)
@never_cache
@require_safe
def organismes(request: HttpRequest) -> HttpResponse:
    """List the organisations with their figures and alerts."""
    visibles = organismes_visibles(_agent(request))
    return render(request, "pages/organismes.html", {"lignes": lignes(visibles, maintenant=maintenant())})


@droit(*DROITS)
@never_cache
@require_safe
def organisme(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one organisation, its aidants by name, and its running mandates by number."""
    agent, trouve = _agent(request), _organisme(request, pk)
    contexte = {
        "ligne": lignes([trouve], maintenant=maintenant())[0],
        "aidants": list(trouve.aidants.avec_compte()),
        "mandats": mandats_montres(trouve, agent, maintenant=maintenant()),
        "peut_suspendre": agent.a_un_droit(Droit.PARAMETRER),
    }
    return render(request, "pages/organisme.html", contexte)


@droit(Droit.PARAMETRER)
@require_POST
def suspendre(request: HttpRequest, pk: int) -> HttpResponse:
    """Close all access of an organisation."""
    return _basculer(request, pk, services.suspendre, "L’organisme est suspendu : il n’a plus aucun accès.")


@droit(Droit.PARAMETRER)
@require_POST
def retablir(request: HttpRequest, pk: int) -> HttpResponse:
    """Open it again."""
    return _basculer(request, pk, services.retablir, "L’organisme a de nouveau accès aux demandes qu’il accompagne.")


@droit(Droit.PARAMETRER)
@require_POST
def revoquer(request: HttpRequest, pk: int, mandat: int) -> HttpResponse:
    """End one mandate; the person is told."""
    agent, trouve = _agent(request), _organisme(request, pk)
    montre = next((m for m in mandats_montres(trouve, agent, maintenant=maintenant()) if m.pk == mandat), None)
    if montre is None:
        raise Http404
    mandats.revoquer(montre, par=acteur_agent(agent), maintenant=maintenant())
    messages.success(request, "Le mandat est révoqué. La personne est prévenue.")
    return vers("pages:organisme", pk)


def _basculer(request: HttpRequest, pk: int, acte: Callable[..., Any], fait: str) -> HttpResponse:
    acte(_organisme(request, pk), par=acteur_agent(_agent(request)), maintenant=maintenant())
    messages.success(request, fait)
    return vers("pages:organisme", pk)


def _agent(request: HttpRequest) -> Agent:
    return agent_de(request)


def _organisme(request: HttpRequest, pk: int) -> Organisme:
    trouve = next((o for o in organismes_visibles(_agent(request)) if o.pk == pk), None)
    if trouve is None:
        raise Http404
    return trouve
