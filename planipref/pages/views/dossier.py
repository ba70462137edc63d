"""The dossier unique of an agent, and the acts that change its state."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from demandes.droits import Droit
from demandes.models import Agent, Demande
from demandes.selectors import acteur_agent
from demandes.selectors_courrier import alerte_sans_adresse
from demandes.services.deports import ouvrir_dossier
from demandes.services.lecture import consulter
from demandes.services.messages import marquer_lus
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.pages.actions import action_demandee, exiger_possible, formulaire_de
from planipref.pages.dossier import contexte_dossier
from planipref.pages.listes import parametres_avec


@droit(Droit.CONSULTER)
@never_cache
@require_safe
def dossier(request: HttpRequest, numero: str) -> HttpResponse:
    """Show a file; the reading itself enters the journal."""
    agent, instant = agent_de(request), maintenant()
    demande, par = _demande(agent, numero), acteur_agent(agent)
    consulter(demande, par=par, maintenant=instant)
    contexte = contexte_dossier(demande, par, cle_piece=request.GET.get("piece", ""), maintenant=instant)
    contexte["parametres"] = parametres_avec(request.GET)
    marquer_lus(demande, par=par, maintenant=instant)
    with timezone.override(ZoneInfo(demande.prefecture.fuseau)):
        return render(request, "pages/dossier.html", contexte)


@droit(Droit.CONSULTER)
@never_cache
@require_http_methods(["GET", "POST"])
def action(request: HttpRequest, numero: str, hook: str) -> HttpResponse:
    """Do an act on a file and go back to it; show its form alone, nothing lost, when it is refused."""
    agent, instant = agent_de(request), maintenant()
    demande, par = _demande(agent, numero), acteur_agent(agent)
    faite = action_demandee(demande, hook, par)
    if request.method == "GET":
        exiger_possible(demande, faite, par, maintenant=instant)
    donnees = request.POST if request.method == "POST" else None
    form = formulaire_de(faite, demande, par, maintenant=instant, donnees=donnees)
    retour, statut = _retour(request, numero), 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            faite.executer(demande, form.cleaned_data, par, instant)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            if alerte := alerte_sans_adresse(demande, instant):
                messages.warning(request, f"« {faite.intitule} » : c’est fait. {alerte}")
            else:
                messages.success(request, faite.fait)
            return HttpResponseRedirect(retour, status=303)
    contexte = {"demande": demande, "action": faite, "form": form, "retour": retour}
    return render(request, "pages/action.html", contexte, status=statut)


def _demande(agent: Agent, numero: str) -> Demande:
    """Fetch within what the agent may see: a foreign file is as unknown as an absent one."""
    demande = ouvrir_dossier(agent, numero, maintenant=maintenant())
    if demande is None:
        raise Http404
    return demande


def _retour(request: HttpRequest, numero: str) -> str:
    """Address of the file, the list's filters kept."""
    adresse, parametres = reverse("pages:dossier", args=[numero]), parametres_avec(request.GET)
    return f"{adresse}?{parametres}" if parametres else adresse
