"""The manager's page: weekly openings, closures, publication, and the slots of a week."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.forms.ouvertures import FormulaireFermeture, FormulaireHoraire, FormulairePlage
from planning.models import PlageOuverture
from planning.selectors_conflits import conflits_du_site
from planning.selectors_ouvertures import (
    dire_horaires,
    fermeture_planifiee,
    fermetures_a_venir,
    files_planifiees,
    grilles,
    horaire_planifie,
    horaires_a_venir,
    plage_planifiee,
    semaine,
    sites_planifies,
)
from planning.selectors_regles import regles_du_site
from planning.services import ouvertures as services
from planning.services.demandes_ouverture import ouvertures_demandees
from planning.services.publication import Bilan, publier
from planning.views.commun import jour_iso, site_demande

FERME_AUJOURD_HUI = (
    "La fermeture comprend aujourd’hui : publiez vite, car on peut encore prendre les créneaux libres du jour. Appelez "
    "les personnes attendues ; la page de leur rendez-vous leur dit de ne pas venir."
)
ROUVERT_AUJOURD_HUI = "Elle comprenait aujourd’hui : les créneaux du jour déjà retirés ne reviennent pas."


@droit(Droit.PLANIFIER)
@require_GET
def ouvertures(request: HttpRequest) -> HttpResponse:
    """Show the weekly grid of a site's queues, its closures, and the publication."""
    sites = sites_planifies(agent_de(request))
    site = site_demande(request, sites)
    instant = maintenant()
    contexte = {
        "sites": sites,
        "site": site,
        "grilles": grilles(site, maintenant=instant) if site else [],
        "fermetures": fermetures_a_venir(site, maintenant=instant) if site else [],
        "horaires": horaires_a_venir(site, maintenant=instant) if site else [],
        "regles": regles_du_site(site.pk) if site else None,
        "demandees": ouvertures_demandees(site, maintenant=instant) if site else [],
        "conflits": conflits_du_site(site, maintenant=instant).count() if site else 0,
    }
    return render(request, "planning/ouvertures.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def plage_ajouter(request: HttpRequest) -> HttpResponse:
    """Add a weekly opening."""
    files = files_planifiees(agent_de(request))
    choisie = next((f for f in files if str(f.pk) == request.GET.get("file")), files[0] if files else None)
    if choisie is None:
        raise Http404
    initial = {"file": str(choisie.pk), "jour": request.GET.get("jour", "1"), "nb_guichets": 1, "reserve_sans_rdv": 0}
    initial["du"] = aujourdhui(choisie.site.prefecture.fuseau)
    form = FormulairePlage(request.POST or None, files=files, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            plage = services.ajouter_plage(form.valeurs, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "La plage est ajoutée. Publiez les créneaux pour l’ouvrir au public.")
            return _vers(plage.file.site)
    contexte = {"form": form, "site": choisie.site, "titre": "Ajouter une plage d’ouverture", "plage": None}
    return render(request, "planning/plage.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def plage_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a weekly opening."""
    plage = _exiger_plage(request, pk)
    files = files_planifiees(agent_de(request))
    form = FormulairePlage(request.POST or None, files=files, initial=FormulairePlage.depuis(plage))
    if request.method == "POST" and form.is_valid():
        try:
            services.modifier_plage(plage, form.valeurs, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "La plage est modifiée. Publiez les créneaux pour l’appliquer.")
            return _vers(plage.file.site)
    contexte = {"form": form, "site": plage.file.site, "titre": "Modifier une plage d’ouverture", "plage": plage}
    return render(request, "planning/plage.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def plage_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a weekly opening."""
    plage = _exiger_plage(request, pk)
    services.supprimer_plage(plage, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "La plage est supprimée. Publiez pour retirer ses créneaux encore libres.")
    return _vers(plage.file.site)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def horaire_ajouter(request: HttpRequest) -> HttpResponse:
    """Give a queue other hours on one day."""
    site = site_demande(request, sites_planifies(agent_de(request)))
    files = [f for f in files_planifiees(agent_de(request)) if f.site == site]
    if site is None or not files:
        raise Http404
    form = FormulaireHoraire(request.POST or None, files=files, initial={"nb_guichets": 1, "reserve_sans_rdv": 0})
    if request.method == "POST" and form.is_valid():
        try:
            horaire = services.ajouter_horaire(form.valeurs, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "L’horaire exceptionnel est ajouté. Publiez les créneaux pour l’appliquer.")
            if dire_horaires([horaire], site.prefecture.fuseau)[0].sans_agent:
                messages.warning(request, "Des créneaux de cet horaire n’ont aucun agent prévu : voyez le tableau.")
            return _vers(site)
    contexte = {"form": form, "site": site}
    return render(request, "planning/horaire.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def horaire_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a day its usual hours again."""
    horaire = horaire_planifie(agent_de(request), pk)
    if horaire is None:
        raise Http404
    services.supprimer_horaire(horaire, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "Ce jour reprend ses horaires habituels. Publiez les créneaux pour les appliquer.")
    return _vers(horaire.file.site)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def fermeture_ajouter(request: HttpRequest) -> HttpResponse:
    """Close a site or the préfecture on some days."""
    sites = sites_planifies(agent_de(request))
    site = site_demande(request, sites)
    form = FormulaireFermeture(request.POST or None, sites=sites, initial={"portee": f"s{site.pk}" if site else ""})
    if request.method == "POST" and form.is_valid():
        prefecture, ferme = form.cleaned_data.pop("portee")
        par, instant = acteur_de(request), maintenant()
        try:
            services.ajouter_fermeture(prefecture, site=ferme, **form.cleaned_data, par=par, maintenant=instant)
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "La fermeture est ajoutée. Publiez les créneaux pour l’appliquer.")
            if form.cleaned_data["du"] <= aujourdhui(prefecture.fuseau) <= form.cleaned_data["au"]:
                messages.warning(request, FERME_AUJOURD_HUI)
            return _vers(ferme or site)
    contexte = {"form": form, "site": site}
    return render(request, "planning/fermeture.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def fermeture_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a closure."""
    fermeture = fermeture_planifiee(agent_de(request), pk)
    if fermeture is None:
        raise Http404
    services.supprimer_fermeture(fermeture, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "La fermeture est supprimée. Publiez les créneaux pour les rouvrir.")
    if aujourdhui(fermeture.prefecture.fuseau) in fermeture.pendant:
        messages.warning(request, ROUVERT_AUJOURD_HUI)
    return _vers(site_demande(request, sites_planifies(agent_de(request))))


@droit(Droit.PLANIFIER)
@require_POST
def publier_creneaux(request: HttpRequest) -> HttpResponse:
    """Make or bring up to date the slots of the site's préfecture, and say what was done."""
    site = next((s for s in sites_planifies(agent_de(request)) if str(s.pk) == request.POST.get("site")), None)
    if site is None:
        raise Http404
    services.exiger_planifier(acteur_de(request), site.prefecture)
    bilan = publier(site.prefecture, maintenant=maintenant())
    messages.success(request, _dire(bilan))
    if bilan.conflits:
        messages.warning(
            request,
            nombre(
                bilan.conflits,
                "créneau a plus de rendez-vous que de places",
                "créneaux ont plus de rendez-vous que de places",
            )
            + " : pressez « Conflits à résoudre » pour choisir que faire.",
        )
    if bilan.sans_agent:
        vides = nombre(bilan.sans_agent, "jour d’horaire exceptionnel a", "jours d’horaire exceptionnel ont")
        suite = "complétez le planning de la semaine, puis publiez"
        messages.warning(request, f"{vides} des créneaux sans agent prévu, donc sans place : {suite}.")
    return _vers(site)


@droit(Droit.PLANIFIER)
@require_GET
def creneaux(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the slots of a queue in a week, with what is taken."""
    file = next((f for f in files_planifiees(agent_de(request)) if f.pk == pk), None)
    if file is None:
        raise Http404
    jour = jour_iso(request.GET.get("semaine", "")) or aujourdhui(file.site.prefecture.fuseau)
    contexte = {"file": file, "site": file.site, "semaine": semaine(file, jour)}
    return render(request, "planning/creneaux.html", contexte)


def _exiger_plage(request: HttpRequest, pk: int) -> PlageOuverture:
    plage = plage_planifiee(agent_de(request), pk)
    if plage is None:
        raise Http404
    return plage


def _dire(bilan: Bilan) -> str:
    comptes = [
        nombre(bilan.crees, "créé", "créés"),
        nombre(bilan.modifies, "modifié", "modifiés"),
        nombre(bilan.retires, "retiré", "retirés"),
        f"{bilan.surplus} en surplus",
    ]
    return f"Créneaux publiés : {', '.join(comptes)}."


def _vers(site: Site | None) -> HttpResponseRedirect:
    suite = f"?site={site.code}" if site else ""
    return vers(reverse("planning:ouvertures") + suite)
