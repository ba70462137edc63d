"""The page of the documents: each file is checked and kept at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from demandes.models import Demande
from demandes.selectors import PieceAttendue, avis_du_depot, pieces_attendues
from demandes.views.acces import acteur_de
from demandes.views.parcours import Position
from demandes.views.televersement import ABSENTE, LignePiece, en_ligne, recevoir, tourner
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire
from planipref.commun.reponses import vers


def page_pieces(request: HttpRequest, demande: Demande, position: Position) -> HttpResponse:
    """Show the documents asked for; « enregistrer » keeps the files and stays, « suivant » asks for all of them."""
    attendues = pieces_attendues(demande)
    erreurs: dict[str, str] = {}
    if request.method == "POST":
        erreurs = _garder(request, demande, en_ligne(attendues))
        attendues = pieces_attendues(demande)
        reste = "enregistrer" in request.POST or "tourner" in request.POST
        if not erreurs and "enregistrer" in request.POST and request.FILES:
            messages.success(request, _("Vos fichiers sont enregistrés."))
        if not reste:
            erreurs = _absentes(attendues) | erreurs
        if not erreurs:
            return vers(request.get_full_path() if reste else position.suivante())
    contexte = {
        "demande": demande,
        "position": position,
        "avis": avis_du_depot(demande, maintenant=maintenant()),
        "lignes": [LignePiece(a, erreurs.get(a.requise.code, "")) for a in en_ligne(attendues)],
        "au_guichet": [a for a in attendues if a.requise.au_guichet],
        "a_des_erreurs": bool(erreurs),
        "gardes": any(a.piece and a.requise.code not in erreurs for a in en_ligne(attendues)),
    }
    return render(request, "demandes/depot_pieces.html", contexte, status=422 if erreurs else 200)


def _garder(request: HttpRequest, demande: Demande, attendues: list[PieceAttendue]) -> dict[str, str]:
    """Keep the files sent and turn the page asked for; return what was refused, by code of the piece."""
    par = acteur_de(request, demande)
    _recues, erreurs = recevoir(request, demande, attendues, par=par, partiel=True)
    code = request.POST.get("tourner", "")
    try:
        if code and not erreurs:
            tourner(demande, attendues, code, par=par)
    except ErreurMetier as erreur:
        if erreur.statut in {409, 429}:
            raise
        erreurs[code.partition(":")[0]] = dire(erreur)
    return erreurs


def _absentes(attendues: list[PieceAttendue]) -> dict[str, str]:
    return {a.requise.code: str(ABSENTE) for a in en_ligne(attendues) if a.manque}
