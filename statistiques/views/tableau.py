"""The statistics page and its export."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.droits import Droit
from planipref.commun.acces import droit
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.horloge import maintenant
from statistiques.calculs.periode import NOMMEES
from statistiques.forms.filtres import FormulaireFiltres
from statistiques.selectors_portee import motifs
from statistiques.selectors_tableau import ENTETES_EXPORT, lignes_export
from statistiques.selectors_tableau import tableau as lire_tableau
from statistiques.views.filtres import lire_filtres


@droit(Droit.STATISTIQUES)
@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """Show the figures of a préfecture; 422 beside the dates that make no period."""
    catalogue = motifs()
    form = lire_filtres(request, catalogue)
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
    form = lire_filtres(request, catalogue)
    if not form.is_valid():
        return _refuser(request, form)
    selection = form.selection
    periode, departement = selection.periode, selection.prefecture.departement
    contenu = csv_francais(ENTETES_EXPORT, lignes_export(selection, catalogue, maintenant=maintenant()))
    return reponse_csv(f"statistiques-{departement}-{periode.du:%Y-%m-%d}-{periode.au:%Y-%m-%d}.csv", contenu)


def _refuser(request: HttpRequest, form: FormulaireFiltres) -> HttpResponse:
    contexte = {"form": form, "portee": form.portee, "periodes": NOMMEES, "tableau": None}
    return render(request, "statistiques/tableau.html", contexte, status=422)
