"""What agents ask the manager for: leave to accept or refuse, swaps to validate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning import selectors_demandes as lectures
from planning.forms.absences import FormulaireReponse
from planning.services import demandes_conge, echanges

PAR_PAGE = 25
ACCEPTER = "accepter"


@droit(Droit.PLANIFIER)
@require_GET
def demandes_agents(request: HttpRequest) -> HttpResponse:
    """List what waits for an answer."""
    agent = agent_de(request)
    page = Paginator(lectures.conges_en_attente(agent), PAR_PAGE).get_page(request.GET.get("page"))
    a_valider = list(lectures.echanges_en_attente(agent)[:PAR_PAGE])
    contexte = {
        "page": page,
        "conges": [lectures.dire_conge(d) for d in page],
        "echanges": lectures.dire_echanges(a_valider),
    }
    return render(request, "planning/demandes_agents.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def conge_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a request for leave, or refuse it with a word."""
    demande = lectures.conges_en_attente(agent_de(request)).filter(pk=pk).first()
    if demande is None:
        raise Http404

    def repondre(accepte: bool, reponse: str) -> str:
        faits: dict[str, Any] = {"reponse": reponse, "par": acteur_de(request), "maintenant": maintenant()}
        if not accepte:
            demandes_conge.refuser_conge(demande, **faits)
            return "La demande est refusée. L’agent est prévenu."
        liberes = demandes_conge.accepter_conge(demande, **faits)
        quittees = nombre(liberes, "demi-journée affectée est libérée", "demi-journées affectées sont libérées")
        suite = "ouvrez le planning de la semaine. Les créneaux suivent dans la minute"
        return f"La demande est acceptée. {quittees} : {suite}." if liberes else "La demande est acceptée."

    return _repondre(request, {"conge": lectures.dire_conge(demande)}, repondre)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def echange_repondre(request: HttpRequest, pk: int) -> HttpResponse:
    """Validate a swap, or refuse it with a word."""
    propose = lectures.echanges_en_attente(agent_de(request)).filter(pk=pk).first()
    if propose is None:
        raise Http404

    def repondre(accepte: bool, reponse: str) -> str:
        agir = echanges.valider_echange if accepte else echanges.refuser_echange
        agir(propose, reponse=reponse, par=acteur_de(request), maintenant=maintenant())
        return "L’échange est fait." if accepte else "L’échange est refusé. Les deux agents sont prévenus."

    return _repondre(request, {"echange": lectures.dire_echanges([propose])[0]}, repondre)


def _repondre(request: HttpRequest, contexte: dict[str, Any], repondre: Callable[[bool, str], str]) -> HttpResponse:
    """Show what is asked for; say yes or no."""
    form = FormulaireReponse(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            dit = repondre(request.POST.get("decision") == ACCEPTER, form.cleaned_data["reponse"])
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, dit)
            return vers("planning:demandes_agents")
    tout = contexte | {"form": form}
    return render(request, "planning/demande_repondre.html", tout, status=422 if form.errors else 200)
