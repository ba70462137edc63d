"""The deposit: one thing a page, saved at each page, resumed where it stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.forms.depot import FormulaireCoordonnees, FormulaireDepot, FormulaireIdentite, FormulaireReprise
from demandes.forms.questions import FormulaireQuestion
from demandes.models import Demande
from demandes.selectors import avis_du_depot, proche_qui_lit
from demandes.selectors_reglages import avis_eligibilite
from demandes.services.acces import demander_code
from demandes.services.depot import deposer, enregistrer_identite, enregistrer_reponses
from demandes.views import parcours
from demandes.views.acces import acteur_de, aidant_de, exiger, limiter_adresse, peut_rattacher, trouver
from demandes.views.depot_pieces import page_pieces
from demandes.views.parcours import Position, etape_a_reprendre, etapes_du_depot, question_a_poser
from demandes.views.recapitulatif import accuse_de, recapituler
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur
from planipref.commun.franceconnect import est_actif
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import adresse_ip, sans_trace, vers

Enregistrer = Callable[[Demande, dict[str, Any], Acteur], None]


@public
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def depot(request: HttpRequest, cle: uuid.UUID) -> HttpResponse:
    """Resume a draft; without its session, ask for the birth date and mail a code."""
    demande = trouver(request, cle)
    if demande is not None:
        if demande.etat != Etat.BROUILLON:
            return vers("demandes:depot_confirmation", cle)
        return vers("demandes:depot_etape", cle, etape_a_reprendre(demande))
    form = FormulaireReprise(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        limiter_adresse(request)
        naissance, origine = form.cleaned_data["date_naissance"], adresse_ip(request)
        demander_code(str(cle), naissance, origine=origine, maintenant=maintenant())
        request.session["suivi_reference"] = str(cle)
        return vers("pages:suivi_code")
    statut = 422 if request.method == "POST" else 200
    return render(request, "demandes/depot_reprise.html", {"form": form, "cle": cle}, status=statut)


@public
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def depot_etape(request: HttpRequest, cle: uuid.UUID, etape: str, question: str = "") -> HttpResponse:
    """Show or save one page of the deposit; once deposited, every page leads to the confirmation."""
    demande = trouver(request, cle)
    if demande is None:
        contexte = {"form": FormulaireReprise(), "cle": cle}
        return render(request, "demandes/depot_reprise.html", contexte, status=404)
    if demande.etat != Etat.BROUILLON:
        return vers("demandes:depot_confirmation", cle)
    codes = etapes_du_depot(demande)
    if etape not in codes:
        raise Http404
    proche = proche_qui_lit(demande, acteur_de(request, demande)) if demande.principale_id else ""
    position = Position(demande, etape, codes, question, parcours.CORRIGE in request.GET, proche)
    try:
        return PAGES[etape](request, demande, position)
    except ErreurMetier as erreur:
        if erreur.statut != 409:
            raise
        return vers("demandes:depot_confirmation", cle)  # deposited meanwhile, from another tab


@public
@sans_trace
@require_safe
def depot_confirmation(request: HttpRequest, cle: uuid.UUID) -> HttpResponse:
    """Show the number, the receipt and what happens next."""
    demande = exiger(request, cle)
    if demande.etat == Etat.BROUILLON:
        return vers("demandes:depot", cle)
    contexte = {
        "demande": demande,
        "accuse": accuse_de(demande),
        "rattachable": peut_rattacher(request, demande),
    }
    return render(request, "demandes/depot_confirmation.html", contexte)


def page_identite(request: HttpRequest, demande: Demande, position: Position) -> HttpResponse:
    """Ask who they are."""
    form = FormulaireIdentite(request.POST if request.method == "POST" else None, demande=demande)
    return _page(request, demande, position, form, _garder_identite)


def page_coordonnees(request: HttpRequest, demande: Demande, position: Position) -> HttpResponse:
    """Ask how to reach them."""
    form = FormulaireCoordonnees(request.POST if request.method == "POST" else None, demande=demande)
    form.fields["courriel"].required = aidant_de(request) is None  # the receipt then goes to the organisation
    return _page(request, demande, position, form, _garder_identite)


def page_questions(request: HttpRequest, demande: Demande, position: Position) -> HttpResponse:
    """Ask one question of the motif; without its code, lead to the first not yet passed, or to the last."""
    questions = {q.code: q for q in position.questions}
    if not position.question:
        suivante = question_a_poser(demande) or [*questions][-1]
        return vers(parcours.adresse_question(demande, suivante, corrige=position.corrige))
    if position.question not in questions:  # unknown, or its condition no longer holds
        return vers("demandes:depot_etape", demande.cle, parcours.QUESTIONS)
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireQuestion(donnees, question=questions[position.question], reponses=demande.reponses)
    return _page(request, demande, position, form, _garder_reponses)


def page_recapitulatif(request: HttpRequest, demande: Demande, position: Position) -> HttpResponse:
    """Show everything once more, then deposit."""
    form = FormulaireDepot(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            deposer(demande, par=acteur_de(request, demande), maintenant=maintenant())
            return vers("demandes:depot_confirmation", demande.cle)
        except ErreurMetier as erreur:
            if erreur.statut == 409:
                raise
            appliquer_erreur(form, erreur)
    contexte = {
        "demande": demande,
        "position": position,
        "avis": avis_du_depot(demande, maintenant=maintenant()),
        "form": form,
        "recap": recapituler(demande),
        "rattachable": peut_rattacher(request, demande),
    }
    statut = 422 if form.is_bound else 200
    return render(request, "demandes/depot_recapitulatif.html", contexte, status=statut)


def _garder_identite(demande: Demande, donnees: dict[str, Any], par: Acteur) -> None:
    enregistrer_identite(demande, donnees, par=par, maintenant=maintenant())


def _garder_reponses(demande: Demande, donnees: dict[str, Any], par: Acteur) -> None:
    enregistrer_reponses(demande, donnees, par=par, maintenant=maintenant())


def _page(
    request: HttpRequest, demande: Demande, position: Position, form: FormulaireDsfr, garder: Enregistrer
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            garder(demande, form.cleaned_data, acteur_de(request, demande))
            return vers(position.suivante())
        except ErreurMetier as erreur:
            if erreur.champ is None:
                raise
            appliquer_erreur(form, erreur)
    ici = position.etape == parcours.IDENTITE
    contexte = {
        "demande": demande,
        "position": position,
        "avis_eligibilite": avis_eligibilite(demande, connu_seulement=True),
        "form": form,
        "titre": next(iter(form)).label if position.question else position.titre,
        "franceconnect": ici and est_actif() and aidant_de(request) is None and not demande.principale_id,
        "certifie": ici and demande.usager.est_certifie,
    }
    statut = 422 if request.method == "POST" else 200
    return render(request, "demandes/depot_etape.html", contexte, status=statut)


PAGES: dict[str, Callable[[HttpRequest, Demande, Position], HttpResponse]] = {
    parcours.IDENTITE: page_identite,
    parcours.COORDONNEES: page_coordonnees,
    parcours.QUESTIONS: page_questions,
    parcours.PIECES: page_pieces,
    parcours.RECAPITULATIF: page_recapitulatif,
}
