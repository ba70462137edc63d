"""Over- and under-booking: what a day would be with other places, applied in a click; who is expected to come."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.forms.surreservation import FormulaireRegles
from planning.models import FileGuichet
from planning.selectors_ouvertures import sites_planifies
from planning.selectors_proposition import page_journee, page_presences
from planning.selectors_surreservation import (
    files_surreservables,
    jours_a_venir,
    lire_journee,
    regle_du_site,
    regles_nationales,
)
from planning.services import surreservation as services
from planning.services.presences import demander_modele, modele_connu
from planning.views.commun import jour_iso

Choix = tuple[FileGuichet, date | None, dict[str, Any]]


@droit(Droit.PLANIFIER)
@require_GET
def surreservation(request: HttpRequest) -> HttpResponse:
    """Show the plans of a day side by side, and the one proposed."""
    return _montrer(request)


@droit(Droit.PLANIFIER)
@require_POST
def surreservation_appliquer(request: HttpRequest) -> HttpResponse:
    """Offer the places proposed, if the day has not changed since they were shown."""
    file, jour, _ = _choisir(request)
    if jour is None:
        raise Http404
    try:
        changes = services.appliquer(
            file, jour, vue=request.POST.get("vue", ""), par=acteur_de(request), maintenant=maintenant()
        )
    except ErreurMetier as erreur:
        return _refuser(request, erreur)
    changees = nombre(changes, "créneau changé", "créneaux changés")
    messages.success(request, f"La proposition est appliquée : {changees}. Les usagers la voient dès maintenant.")
    return _vers(file, jour)


@droit(Droit.PLANIFIER)
@require_POST
def surreservation_retirer(request: HttpRequest) -> HttpResponse:
    """Bring the day back to its base."""
    file, jour, _ = _choisir(request)
    if jour is None:
        raise Http404
    try:
        en_surplus = services.retirer(file, jour, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return _refuser(request, erreur)
    messages.success(request, "Les créneaux de ce jour sont revenus à leur base.")
    if en_surplus:
        gardes = nombre(en_surplus, "créneau reste au-dessus", "créneaux restent au-dessus")
        messages.warning(request, f"{gardes} de sa base : des usagers l’ont déjà pris.")
    return _vers(file, jour)


@droit(Droit.PLANIFIER)
@require_GET
def presences(request: HttpRequest) -> HttpResponse:
    """Show what the estimates were learned from, whether they were right, and why each appointment has its own."""
    file, jour, contexte = _choisir(request)
    modele = modele_connu(file.site.prefecture, maintenant=maintenant())
    contexte |= {"page": page_presences(file, jour, modele) if modele else None}
    return render(request, "planning/presences.html", contexte)


@droit(Droit.PLANIFIER)
@require_POST
def surreservation_apprendre(request: HttpRequest) -> HttpResponse:
    """Have the machine learn who comes, where no night did."""
    file, jour, _ = _choisir(request)
    try:
        demander_modele(file.site.prefecture, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return _refuser(request, erreur)
    messages.success(request, "La machine apprend. Rechargez la page dans une minute.")
    return _vers(file, jour)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def surreservation_regles(request: HttpRequest, site: str) -> HttpResponse:
    """Show the rules of a site and the national ones; change the former."""
    lieu = next((s for s in sites_planifies(agent_de(request)) if s.code == site), None)
    if lieu is None or lieu.genre == Site.Genre.MEDICAL:
        raise Http404
    siennes = [f for f in files_surreservables(agent_de(request)) if f.site_id == lieu.pk]
    retour = reverse("planning:surreservation") + (f"?file={siennes[0].pk}" if siennes else "")
    initial = FormulaireRegles.depuis(regle_du_site(lieu))
    form = FormulaireRegles(request.POST or None, nationales=regles_nationales(), initial=initial)
    if request.method == "POST" and form.is_valid():
        services.regler(lieu, form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
        messages.success(request, f"Les règles du site {lieu.nom} sont enregistrées.")
        return vers(retour)
    contexte = {"form": form, "site": lieu, "retour": retour}
    return render(request, "planning/surreservation_regles.html", contexte, status=422 if form.errors else 200)


def _montrer(request: HttpRequest, *, statut: int = 200, refus: str = "") -> HttpResponse:
    file, jour, contexte = _choisir(request)
    modele = modele_connu(file.site.prefecture, maintenant=maintenant())
    lue = lire_journee(file, jour, modele) if jour and modele else None
    contexte |= {"page": page_journee(lue) if lue else None, "refus": refus}
    return render(request, "planning/surreservation.html", contexte, status=statut)


def _refuser(request: HttpRequest, erreur: ErreurMetier) -> HttpResponse:
    """Show the day as it is now, under the reason why nothing was written."""
    if isinstance(erreur, DroitRefuse):
        raise erreur
    return _montrer(request, statut=erreur.statut, refus=erreur.message)


def _choisir(request: HttpRequest) -> Choix:
    """Return the queue and the day asked for, the first ones otherwise; what is foreign or past is unknown.

    Raises:
        Http404: nothing to plan, or not this one.
    """
    lus = request.POST if request.method == "POST" else request.GET
    files = files_surreservables(agent_de(request))
    file = next((f for f in files if str(f.pk) == lus["file"]), None) if "file" in lus else next(iter(files), None)
    if file is None:
        raise Http404
    jours = jours_a_venir(file, maintenant=maintenant())
    voulu = jour_iso(lus.get("jour", ""))
    jour = voulu if voulu in jours else next(iter(jours), None)
    if request.method == "POST" and jour != voulu:
        raise Http404
    return file, jour, {"files": files, "file": file, "site": file.site, "jours": jours, "jour": jour}


def _vers(file: FileGuichet, jour: date | None) -> HttpResponseRedirect:
    du_jour = f"&jour={jour.isoformat()}" if jour else ""
    return vers(f"{reverse('planning:surreservation')}?file={file.pk}{du_jour}")
