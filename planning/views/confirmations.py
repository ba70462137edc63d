"""Who has not said yet that they will come to an appointment of the former booking module, and what an agent does."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace
from planning.models import RendezVous
from planning.selectors_confirmation import a_confirmer, rendez_vous_montre
from planning.selectors_medical import prefectures_planifiees
from planning.services import confirmation as services
from planning.views.commun import prefecture_demandee, vers_la_page
from planning.views.reprise import PAR_PAGE


@droit(Droit.PLANIFIER)
@sans_trace
@require_GET
def confirmations(request: HttpRequest) -> HttpResponse:
    """List who has still to confirm, the first to come first."""
    prefecture, agent = prefecture_demandee(request), agent_de(request)
    attendus = a_confirmer(agent, prefecture, maintenant=maintenant())
    contexte = {
        "prefecture": prefecture,
        "prefectures": prefectures_planifiees(agent),
        "page": Paginator(attendus, PAR_PAGE).get_page(request.GET.get("page")),
    }
    with timezone.override(ZoneInfo(prefecture.fuseau)):
        return render(request, "planning/confirmations.html", contexte)


@droit(Droit.PLANIFIER)
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask before a place is freed; then free it, or note that the person confirmed by telephone."""
    rendez_vous = rendez_vous_montre(agent_de(request), pk)
    if rendez_vous is None:
        raise Http404
    prefecture = rendez_vous.creneau.file.site.prefecture
    if request.method == "POST":
        _agir(request, rendez_vous)
        return vers_la_page("confirmations", prefecture)
    if not rendez_vous.attend_confirmation:
        return vers_la_page("confirmations", prefecture)
    contexte = {"rendez_vous": rendez_vous, "usager": rendez_vous.convocation.demande.usager, "prefecture": prefecture}
    with timezone.override(ZoneInfo(prefecture.fuseau)):
        return render(request, "planning/confirmation.html", contexte)


def _agir(request: HttpRequest, rendez_vous: RendezVous) -> None:
    nom = rendez_vous.convocation.demande.usager.nom_complet
    libere = f"La place de {nom} est libérée. Un message le lui dit si elle a un courriel, un téléphone ou une adresse."
    gestes = {
        "confirmer": (services.confirmer_par_agent, f"{nom} viendra : c’est noté."),
        "liberer": (services.liberer_la_place, libere),
    }
    geste = gestes.get(request.POST.get("geste", ""))
    if geste is None:
        return
    agir, fait = geste
    try:
        agir(rendez_vous, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.info(request, erreur.message)
    else:
        messages.success(request, fait)
