"""What the pages of statistics share: the filters of the address, within what the agent may count."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest

from demandes.models import Motif
from demandes.views.agents import agent_de
from planipref.commun.horloge import aujourdhui
from statistiques.forms.filtres import FormulaireFiltres
from statistiques.selectors_portee import Portee, portees


def lire_filtres(request: HttpRequest, catalogue: list[Motif]) -> FormulaireFiltres:
    """Read the filters; a préfecture, service, site or motif that this agent does not know is a 404."""
    toutes = portees(agent_de(request))
    code = request.GET.get("prefecture") or next(iter(toutes), "")
    if code not in toutes or not _connus(request.GET, toutes, catalogue):
        raise Http404
    portee = toutes[code]
    return FormulaireFiltres(
        request.GET,
        portees=toutes.values(),
        portee=portee,
        motifs=catalogue,
        aujourdhui=aujourdhui(portee.prefecture.fuseau),
    )


def _connus(get: Mapping[str, str], toutes: Mapping[str, Portee], catalogue: list[Motif]) -> bool:
    connus = {
        "service": {s.genre for p in toutes.values() for s in p.services},
        "site": {s.code for p in toutes.values() for s in p.sites},
        "motif": {m.code for m in catalogue},
    }
    return all(not get.get(nom) or get[nom] in valeurs for nom, valeurs in connus.items())
