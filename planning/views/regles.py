"""The manager's page of the rules of slots, with the length of visits planned and measured."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.forms.regles import FormulaireRegles
from planning.selectors_ouvertures import files_planifiees, sites_planifies
from planning.selectors_regles import durees_du_site, regles_nationales, valeurs_du_site
from planning.services import regles as services
from planning.views.commun import site_demande


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def regles(request: HttpRequest) -> HttpResponse:
    """Show the rules of a site beside the country's, and set them."""
    sites = sites_planifies(agent_de(request))
    site = site_demande(request, sites)
    if site is None:
        raise Http404
    form = FormulaireRegles(request.POST or None, nationales=regles_nationales(), initial=valeurs_du_site(site.pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.regler(site, form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "Les règles sont enregistrées. Publiez les créneaux pour les appliquer.")
            return vers(f"{reverse('planning:regles')}?site={site.code}")
    contexte = {
        "form": form,
        "sites": sites,
        "site": site,
        "durees": durees_du_site(site, maintenant=maintenant()),
    }
    return render(request, "planning/regles.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def rythme(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the places of a queue by the visits measured, or by the catalogue."""
    file = next((f for f in files_planifiees(agent_de(request)) if f.pk == pk), None)
    if file is None:
        raise Http404
    mesure = request.POST.get("duree") == "mesuree"
    try:
        choisi = services.choisir_rythme(file, mesure=mesure, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        messages.success(
            request,
            f"File {file.nom} : les visites comptent pour {choisi} % de la durée prévue. Publiez pour l’appliquer.",
        )
    return vers(f"{reverse('planning:regles')}?site={file.site.code}#durees")
