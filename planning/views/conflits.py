"""The manager's list of slots where more is taken than given, and what to do with each."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planipref.commun.templatetags.planipref import heure, jour_long
from planning.models import Creneau
from planning.selectors import creneau_par_numero
from planning.selectors_conflits import conflit_planifie, conflits_du_site, deplacements, renforts
from planning.selectors_ouvertures import sites_planifies
from planning.services import conflits as services
from planning.views.commun import site_demande

SANS_COURRIEL = "Cette personne n’a pas de courriel : appelez-la, son numéro est dans son dossier."


@droit(Droit.PLANIFIER)
@require_GET
def conflits(request: HttpRequest) -> HttpResponse:
    """List the slots of a site where more is taken than given."""
    sites = sites_planifies(agent_de(request))
    site = site_demande(request, sites)
    contexte = {
        "sites": sites,
        "site": site,
        "creneaux": conflits_du_site(site, maintenant=maintenant()) if site else [],
    }
    return render(request, "planning/conflits.html", contexte)


@droit(Droit.PLANIFIER)
@require_GET
def conflit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who is at a slot in conflict, where each may go, and who may hold one more counter."""
    creneau = _exiger(request, pk)
    if creneau.en_trop <= 0:
        messages.info(request, services.resolu().message)
        return _vers_la_liste(creneau)
    contexte = {
        "creneau": creneau,
        "site": creneau.file.site,
        "deplacements": deplacements(creneau, maintenant=maintenant()),
        "renforts": renforts(creneau),
    }
    with timezone.override(ZoneInfo(creneau.file.site.prefecture.fuseau)):
        return render(request, "planning/conflit.html", contexte)


@droit(Droit.PLANIFIER)
@require_POST
def conflit_resoudre(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an appointment, keep the surplus, or hold one more counter; then go on with what is left."""
    creneau = _exiger(request, pk)
    try:
        fait = _resoudre(request, creneau)
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.info(request, erreur.message)
    else:
        messages.success(request, fait)
    reste = conflit_planifie(agent_de(request), pk, maintenant=maintenant())
    if reste is not None and reste.en_trop > 0:
        return vers(reverse("planning:conflit", args=[pk]))
    return _vers_la_liste(creneau)


def _resoudre(request: HttpRequest, creneau: Creneau) -> str:
    par, instant = acteur_de(request), maintenant()
    if creneau.en_trop <= 0:
        raise services.resolu()
    if request.POST.get("geste") == "garder":
        services.garder_en_surplus(creneau, par=par, maintenant=instant)
        return "Les rendez-vous sont gardés en surplus."
    if request.POST.get("geste") == "renforcer":
        possibles = renforts(creneau)
        agents = possibles.agents if possibles else []
        agent = next((a for a in agents if str(a.pk) == request.POST.get("agent")), None)
        if agent is None:
            raise ErreurMetier("renfort_impossible", "Cet agent ne peut plus tenir ce guichet.", statut=409)
        guichet = services.renforcer(creneau, agent, par=par, maintenant=instant)
        return f"{agent} tient le guichet {guichet.numero}. Les places sont publiées."
    cle, numero = request.POST.get("rendez_vous", ""), request.POST.get("vers", "")
    lignes = deplacements(creneau, maintenant=instant)
    rendez_vous = next((x.rendez_vous for x in lignes if str(x.rendez_vous.pk) == cle), None)
    choisi = creneau_par_numero(int(numero)) if numero.isdecimal() and len(numero) < 19 else None
    if rendez_vous is None or choisi is None:
        raise services.resolu()
    services.deplacer_du_conflit(creneau, rendez_vous, choisi, par=par, maintenant=instant)
    with timezone.override(ZoneInfo(creneau.file.site.prefecture.fuseau)):
        quand = f"{jour_long(choisi.debut)} à {heure(choisi.debut)}"
    seul = "" if rendez_vous.convocation.demande.usager.courriel else SANS_COURRIEL
    return f"Le rendez-vous est déplacé au {quand}. {seul or 'L’usager est prévenu.'}"


def _exiger(request: HttpRequest, pk: int) -> Creneau:
    creneau = conflit_planifie(agent_de(request), pk, maintenant=maintenant())
    if creneau is None:
        raise Http404
    return creneau


def _vers_la_liste(creneau: Creneau) -> HttpResponse:
    return vers(f"{reverse('planning:conflits')}?site={creneau.file.site.code}")
