"""The manager's page of the rules of call of a site."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.regles import FormulaireRegleAppel
from guichet.selectors import regles_du_site, regles_nationales, sites_de
from guichet.services.regles import regler_l_appel
from planipref.commun.acces import droit
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def regles(request: HttpRequest, code: str) -> HttpResponse:
    """Show the rules of call of a site beside the country's, and set them."""
    sites = [s for s in sites_de(agent_de(request), Droit.PLANIFIER) if s.genre != s.Genre.MEDICAL]
    site = next((s for s in sites if s.code == code), None)
    if site is None:
        raise Http404
    initial = regles_du_site(site)
    form = FormulaireRegleAppel(request.POST or None, nationales=regles_nationales(), initial=initial)
    if request.method == "POST" and form.is_valid():
        regler_l_appel(site, form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
        messages.success(request, f"Les règles d’appel du site {site.nom} sont enregistrées.")
        return vers("guichet:regles_appel", site.code)
    contexte = {"form": form, "site": site, "sites": sites}
    return render(request, "guichet/regles.html", contexte, status=422 if form.errors else 200)
