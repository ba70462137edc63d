"""The manager's page of files that nobody follows: what the machine proposes, applied or undone in one act."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Service
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.forms.dossiers import CHOIX, FormulaireRegleDossiers
from planning.models import PropositionDossiers, RegleDossiers
from planning.selectors_dossiers import proposition_planifiee, regles_nationales, services_planifies
from planning.selectors_page_dossiers import LISTE_MAX, lignes_proposees, page_dossiers
from planning.services import dossiers as services
from planning.services.calcul import tirer_graine

GESTES = ("arreter", "appliquer", "defaire")


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def dossiers(request: HttpRequest) -> HttpResponse:
    """Show what waits, who has how much and what is proposed; set the rule of the service."""
    planifies = services_planifies(agent_de(request))
    service = _service(planifies, request.GET.get("service"))
    page = page_dossiers(service, maintenant=maintenant())
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireRegleDossiers(donnees, nationales=regles_nationales(), initial=_initial(page.propre))
    if form.is_bound and form.is_valid():
        services.regler_dossiers(service, **form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
        messages.success(request, "La règle est enregistrée.")
        return _vers(service)
    contexte = {"services": planifies, "service": service, "page": page, "form": form}
    return render(request, "planning/dossiers.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def dossiers_proposer(request: HttpRequest) -> HttpResponse:
    """Ask the machine."""
    service = _service(services_planifies(agent_de(request)), request.POST.get("service", ""))
    graine = tirer_graine()
    try:
        services.proposer_dossiers(service, graine=graine, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    return _vers(service)


@droit(Droit.PLANIFIER)
@require_GET
def dossiers_etat(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where the machine stands; once it is done, the page loads itself again."""
    proposition = _exiger(request, pk)
    reponse = render(request, "planning/_dossiers_calcul.html", {"proposition": proposition})
    if not proposition.calcule:
        reponse["HX-Refresh"] = "true"
    return reponse


@droit(Droit.PLANIFIER)
@require_GET
def dossiers_liste(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of each file of a proposal why this agent, or why nobody."""
    proposition = _exiger(request, pk)
    lignes = lignes_proposees(proposition, request.GET.get("choix", ""))
    contexte = {"proposition": proposition, "lignes": lignes, "plafond": LISTE_MAX}
    return render(request, "planning/dossiers_liste.html", contexte)


@droit(Droit.PLANIFIER)
@require_POST
def dossiers_agir(request: HttpRequest, pk: int, geste: str) -> HttpResponse:
    """Stop the machine, apply what it proposes, or undo it."""
    proposition = _exiger(request, pk)
    par, instant = acteur_de(request), maintenant()
    try:
        if geste == "arreter":
            services.arreter_proposition(proposition, par=par, maintenant=instant)
            dit = "La machine s’arrête. La meilleure répartition trouvée est gardée."
        elif geste == "appliquer":
            dit = _dire(services.appliquer_proposition(proposition, par=par, maintenant=instant), "confié")
        else:
            dit = _dire(services.defaire_proposition(proposition, par=par, maintenant=instant), "repris")
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, dit)
    return _vers(proposition.service)


def _dire(bilan: services.BilanDossiers, quoi: str) -> str:
    dit = f"{nombre(bilan.faits, f'dossier {quoi}', f'dossiers {quoi}s')}."
    if bilan.passes:
        dit += f" {nombre(bilan.passes, 'laissé, pris ou changé', 'laissés, pris ou changés')} entre-temps."
    return dit


def _service(planifies: list[Service], pk: str | None) -> Service:
    service = next((s for s in planifies if pk is None or str(s.pk) == pk), None)
    if service is None:
        raise Http404
    return service


def _initial(propre: RegleDossiers | None) -> dict[str, object]:
    if propre is None:
        return {}
    choix = next(cle for cle, valeur in CHOIX.items() if valeur is propre.automatique)
    return {"automatique": choix, "horizon_jours": propre.horizon_jours}


def _exiger(request: HttpRequest, pk: int) -> PropositionDossiers:
    proposition = proposition_planifiee(agent_de(request), pk)
    if proposition is None:
        raise Http404
    return proposition


def _vers(service: Service) -> HttpResponseRedirect:
    return vers(f"{reverse('planning:dossiers')}?service={service.pk}")
