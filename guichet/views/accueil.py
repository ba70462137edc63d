"""The reception desk: today's appointments, arrivals, walk-ins, the crowd and the longest wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.accueil import FormulaireRattachement, FormulaireSansRdv
from guichet.forms.poste import FormulaireSite
from guichet.models import Passage
from guichet.selectors import motifs_a_ouvrir, rendez_vous_visible, sites_de
from guichet.selectors_accueil import affluence, journee, rechercher
from guichet.selectors_version import version_de_l_accueil
from guichet.services.accueil import (
    annuler_arrivee,
    changer_priorite,
    constater_depart,
    enregistrer_arrivee,
    ouvrir_sans_rdv,
    retablir,
)
from guichet.services.orientation import demande_ou_refus, file_ou_refus, orienter
from guichet.views.ecran import exiger_passage
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers

CLE_SITE = "guichet_site"
PASSAGES: dict[str, Callable[..., object]] = {
    "parti": constater_depart,
    "annuler_arrivee": annuler_arrivee,
    "retablir": retablir,
    "donner_priorite": partial(changer_priorite, priorite=Passage.Priorite.PRIORITAIRE),
    "retirer_priorite": partial(changer_priorite, priorite=Passage.Priorite.NORMALE),
}
DITS_DU_PASSAGE = {
    "parti": "{ticket} est noté parti. Par erreur ? « Rétablir », sous la liste, lui rend sa place.",
    "retablir": "{ticket} attend de nouveau, à sa place.",
    "annuler_arrivee": "L’arrivée du ticket {ticket} est annulée. Par erreur ? « Rétablir » lui rend sa place.",
    "donner_priorite": "{ticket} est désormais prioritaire, depuis son arrivée.",
    "retirer_priorite": "{ticket} attend désormais sans priorité, depuis son arrivée.",
}


def site_de(request: HttpRequest) -> Site | None:
    """Return the desk's site kept in the session; the only one when there is one; None to choose."""
    sites = sites_de(agent_de(request), Droit.ACCUEILLIR)
    choisi = next((s for s in sites if s.pk == request.session.get(CLE_SITE)), None)
    return choisi or (sites[0] if len(sites) == 1 else None)


def exiger_site(request: HttpRequest) -> Site:
    """Return the desk's site, or 404."""
    site = site_de(request)
    if site is None:
        raise Http404
    return site


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def choisir_site(request: HttpRequest) -> HttpResponse:
    """Choose the desk's site for the session."""
    sites = sites_de(agent_de(request), Droit.ACCUEILLIR)
    form = FormulaireSite(request.POST or None, sites=sites, initial={"site": request.session.get(CLE_SITE)})
    if request.method == "POST" and form.is_valid():
        request.session[CLE_SITE] = form.cleaned_data["site"].pk
        return vers("guichet:accueil")
    contexte = {"form": form, "sites": sites}
    return render(request, "guichet/choisir_site.html", contexte, status=422 if form.errors else 200)


@droit(Droit.ACCUEILLIR)
@require_GET
def accueil(request: HttpRequest) -> HttpResponse:
    """Show the day: appointments with their state, who waits, the search, the walk-in form."""
    return rendre_accueil(request)


def rendre_accueil(request: HttpRequest, erreur: ErreurMetier | None = None) -> HttpResponse:
    """Render the desk; after a refusal, with its sentence and its status."""
    site = site_de(request)
    if site is None:
        return vers("guichet:choisir_site")
    if isinstance(erreur, DroitRefuse):
        raise erreur
    texte = request.GET.get("q", "")
    contexte = contexte_journee(site, version_de_l_accueil(site, maintenant=maintenant())) | {
        "recherche": texte,
        "resultats": rechercher(agent_de(request), site, texte, maintenant=maintenant()),
        "form": FormulaireSansRdv(motifs=motifs_a_ouvrir(agent_de(request), site)),
        "site_choisi": CLE_SITE in request.session,
        "peut_regler": acteur_de(request).peut(Droit.PLANIFIER, prefecture_id=site.prefecture_id),
        "erreur": erreur,
    }
    return render(request, "guichet/accueil.html", contexte, status=erreur.statut if erreur else 200)


@droit(Droit.ACCUEILLIR)
@require_GET
def jour(request: HttpRequest) -> HttpResponse:
    """Answer the polling of the desk: the day again, or 204 when nothing has changed."""
    site = exiger_site(request)
    version = version_de_l_accueil(site, maintenant=maintenant())
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    return render(request, "guichet/_jour.html", contexte_journee(site, version))


def contexte_journee(site: Site, version: str) -> dict[str, Any]:
    """Return what the polled part of the desk shows; its version is read before, as at the counter."""
    instant = maintenant()
    lignes, foule = journee(site, maintenant=instant), affluence(site, maintenant=instant)
    return {"site": site, "lignes": lignes, "foule": foule, "version": version}


@droit(Droit.ACCUEILLIR)
@require_POST
def arrivee(request: HttpRequest, pk: int) -> HttpResponse:
    """Register the arrival of someone with an appointment, and say their ticket."""
    rendez_vous = rendez_vous_visible(agent_de(request), pk)
    if rendez_vous is None:
        raise Http404
    try:
        passage = enregistrer_arrivee(rendez_vous, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return rendre_accueil(request, erreur)
    messages.success(request, f"Ticket {passage.numero_ticket} : file « {passage.file.nom} ».")
    return vers("guichet:accueil")


@droit(Droit.ACCUEILLIR)
@require_POST
def agir(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Note that someone left, undo an arrival registered by mistake, give a priority or withdraw it."""
    passage = exiger_passage(request, pk, Droit.ACCUEILLIR)
    try:
        PASSAGES[action](passage, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return rendre_accueil(request, erreur)
    if action in DITS_DU_PASSAGE:
        messages.info(request, DITS_DU_PASSAGE[action].format(ticket=passage.numero_ticket))
    return vers("guichet:accueil")


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def sans_rdv(request: HttpRequest) -> HttpResponse:
    """Open a demande for a walk-in and print their receipt."""
    site = exiger_site(request)
    motifs = motifs_a_ouvrir(agent_de(request), site)
    form = FormulaireSansRdv(request.POST or None, motifs=motifs, curseur=request.method == "GET")
    if request.method == "POST" and form.is_valid():
        par, donnees = acteur_de(request), form.cleaned_data
        try:
            file = file_ou_refus(donnees["motif"], site, champ="motif")
            passage = ouvrir_sans_rdv(
                file,
                donnees["motif"],
                identite=form.identite,
                priorite=donnees["priorite"],
                saisie=donnees["saisie"],
                par=par,
                maintenant=maintenant(),
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            return vers("guichet:ticket", passage.pk)
    contexte = {"site": site, "form": form}
    return render(request, "guichet/sans_rdv.html", contexte, status=422 if form.errors else 200)


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def rattacher(request: HttpRequest) -> HttpResponse:
    """Give a ticket for a demande already known, by its number."""
    site = exiger_site(request)
    form = FormulaireRattachement(request.POST or None)
    if request.method == "POST" and form.is_valid():
        par, priorite = acteur_de(request), form.cleaned_data["priorite"]
        try:
            demande = demande_ou_refus(agent_de(request), site, form.cleaned_data["numero"])
            passage = orienter(demande, site, priorite=priorite, par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            return vers("guichet:ticket", passage.pk)
    contexte = {"site": site, "form": form}
    return render(request, "guichet/rattacher.html", contexte, status=422 if form.errors else 200)
