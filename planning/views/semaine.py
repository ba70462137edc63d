"""The week grid: agents by half-days, filled by hand or by the machine, published when it is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.calculs.creneaux import lundi_de
from planning.models import PlanSemaine
from planning.selectors_demandes import en_attente
from planning.selectors_ouvertures import sites_planifies
from planning.selectors_plan import (
    case_ouverte,
    comparaison,
    dernier_publie,
    derniere_retouche,
    grille_semaine,
    guichets_tenus,
    plan_planifie,
    plans_de_la_semaine,
)
from planning.selectors_semaine import DEMI_JOURNEES, lire_semaine, quand
from planning.services import plans as services
from planning.services.calcul import tirer_graine
from planning.views.commun import jour_iso


@droit(Droit.PLANIFIER)
@require_GET
def semaine(request: HttpRequest) -> HttpResponse:
    """Show the plans of a site's week, and the grid of one of them."""
    sites = sites_planifies(agent_de(request))
    site = _site(sites, request.GET.get("site"))
    lundi = lundi_de(jour_iso(request.GET.get("semaine", "")) or aujourdhui(site.prefecture.fuseau) + timedelta(days=7))
    plans = plans_de_la_semaine(site, lundi)
    voulu = request.GET.get("plan")
    plan = next((p for p in plans if str(p.pk) == voulu), plans[0] if plans and not voulu else None)
    if voulu and plan is None:
        raise Http404
    lue = lire_semaine(plan) if plan else None
    contexte = {
        "sites": sites,
        "site": site,
        "lundi": lundi,
        "precedente": lundi - timedelta(days=7),
        "suivante": lundi + timedelta(days=7),
        "plans": plans,
        "plan": plan,
        "grille": grille_semaine(lue, guichets=guichets_tenus(lue)) if lue else None,
        "comparaison": comparaison(lue, plans) if lue and len(plans) > 1 else [],
        "en_attente": en_attente(agent_de(request)),
        "a_copier": dernier_publie(site, lundi),
        "derniere": derniere_retouche(plan) if plan and plan.retouchable else None,
    }
    return render(request, "planning/semaine.html", contexte)


