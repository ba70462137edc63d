"""What an agent asks for: leave, and a half-day swapped with a colleague."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning import selectors_demandes as lectures
from planning.forms.absences import FormulaireDemandeConge, FormulaireEchange
from planning.models import EchangePlaces
from planning.services import demandes_conge, echanges
from planning.services.echanges import Echange


@droit(Droit.CONSULTER)
@require_http_methods(["GET", "POST"])
def conge_demander(request: HttpRequest) -> HttpResponse:
    """Ask for leave."""
    agent = agent_de(request)
    form = FormulaireDemandeConge(request.POST or None, prefectures=lectures.prefectures_de(agent))
    if form.is_bound and form.is_valid():
        try:
            demandes_conge.demander_conge(
                agent,
                form.prefecture_choisie,
                genre=form.cleaned_data["genre"],
                periode=form.jours.periode(form.prefecture_choisie.fuseau),
                mot=form.cleaned_data["mot"],
                par=acteur_de(request),
                maintenant=maintenant(),
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "Votre demande est envoyée à votre chef de service.")
            return vers("planning:mon_planning")
    return render(request, "planning/conge_demander.html", {"form": form}, status=422 if form.errors else 200)


@droit(Droit.CONSULTER)
@require_POST
def conge_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a request."""
    demande = lectures.conge_de(agent_de(request), pk)
    if demande is None:
        raise Http404
    try:
        demandes_conge.retirer_conge(demande, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        messages.success(request, "Votre demande est retirée.")
    return vers("planning:mon_planning")


@droit(Droit.CONSULTER)
@require_http_methods(["GET", "POST"])
def echange_proposer(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to a colleague a half-day of one's own."""
    agent, instant = agent_de(request), maintenant()
    place = lectures.place_a_donner(agent, pk, maintenant=instant)
    if place is None:
        raise Http404
    choix = lectures.contreparties(place, agent, maintenant=instant)
    form = FormulaireEchange(request.POST or None, choix=choix)
    if form.is_bound and form.is_valid():
        collegue, rendue = form.cleaned_data["contre"]
        echange = Echange(agent.pk, place.demi_journee, collegue, rendue)
        mot = form.cleaned_data["mot"]
        try:
            echanges.proposer_echange(place.lue.plan, echange, mot=mot, par=acteur_de(request), maintenant=instant)
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "L’échange est proposé à votre collègue.")
            return vers("planning:mon_planning")
    contexte = {"form": form, "place": place, "choix": choix}
    return render(request, "planning/echange_proposer.html", contexte, status=422 if form.errors else 200)


@droit(Droit.CONSULTER)
@require_POST
def echange_accepter(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept what a colleague proposes."""
    propose = _exiger_echange(request, pk)
    try:
        fait = echanges.accepter_echange(propose, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        suite = "L’échange est fait." if fait else "Vous acceptez. Votre chef de service doit encore valider."
        messages.success(request, suite)
    return vers("planning:mon_planning")


@droit(Droit.CONSULTER)
@require_POST
def echange_decliner(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline what a colleague proposes, or take back what one proposed."""
    propose = _exiger_echange(request, pk)
    try:
        echanges.decliner_echange(propose, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        messages.success(request, "L’échange n’aura pas lieu.")
    return vers("planning:mon_planning")


def _exiger_echange(request: HttpRequest, pk: int) -> EchangePlaces:
    propose = lectures.echange_de(agent_de(request), pk)
    if propose is None:
        raise Http404
    return propose
