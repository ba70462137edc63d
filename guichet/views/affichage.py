"""The public display of a waiting room: the tickets called and where to go, and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from guichet.selectors import version_de
from guichet.selectors_affichage import site_affiche, tableau_de
from planipref.commun.acces import public
from planipref.commun.horloge import maintenant

GABARITS = ("guichet/affichage.html", "guichet/_appels.html")
STATIQUES = ("affichage.css", "affichage.js")


@public
@require_safe
@never_cache
def affichage(request: HttpRequest, site: str) -> HttpResponse:
    """Show the display of a site; its script then asks for the calls only."""
    return render(request, "guichet/affichage.html", contexte_affichage(site))


@public
@require_safe
def appels(request: HttpRequest, site: str) -> HttpResponse:
    """Answer the polling of the displays: the calls, or 304 when nothing has changed."""
    contexte = contexte_affichage(site)
    memes = get_conditional_response(request, etag=contexte["etag"])
    reponse = memes or render(request, "guichet/_appels.html", contexte)
    reponse["ETag"], reponse["Cache-Control"] = contexte["etag"], "no-cache"
    return reponse


def contexte_affichage(code: str) -> dict[str, Any]:
    """Return what the display shows, or 404."""
    site, instant = site_affiche(code), maintenant()
    if site is None:
        raise Http404
    tableau, version = tableau_de(site, maintenant=instant), version_ecran()
    etag = quote_etag(version_de(version, tableau))
    return {"site": site, "instant": instant, "tableau": tableau, "version": version, "etag": etag}


@cache
def version_ecran() -> str:
    """Return a digest of what a display has loaded; a screen that sees another one loads itself again."""
    sources = [get_template(nom).template.source for nom in GABARITS]  # type: ignore[attr-defined]
    return version_de(sources, [static(nom) for nom in STATIQUES])
