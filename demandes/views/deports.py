"""The page where an agent says whom they must not handle: nobody else reads it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.forms.deports import FormulaireDeport
from demandes.selectors import acteur_agent
from demandes.selectors_deports import deport_de, mes_deports
from demandes.services.deports import declarer_deport, retirer_deport
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers


@droit(Droit.CONSULTER)
@require_http_methods(["GET", "POST"])
def deports(request: HttpRequest) -> HttpResponse:
    """Show one's déports, and declare one."""
    agent, instant = agent_de(request), maintenant()
    form = FormulaireDeport(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            rendus = declarer_deport(
                agent, form.vise, jusqu_au=form.cleaned_data["jusqu_au"], par=acteur_agent(agent), maintenant=instant
            )
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            suite = f" {nombre(rendus, 'dossier est rendu', 'dossiers sont rendus')}." if rendus else ""
            messages.success(request, f"Votre déport est enregistré.{suite}")
            return vers("demandes:deports")
    contexte = {"form": form, "deports": mes_deports(agent), "jour": instant.date()}
    return render(request, "demandes/deports.html", contexte, status=422 if form.errors else 200)


@droit(Droit.CONSULTER)
@require_POST
def deport_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a déport."""
    agent = agent_de(request)
    deport = deport_de(agent, pk)
    if deport is None:
        raise Http404
    retirer_deport(deport, par=acteur_agent(agent), maintenant=maintenant())
    messages.success(request, "Votre déport est retiré.")
    return vers("demandes:deports")
