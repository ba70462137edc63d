"""Import of mandates: a file is shown before anything is written, then confirmed."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.models import Aidant
from demandes.views.acces import aidant_de
from planipref.commun.acces import aidant
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.pages.formulaires import FormulaireConfirmation, FormulaireImport
from planipref.pages.importation import COLONNES, DEJA, EXEMPLE, LIGNES_MAX, LigneImport, decoder, enregistrer, lire


@aidant
@require_http_methods(["GET", "HEAD", "POST"])
def importer(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would do; nothing is written yet."""
    form = FormulaireImport(request.POST, request.FILES) if request.method == "POST" else FormulaireImport()
    if form.is_valid():
        try:
            contenu = decoder(form.cleaned_data["fichier"].read())
            lignes = lire(contenu, _aidant(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            confirmation = FormulaireConfirmation(initial={"contenu": contenu})
            return _apercu(request, confirmation, lignes)
    contexte = {"form": form, "colonnes": COLONNES, "lignes_max": LIGNES_MAX}
    return render(request, "pages/accompagnement_import.html", contexte, status=422 if form.is_bound else 200)


@aidant
@require_POST
def confirmer(request: HttpRequest) -> HttpResponse:
    """Register the good lines; the others are shown again with their reason."""
    form = FormulaireConfirmation(request.POST)
    qui, instant = _aidant(request), maintenant()
    lignes = lire(request.POST.get("contenu", ""), qui, maintenant=instant)
    if not form.is_valid():
        return _apercu(request, form, lignes, statut=422)
    enregistrer(lignes, qui, maintenant=instant)
    return render(request, "pages/accompagnement_import_fait.html", _bilan(lignes))


@aidant
@require_safe
def modele(request: HttpRequest) -> HttpResponse:
    """Return an empty file with its columns and one example."""
    return reponse_csv("mandats-modele.csv", csv_francais(list(COLONNES), [EXEMPLE]))


def _apercu(
    request: HttpRequest, form: FormulaireConfirmation, lignes: list[LigneImport], *, statut: int = 200
) -> HttpResponse:
    contexte = _bilan(lignes) | {"form": form}
    return render(request, "pages/accompagnement_import_apercu.html", contexte, status=statut)


def _bilan(lignes: list[LigneImport]) -> dict[str, Any]:
    return {
        "lignes": lignes,
        "bonnes": sum(ligne.est_bonne for ligne in lignes),
        "refusees": [ligne for ligne in lignes if ligne.raison],
        "enregistrees": [ligne for ligne in lignes if ligne.mandat],
        "deja": DEJA,
    }


def _aidant(request: HttpRequest) -> Aidant:
    return cast("Aidant", aidant_de(request))
