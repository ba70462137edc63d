"""The switch between the former booking module and this one, by motif and date; where its old addresses lead."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from demandes.droits import Droit
from demandes.forms.bascule import FormulaireAncienneAdresse, FormulaireBascule
from demandes.models import Prefecture
from demandes.selectors_bascule import adresses_de, bascules_de
from demandes.services import bascule as services
from demandes.views.agents import acteur_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.reponses import vers
from planipref.pages.catalogue import chercher_motifs
from planipref.pages.parametrage import Portee
from planipref.pages.views.parametrage import portee_demandee

RETIRER = "retirer"


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_bascule(request: HttpRequest, ou: str) -> HttpResponse:
    """List the days from which motifs are served here; add one, change it, or take it away."""
    portee, prefecture = _portee(request, ou)
    par, jour = acteur_de(request), aujourdhui(prefecture.fuseau, maintenant())
    if (numero := _a_retirer(request)) is not None:
        bascule = bascules_de(prefecture).filter(pk=numero).first()
        if bascule is None:
            raise Http404
        services.retirer_bascule(bascule, par=par)
        passee = bascule.du <= jour
        messages.success(request, "La date est retirée." if passee else "La démarche est servie ici dès maintenant.")
        return vers("pages:parametrage_bascule", portee.ou)
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireBascule(donnees, motifs=chercher_motifs("", ""))
    if form.is_bound and form.is_valid():
        try:
            bascule = services.regler_bascule(prefecture, **form.cleaned_data, par=par)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            suite = " Sa date est passée : la démarche est servie ici." if bascule.du <= jour else ""
            messages.success(request, f"La bascule est enregistrée.{suite}")
            return vers("pages:parametrage_bascule", portee.ou)
    contexte = {"portee": portee, "form": form, "bascules": bascules_de(prefecture), "jour": jour}
    return render(request, "pages/parametrage_bascule.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_adresses(request: HttpRequest, ou: str) -> HttpResponse:
    """List where the old addresses lead; add one, or take it away."""
    portee, prefecture = _portee(request, ou)
    par = acteur_de(request)
    if (numero := _a_retirer(request)) is not None:
        adresse = adresses_de(prefecture).filter(pk=numero).first()
        if adresse is None:
            raise Http404
        services.retirer_adresse(adresse, par=par)
        messages.success(request, "L’ancienne adresse est retirée.")
        return vers("pages:parametrage_adresses", portee.ou)
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireAncienneAdresse(donnees, motifs=chercher_motifs("", ""))
    if form.is_bound and form.is_valid():
        try:
            services.ajouter_adresse(prefecture, **form.cleaned_data, par=par)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "L’ancienne adresse est enregistrée.")
            return vers("pages:parametrage_adresses", portee.ou)
    contexte = {"portee": portee, "form": form, "adresses": adresses_de(prefecture)}
    return render(request, "pages/parametrage_adresses.html", contexte, status=422 if form.errors else 200)


def _portee(request: HttpRequest, ou: str) -> tuple[Portee, Prefecture]:
    """Return what is set; the country has no module of its own."""
    portee = portee_demandee(request, ou)
    if portee.prefecture is None:
        raise Http404
    return portee, portee.prefecture


def _a_retirer(request: HttpRequest) -> int | None:
    numero = request.POST.get(RETIRER, "")
    return int(numero) if numero.isdecimal() and len(numero) < 19 else None
