"""The time of each phase at the counter, and its export."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.droits import Droit
from planipref.commun.acces import droit
from planipref.commun.export import csv_francais, reponse_csv
from planning.models import FileGuichet
from statistiques.calculs.periode import NOMMEES
from statistiques.forms.filtres import FormulaireFiltres
from statistiques.selectors_portee import motifs
from statistiques.selectors_temps import ENTETES_EXPORT, files_de, lignes_export, temps_au_guichet
from statistiques.views.filtres import lire_filtres


@droit(Droit.STATISTIQUES)
@require_safe
def temps(request: HttpRequest) -> HttpResponse:
    """Show how long each phase takes; 422 beside the dates that make no period."""
    catalogue = motifs()
    form = lire_filtres(request, catalogue)
    if not form.is_valid():
        return _refuser(request, form)
    files = files_de(form.selection)
    contexte = {
        "form": form,
        "portee": form.portee,
        "periodes": NOMMEES,
        "tableau": temps_au_guichet(form.selection, catalogue, files, _file(request, files)),
    }
    return render(request, "statistiques/temps.html", contexte)


@droit(Droit.STATISTIQUES)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Download the times of each queue and motif as CSV."""
    catalogue = motifs()
    form = lire_filtres(request, catalogue)
    if not form.is_valid():
        return _refuser(request, form)
    selection, files = form.selection, files_de(form.selection)
    periode, departement = selection.periode, selection.prefecture.departement
    contenu = csv_francais(ENTETES_EXPORT, lignes_export(selection, catalogue, files, _file(request, files)))
    return reponse_csv(f"temps-{departement}-{periode.du:%Y-%m-%d}-{periode.au:%Y-%m-%d}.csv", contenu)


def _refuser(request: HttpRequest, form: FormulaireFiltres) -> HttpResponse:
    contexte = {"form": form, "portee": form.portee, "periodes": NOMMEES, "tableau": None}
    return render(request, "statistiques/temps.html", contexte, status=422)


def _file(request: HttpRequest, files: dict[int, FileGuichet]) -> FileGuichet | None:
    """Return the queue of the address; one of no site kept is a 404."""
    voulue = request.GET.get("file", "")
    if not voulue:
        return None
    trouvee = next((f for f in files.values() if str(f.pk) == voulue), None)
    if trouvee is None:
        raise Http404
    return trouvee
