"""The statistics page and its export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.droits import Droit
from demandes.models import Agent, Motif
from planipref.commun.acces import droit
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.horloge import aujourdhui, maintenant
from statistiques.calculs.periode import NOMMEES
from statistiques.forms.filtres import FormulaireFiltres
from statistiques.selectors_portee import Portee, motifs, portees
from statistiques.selectors_tableau import ENTETES_EXPORT, lignes_export
from statistiques.selectors_tableau import tableau as lire_tableau


@droit(Droit.STATISTIQUES)
@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """Show the figures of a préfecture; 422 beside the dates that make no period."""
    catalogue = motifs()
    form = _filtres(request, catalogue)
    if not form.is_valid():
        return _refuser(request, form)
    contexte = {
        "form": form,
        "portee": form.portee,
        "periodes": NOMMEES,
        "tableau": lire_tableau(form.selection, catalogue, maintenant=maintenant()),
    }
    return render(request, "statistiques/tableau.html", contexte)


@droit(Droit.STATISTIQUES)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Download the same figures as CSV."""
    catalogue = motifs()
    form = _filtres(request, catalogue)
    if not form.is_valid():
        return _refuser(request, form)
    selection = form.selection
    periode, departement = selection.periode, selection.prefecture.departement
    contenu = csv_francais(ENTETES_EXPORT, lignes_export(selection, catalogue, maintenant=maintenant()))
    return reponse_csv(f"statistiques-{departement}-{periode.du:%Y-%m-%d}-{periode.au:%Y-%m-%d}.csv", contenu)


def _refuser(request: HttpRequest, form: FormulaireFiltres) -> HttpResponse:
    contexte = {"form": form, "portee": form.portee, "periodes": NOMMEES, "tableau": None}
    return render(request, "statistiques/tableau.html", contexte, status=422)


def _filtres(request: HttpRequest, catalogue: list[Motif]) -> FormulaireFiltres:
    """Read the filters; a préfecture, service, site or motif that this agent does not know is a 404."""
    toutes = portees(cast("Agent", request.user))
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
