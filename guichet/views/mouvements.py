"""Visits put aside and taken back or sent on, fingerprints, and the agent's pauses."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from demandes.droits import Droit
from demandes.views.agents import acteur_de
from guichet.forms.mouvements import FormulairePause
from guichet.services import mouvements as services
from guichet.services import pauses
from guichet.services.empreintes import constater_empreintes
from guichet.views.ecran import (
    CLE_POSTE,
    exiger_passage,
    exiger_personne,
    formulaire_transfert,
    poste_de,
    refuser,
    rendre_ecran,
    retour,
)
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers


@droit(Droit.RECEVOIR)
@require_POST
def transferer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the person at one's counter to another queue or counter, with a note."""
    passage = exiger_passage(request, pk)
    form = formulaire_transfert(passage, request.POST)
    if not form.is_valid():
        return rendre_ecran(request, transfert=form, statut=422)
    file, guichet = form.cleaned_data["vers"]
    note, par = form.cleaned_data["note"], acteur_de(request)
    try:
        services.transferer(passage, file, guichet=guichet, note=note, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.champ not in form.fields:
            return refuser(request, erreur)
        appliquer_erreur(form, erreur)
        return rendre_ecran(request, transfert=form, statut=422)
    messages.success(
        request, f"{passage.numero_ticket} attend maintenant : {guichet or file}. La personne garde son rang."
    )
    return vers("guichet:guichet")


@droit(Droit.RECEVOIR)
@require_POST
def reprendre(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a visit put aside, at one's counter."""
    passage, guichet = exiger_passage(request, pk), poste_de(request)
    if guichet is None:
        return vers("guichet:poste")
    try:
        services.reprendre(passage, guichet, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    return vers("guichet:guichet")


@droit(Droit.RECEVOIR)
@require_POST
def prendre_la_suite(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over a visit that a colleague has left, at one's counter or, without one, at theirs."""
    passage = exiger_passage(request, pk)
    guichet = poste_de(request) or passage.guichet
    if guichet is None:
        return vers("guichet:poste")
    try:
        services.prendre_la_suite(passage, guichet, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
        return vers("guichet:poste")
    request.session[CLE_POSTE] = guichet.pk
    messages.success(request, f"Vous prenez la suite de {passage.numero_ticket}.")
    return vers("guichet:guichet")


@droit(Droit.RECEVOIR)
@require_POST
def empreintes(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the fingerprints of the person at the counter are taken."""
    try:
        passage, demande = exiger_personne(request, pk)
        constater_empreintes(passage, demande, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    return retour(request)


@droit(Droit.RECEVOIR)
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Go on a pause, and say why."""
    guichet = poste_de(request)
    if guichet is None:
        return vers("guichet:poste")
    form = FormulairePause(request.POST)
    if not form.is_valid():
        return rendre_ecran(request, pause=form, statut=422)
    try:
        pauses.commencer_pause(guichet, form.cleaned_data["raison"], par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    return vers("guichet:guichet")


@droit(Droit.RECEVOIR)
@require_POST
def fin_de_pause(request: HttpRequest) -> HttpResponse:
    """End one's pause; nothing happens without one."""
    pauses.finir_pause(par=acteur_de(request), maintenant=maintenant())
    return vers("guichet:guichet")
