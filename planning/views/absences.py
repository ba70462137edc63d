"""The absences of agents: the manager's list, and their typing."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.forms.absences import FormulaireAbsence
from planning.models import Absence
from planning.selectors_agents import absences_a_venir, agents_planifies, dire_absence
from planning.selectors_demandes import en_attente
from planning.services import conges
from planning.services.postes import Rendus

PAR_PAGE = 50


@droit(Droit.PLANIFIER)
@require_GET
def absences(request: HttpRequest) -> HttpResponse:
    """List the absences that are not over."""
    agents = agents_planifies(agent_de(request))
    fuseaux = {agent.pk: prefecture.fuseau for agent, prefecture in agents}
    lignes = absences_a_venir([agent for agent, _ in agents], maintenant=maintenant())
    page = Paginator(lignes, PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "page": page,
        "lignes": [dire_absence(a, fuseaux[a.agent_id]) for a in page],
        "en_attente": en_attente(agent_de(request)),
    }
    return render(request, "planning/absences.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def absence_ajouter(request: HttpRequest) -> HttpResponse:
    """Type an absence; say which posts it leaves."""
    initial = {"agent": request.GET.get("agent", "")}
    form = FormulaireAbsence(request.POST or None, agents=agents_planifies(agent_de(request)), initial=initial)
    if request.method == "POST" and form.is_valid():
        agent, prefecture = form.cleaned_data["agent"]
        try:
            liberes = conges.saisir_absence(
                agent,
                prefecture_id=prefecture.pk,
                genre=form.cleaned_data["genre"],
                periode=form.jours.periode(prefecture.fuseau),
                par=acteur_de(request),
                maintenant=maintenant(),
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, f"Absence enregistrée : {agent}.")
            if liberes:
                quitte = nombre(liberes, "demi-journée était affectée", "demi-journées étaient affectées")
                suite = "ouvrez le planning de la semaine pour remplacer l’agent. Les créneaux suivent dans la minute"
                messages.warning(request, f"{quitte} : {suite}.")
            return vers("planning:absences")
    return render(request, "planning/absence.html", {"form": form}, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def absence_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an absence."""
    agents = agents_planifies(agent_de(request))
    lignes = absences_a_venir([agent for agent, _ in agents], maintenant=maintenant())
    absence = lignes.filter(pk=pk).first()
    if absence is None:
        raise Http404
    try:
        prefecture_id = next(prefecture.pk for agent, prefecture in agents if agent == absence.agent)
        rendus = conges.supprimer_absence(
            absence, prefecture_id=prefecture_id, par=acteur_de(request), maintenant=maintenant()
        )
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        _dire_supprimee(request, absence, rendus)
    return vers("planning:absences")


def _dire_supprimee(request: HttpRequest, absence: Absence, rendus: Rendus) -> None:
    repris = nombre(
        rendus.rendus, "demi-journée du planning est de nouveau tenue", "demi-journées sont de nouveau tenues"
    )
    suite = f" {repris}, les créneaux suivent dans la minute." if rendus.rendus else ""
    messages.success(request, f"Absence supprimée : {absence.agent}.{suite}")
    if rendus.a_reparer:
        vides = nombre(rendus.a_reparer, "demi-journée du planning reste", "demi-journées du planning restent")
        messages.warning(request, f"{vides} sans agent (guichet repris) : ouvrez le planning de la semaine et réparez.")