@droit(Droit.PLANIFIER)
@require_GET
def plan_etat(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where the machine stands; once it is done, the page loads itself again."""
    plan = _exiger_plan(request, pk)
    reponse = render(request, "planning/_plan_calcul.html", {"plan": plan})
    if not plan.calcule:
        reponse["HX-Refresh"] = "true"
    return reponse


@droit(Droit.PLANIFIER)
@require_POST
def plan_creer(request: HttpRequest) -> HttpResponse:
    """Begin a draft, empty or copied."""
    site = _site(sites_planifies(agent_de(request)), request.POST.get("site"))
    jour = jour_iso(request.POST.get("semaine", ""))
    if jour is None:
        raise Http404
    copie = None
    if numero := request.POST.get("copie", ""):
        copie = plan_planifie(agent_de(request), int(numero)) if numero.isdecimal() else None
        if copie is None:
            raise Http404
    nom = request.POST.get("nom", "").strip()[:60]
    plan = services.creer_plan(
        site, lundi_de(jour), nom=nom, copie=copie, par=acteur_de(request), maintenant=maintenant()
    )
    messages.success(request, f"Le brouillon « {plan.nom} » est prêt.")
    return _vers(plan)


@droit(Droit.PLANIFIER)
@require_POST
def plan_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    plan = _exiger_plan(request, pk)
    services.supprimer_plan(plan, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, f"Le brouillon « {plan.nom} » est supprimé.")
    return vers(_adresse(plan))


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def plan_case(request: HttpRequest, pk: int, agent: int, demi_journee: int) -> HttpResponse:
    """Show what an agent may hold at a half-day, and why; give them a post, or none."""
    plan = _exiger_plan(request, pk)
    lue = lire_semaine(plan)
    if agent not in lue.agents or demi_journee >= DEMI_JOURNEES:
        raise Http404
    erreur = ""
    if request.method == "POST":
        try:
            case = (agent, demi_journee)
            services.placer(plan, case, request.POST.get("poste", ""), par=acteur_de(request), maintenant=maintenant())
        except DroitRefuse:
            raise
        except ErreurMetier as refus:
            erreur = refus.message
        else:
            return _vers(plan, f"#case-{agent}-{demi_journee}")
    contexte = {"plan": plan, "lue": lue, "case": case_ouverte(lue, lue.agents[agent], demi_journee), "erreur": erreur}
    contexte["quand"] = quand(demi_journee)
    return render(request, "planning/plan_case.html", contexte, status=422 if erreur else 200)


@droit(Droit.PLANIFIER)
@require_POST
def plan_echanger(request: HttpRequest, pk: int) -> HttpResponse:
    """Swap two cells, as a drag does; answer the grid, or why it is refused."""
    plan = _exiger_plan(request, pk)
    erreur = ""
    try:
        une, autre = (_case(request.POST.get(nom, "")) for nom in ("une", "autre"))
        services.echanger(plan, une, autre, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        erreur = refus.message
    frais = _exiger_plan(request, pk)
    contexte = {"plan": frais, "grille": grille_semaine(lire_semaine(frais)), "erreur": erreur}
    return render(request, "planning/_plan_grille.html", contexte, status=422 if erreur else 200)


@droit(Droit.PLANIFIER)
@require_POST
def plan_reparer(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a draft that mends the plan in force, and let the machine search."""
    plan = _exiger_plan(request, pk)
    try:
        brouillon = services.reparer_plan(plan, graine=tirer_graine(), par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
        return _vers(plan)
    messages.success(request, "La machine cherche qui remplace les absents, en changeant le moins possible.")
    return _vers(brouillon)


@droit(Droit.PLANIFIER)
@require_POST
def plan_agir(request: HttpRequest, pk: int, geste: str) -> HttpResponse:
    """Undo the last change, start or stop the machine, publish."""
    plan, par, instant = _exiger_plan(request, pk), acteur_de(request), maintenant()
    try:
        dit = _faire(geste, plan, par, instant)
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, dit)
    return _vers(plan)


GESTES = ("defaire", "calculer", "arreter", "publier")


def _faire(geste: str, plan: PlanSemaine, par: Acteur, instant: Any) -> str:
    match geste:
        case "defaire":
            defaite = services.defaire(plan, par=par, maintenant=instant)
            quoi = "L’affectation automatique" if defaite.automatique else "La dernière retouche"
            return f"{quoi} est annulée."
        case "calculer":
            services.demander_calcul(plan, graine=tirer_graine(), par=par, maintenant=instant)
            return "La machine cherche. Ce que vous avez posé à la main est gardé."
        case "arreter":
            services.arreter_calcul(plan, par=par, maintenant=instant)
            return "La machine s’arrête. Le meilleur planning trouvé est gardé."
        case _:
            postes = services.publier_plan(plan, par=par, maintenant=instant)
            return f"Le planning est publié : {nombre(postes, 'poste', 'postes')}. Les créneaux suivent dans la minute."


def _site(sites: list[Site], code: str | None) -> Site:
    site = next((s for s in sites if code in (None, s.code)), None)
    if site is None:
        raise Http404
    return site


def _exiger_plan(request: HttpRequest, pk: int) -> PlanSemaine:
    plan = plan_planifie(agent_de(request), pk)
    if plan is None:
        raise Http404
    return plan


def _case(texte: str) -> tuple[int, int]:
    agent, _, demi_journee = texte.partition("-")
    if not (agent.isdecimal() and demi_journee.isdecimal()):
        raise Http404
    return int(agent), int(demi_journee)


def _vers(plan: PlanSemaine, ancre: str = "") -> HttpResponseRedirect:
    return vers(f"{_adresse(plan)}&plan={plan.pk}{ancre}")


def _adresse(plan: PlanSemaine) -> str:
    return f"{reverse('planning:semaine')}?site={plan.site.code}&semaine={plan.lundi:%Y-%m-%d}"
