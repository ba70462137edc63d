"""The public catalogue: what can be asked for, what it needs, and the start of a demande."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from demandes.models import Motif, Service
from demandes.selectors_bascule import module_actuel
from demandes.selectors_reglages import pieces_du_motif
from demandes.services.depot import commencer
from demandes.views.acces import aidant_de, limiter_commencement, ouvrir
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire, langue_parlee
from planipref.commun.reponses import vers
from planipref.pages.catalogue import (
    chercher_motifs,
    delais_observes,
    fenetre_annoncee,
    motif_public,
    prefectures_ouvertes,
)

FICHE = "https://www.service-public.gouv.fr/particuliers/vosdroits/"
RECHERCHE_MAX = 100


@public
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Say what PlaniPref does and lead to a démarche."""
    contexte = {"services": Service.Genre.choices, "q": "", "service": ""}
    return render(request, "pages/accueil.html", contexte)


@public
@require_safe
def demarches(request: HttpRequest) -> HttpResponse:
    """List the démarches, by words and by service."""
    q = request.GET.get("q", "")[:RECHERCHE_MAX]
    service = request.GET.get("service", "")
    contexte = {
        "q": q,
        "service": service,
        "services": Service.Genre.choices,
        "motifs": chercher_motifs(q, service),
    }
    return render(request, "pages/demarches.html", contexte)


@public
@require_safe
def demarche(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a démarche needs and how long it takes; choose the préfecture."""
    contexte = _contexte(_motif(code), request.GET.get("prefecture", ""))
    if contexte["ailleurs"]:  # another préfecture may serve it here
        contexte["choisie"] = ""
    return render(request, "pages/demarche.html", contexte)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def demarche_commencer(request: HttpRequest, code: str) -> HttpResponse:
    """Open a draft in the chosen préfecture, kept in this session; an address opened again leads to the démarche."""
    motif = _motif(code)
    if request.method != "POST":
        return vers("pages:demarche", motif.code)
    if aidant_de(request) is not None:  # they begin with the person and the mandate
        return vers("pages:accompagnement_nouvelle")
    choisie = request.POST.get("prefecture", "")
    ouvertes = {p.departement: p for p in prefectures_ouvertes(motif)}
    if choisie not in ouvertes:
        contexte = _contexte(motif, "") | {"erreur": _("Choisissez votre préfecture dans la liste.")}
        return render(request, "pages/demarche.html", contexte, status=422)
    limiter_commencement(request)
    try:
        demande = commencer(motif, ouvertes[choisie], langue=langue_parlee(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        contexte = _contexte(motif, choisie)
        if not contexte["ailleurs"]:
            contexte["erreur"] = dire(erreur)
        return render(request, "pages/demarche.html", contexte, status=erreur.statut)
    ouvrir(request, demande)
    return vers("demandes:depot", demande.cle)


def _motif(code: str) -> Motif:
    motif = motif_public(code)
    if motif is None:
        raise Http404
    return motif


def _contexte(motif: Motif, choisie: str) -> dict[str, Any]:
    ouvertes = prefectures_ouvertes(motif)
    ici = next((p for p in ouvertes if p.departement == choisie), None)
    pieces = [p for p in pieces_du_motif(motif, ici.pk if ici else None) if p.actif]
    return {
        "motif": motif,
        "pieces": [p for p in pieces if not p.au_guichet],
        "pieces_guichet": [p for p in pieces if p.au_guichet],
        "delais": delais_observes(motif, maintenant=maintenant()),
        "prefectures": ouvertes,
        "choisie": choisie,
        "ailleurs": module_actuel(motif, ici, maintenant=maintenant()) if ici else None,
        "fenetre": fenetre_annoncee(motif),
        "fiche": f"{FICHE}{motif.fiche}" if motif.fiche else "",
    }
