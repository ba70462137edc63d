"""The choice of a language, kept in this browser and for the mails to come."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from demandes.services.langue import retenir_langue
from demandes.views.acces import cles_ouvertes
from planipref.commun.acces import public
from planipref.commun.langues import DUREE_TEMOIN, NOMS, OFFERTES, TEMOIN, langue_parlee
from planipref.commun.reponses import vers


@public
@require_http_methods(["GET", "HEAD", "POST"])
def langue(request: HttpRequest) -> HttpResponse:
    """Show the languages, each in its own words; a choice goes back to the page it was made from."""
    choix = request.POST.get("langue", "")
    if request.method == "POST" and choix in NOMS:
        retenir_langue(cles_ouvertes(request), choix)
        reponse = _retour(request)
        reponse.set_cookie(
            TEMOIN, choix, max_age=DUREE_TEMOIN, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
        return reponse
    contexte = {
        "langues": OFFERTES,
        "choisie": langue_parlee(request),
        "suite": request.POST.get("suite", ""),
    }
    return render(request, "pages/langue.html", contexte, status=422 if request.method == "POST" else 200)


def _retour(request: HttpRequest) -> HttpResponseRedirect:
    """Go back to a page of this site only."""
    suite = request.POST.get("suite", "")
    if not suite.startswith("/") or not url_has_allowed_host_and_scheme(suite, allowed_hosts=None):
        return vers("pages:accueil")
    reponse = HttpResponseRedirect(suite)
    reponse.status_code = 303
    return reponse
