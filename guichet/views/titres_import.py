"""Import of titles: a file is shown before anything is written, then confirmed; the same one again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.titres import FormulaireConfirmationTitres, FormulaireImportTitres
from guichet.selectors import sites_de
from guichet.services.lecture_titres import COLONNES, EXEMPLE, LIGNES_MAX, OCTETS_MAX, LigneTitre, lire_titres
from guichet.services.titres import importer_titres
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.tableur import decoder_a_confirmer

MONTREES_MAX = 500  # a file of the wrong columns would make a page of ten thousand refusals


@droit(Droit.REMETTRE)
@require_http_methods(["GET", "HEAD", "POST"])
def importer(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would do; nothing is written yet."""
    sites = sites_de(agent_de(request), Droit.REMETTRE)
    recu = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = FormulaireImportTitres(*recu, sites=sites)
    if form.is_valid():
        site = form.cleaned_data["site"]
        try:
            contenu = decoder_a_confirmer(form.cleaned_data["fichier"].read(), OCTETS_MAX)
            lignes = _lire(request, contenu, site)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            confirmation = FormulaireConfirmationTitres(initial={"contenu": contenu, "site": site.pk}, sites=sites)
            contexte = _bilan(lignes) | {"form": confirmation, "site": site}
            return render(request, "guichet/titres_apercu.html", contexte)
    contexte = {"form": form, "sites": sites, "colonnes": COLONNES, "lignes_max": LIGNES_MAX}
    return render(request, "guichet/titres_import.html", contexte, status=422 if form.is_bound else 200)


@droit(Droit.REMETTRE)
@require_POST
def confirmer(request: HttpRequest) -> HttpResponse:
    """Register the good lines; the others are shown again with their reason, and what time did not allow is left."""
    sites = sites_de(agent_de(request), Droit.REMETTRE)
    form = FormulaireConfirmationTitres(request.POST, sites=sites)
    if not form.is_valid():
        contexte = {"form": FormulaireImportTitres(sites=sites), "sites": sites, "colonnes": COLONNES}
        return render(request, "guichet/titres_import.html", contexte | {"lignes_max": LIGNES_MAX}, status=422)
    site, contenu = form.cleaned_data["site"], form.cleaned_data["contenu"]
    lignes = _lire(request, contenu, site)
    lot = sha256(contenu.encode()).hexdigest()[:16]
    importer_titres(lignes, site, lot=lot, par=acteur_de(request), maintenant=maintenant())
    reste = sum(ligne.est_bonne for ligne in lignes)
    contexte = _bilan(lignes) | {"site": site, "reste": reste, "form": form if reste else None}
    return render(request, "guichet/titres_importes.html", contexte)


@droit(Droit.REMETTRE)
@require_safe
def modele(request: HttpRequest) -> HttpResponse:
    """Return an empty file with its columns and one example."""
    return reponse_csv("titres-modele.csv", csv_francais(list(COLONNES), [EXEMPLE]))


def _lire(request: HttpRequest, contenu: str, site: Site) -> list[LigneTitre]:
    jour = aujourdhui(site.prefecture.fuseau, maintenant())
    return lire_titres(contenu, site, par=acteur_de(request), jour=jour)


def _bilan(lignes: Sequence[LigneTitre]) -> dict[str, Any]:
    """Return the counts, and the lines to look at, no more than `MONTREES_MAX` of each."""
    refusees = [x for x in lignes if x.raison]
    seules = [x for x in lignes if (x.titre is None and x.est_bonne and not x.rapprochement.demande) or _seul(x)]
    return {
        "lues": len(lignes),
        "bonnes": sum(x.est_bonne for x in lignes),
        "rapprochees": sum(x.est_bonne and x.rapprochement.demande is not None for x in lignes),
        "enregistres": sum(x.titre is not None for x in lignes),
        "prets": sum(x.titre is not None and x.titre.demande_id is not None for x in lignes),
        "deja": sum(x.deja for x in lignes),
        "refusees": refusees[:MONTREES_MAX],
        "nb_refusees": len(refusees),
        "seules": seules[:MONTREES_MAX],
        "nb_seules": len(seules),
    }


def _seul(ligne: LigneTitre) -> bool:
    return ligne.titre is not None and ligne.titre.demande_id is None
