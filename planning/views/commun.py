"""What an address of the planning asks for."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from demandes.models import Prefecture, Site
from demandes.views.agents import agent_de
from planipref.commun.reponses import vers
from planning.selectors_medical import prefectures_planifiees


def site_demande(request: HttpRequest, sites: list[Site]) -> Site | None:
    """Return the site named in the address, the first one otherwise; a foreign one is unknown."""
    code = request.GET.get("site")
    if code is None:
        return sites[0] if sites else None
    site = next((s for s in sites if s.code == code), None)
    if site is None:
        raise Http404
    return site


def jour_iso(texte: str) -> date | None:
    """Read a day of an address; None when it is not one."""
    try:
        return date.fromisoformat(texte)
    except ValueError:
        return None


def prefecture_demandee(request: HttpRequest) -> Prefecture:
    """Return the préfecture named in the address, the first one otherwise; a foreign one is unknown."""
    code = request.GET.get("prefecture")
    planifiees = prefectures_planifiees(agent_de(request))
    prefecture = next((p for p in planifiees if code in (None, p.departement)), None)
    if prefecture is None:
        raise Http404
    return prefecture


def vers_la_page(route: str, prefecture: Prefecture) -> HttpResponseRedirect:
    """Redirect to a page of the taking over, in a préfecture."""
    return vers(f"{reverse(f'planning:{route}')}?prefecture={prefecture.departement}")
