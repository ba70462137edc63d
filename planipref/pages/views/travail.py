"""The agents' worklist: what to do next first."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from demandes.cycle import LIBELLES
from demandes.droits import Droit
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.pages.listes import (
    PAR_PAGE,
    Filtres,
    PaginateurBorne,
    facettes,
    lignes,
    non_remis,
    options,
    parametres_avec,
    selection,
    suivant,
)
from planning.services.lots import LOT_MAX


@droit(Droit.CONSULTER)
@require_safe
def travail(request: HttpRequest) -> HttpResponse:
    """Show the worklist, or go to the dossier that follows (``?suivant=1&apres=<numero>``)."""
    agent = agent_de(request)
    filtres = Filtres.lire(request.GET)
    demandes = selection(agent, filtres).en_etat(*filtres.etats).a_traiter()
    if "suivant" in request.GET:
        return _vers_suivant(request, suivant(demandes, request.GET.get("apres", "")))
    page = PaginateurBorne(demandes.avec_liste().select_related("prefecture"), PAR_PAGE).get_page(
        request.GET.get("page")
    )
    contexte = {
        "page": page,
        "lignes": lignes(page.object_list),
        "filtres": filtres,
        "facettes": facettes(agent, filtres, request.GET),
        "options": options(agent),
        "parametres": parametres_avec(request.GET),
        "libelles": LIBELLES,
        "non_remis": non_remis(agent),
        "peut_convoquer": agent.a_un_droit(Droit.CONVOQUER),
        "lot_max": LOT_MAX,
    }
    return render(request, "pages/travail.html", contexte)


def _vers_suivant(request: HttpRequest, numero: str | None) -> HttpResponse:
    """Redirect to a dossier, the filters kept; to the list, saying so, when nothing follows."""
    parametres = parametres_avec(request.GET)
    adresse = reverse("pages:dossier", args=[numero]) if numero else reverse("pages:agent")
    if numero is None:
        messages.info(request, "Vous êtes au bout de la liste : il n’y a pas de dossier suivant.")
    return HttpResponseRedirect(f"{adresse}?{parametres}" if parametres else adresse)
