"""What an agent does inside a file without changing its state: check pieces, add one, write, take the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.forms.verification import (
    FormulaireAjout,
    FormulaireConforme,
    FormulaireMessage,
    FormulaireNonConforme,
)
from demandes.models import Demande, Piece, PieceRequise
from demandes.selectors_courrier import alerte_sans_adresse
from demandes.services.attribution import attribuer
from demandes.services.deports import ouvrir_dossier
from demandes.services.messages import ecrire
from demandes.services.pieces import constater_vue, joindre, verifier_piece
from demandes.services.preparation import lire_fichier
from demandes.views.agents import acteur_de, agent_de
from demandes.views.televersement import jointe_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur
from planipref.commun.horloge import maintenant


@droit(Droit.VERIFIER)
@require_http_methods(["GET", "POST"])
def conforme(request: HttpRequest, numero: str, cle: UUID) -> HttpResponse:
    """Say that a piece is right."""
    demande, par = _demande(request, numero), acteur_de(request)
    piece = _piece(demande, cle)
    return _repondre(
        request,
        demande,
        FormulaireConforme,
        lambda _: verifier_piece(piece, conforme=True, raison="", par=par, maintenant=maintenant()),
        {"titre": "Pièce conforme", "objet": piece.piece_requise.libelle, "hook": "conforme", "ancre": "pieces"},
    )


@droit(Droit.VERIFIER)
@require_http_methods(["GET", "POST"])
def non_conforme(request: HttpRequest, numero: str, cle: UUID) -> HttpResponse:
    """Say that a piece is not right, and why."""
    demande, par = _demande(request, numero), acteur_de(request)
    piece = _piece(demande, cle)
    return _repondre(
        request,
        demande,
        FormulaireNonConforme,
        lambda d: verifier_piece(piece, conforme=False, raison=d["raison"], par=par, maintenant=maintenant()),
        {
            "titre": "Pièce non conforme",
            "objet": piece.piece_requise.libelle,
            "hook": "non-conforme",
            "ancre": "pieces",
        },
    )


@droit(Droit.VERIFIER, Droit.OUVRIR)
@require_http_methods(["GET", "POST"])
def original_vu(request: HttpRequest, numero: str, code: str) -> HttpResponse:
    """Record that the original was seen at the counter."""
    demande, par = _demande(request, numero), acteur_de(request)
    requise = _requise(demande, code)
    return _repondre(
        request,
        demande,
        FormulaireConforme,
        lambda _: constater_vue(demande, requise, par=par, maintenant=maintenant()),
        {"titre": "Original vu au guichet", "objet": requise.libelle, "hook": "original-vu", "ancre": "pieces"},
    )


@droit(Droit.VERIFIER, Droit.OUVRIR)
@require_http_methods(["GET", "POST"])
def ajouter(request: HttpRequest, numero: str, code: str) -> HttpResponse:
    """Add a scanned piece for the usager."""
    demande, par = _demande(request, numero), acteur_de(request)
    requise = _requise(demande, code)

    def enregistrer(donnees: dict[str, Any]) -> None:
        fichiers = donnees["fichiers"]
        document = lire_fichier(*(f.read() for f in fichiers))
        joindre(demande, requise, document, nom=fichiers[0].name or "", par=par, maintenant=maintenant())

    return _repondre(
        request,
        demande,
        FormulaireAjout,
        enregistrer,
        {"titre": "Ajouter une pièce", "objet": requise.libelle, "hook": "ajouter", "ancre": "pieces"},
    )


@droit(Droit.VERIFIER)
@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, numero: str) -> HttpResponse:
    """Write to the usager."""
    demande, par = _demande(request, numero), acteur_de(request)
    return _repondre(
        request,
        demande,
        FormulaireMessage,
        lambda d: ecrire(demande, d["corps"], jointe=jointe_de(d["fichiers"]), par=par, maintenant=maintenant()),
        {"titre": "Message à l’usager", "objet": "Message envoyé", "hook": "ecrire", "ancre": "messages"},
    )


@droit(Droit.VERIFIER)
@require_POST
def attribution(request: HttpRequest, numero: str) -> HttpResponse:
    """Take the file, or give it back when it is already mine."""
    demande, par = _demande(request, numero), acteur_de(request)
    a_moi = demande.agent_id == request.user.pk
    attribuer(demande, agent_id=None if a_moi else par.pk, par=par, maintenant=maintenant())
    messages.success(request, "Ce dossier n’est plus à vous." if a_moi else "Ce dossier est à vous.")
    return HttpResponseRedirect(_retour(request, demande, ""), status=303)


def _demande(request: HttpRequest, numero: str) -> Demande:
    """Fetch within what the agent may see: a foreign file is as unknown as an absent one."""
    demande = ouvrir_dossier(agent_de(request), numero, maintenant=maintenant())
    if demande is None:
        raise Http404
    return demande


def _piece(demande: Demande, cle: UUID) -> Piece:
    """Fetch a current piece of the file."""
    piece: Piece | None = demande.pieces.courantes().filter(cle=cle).first()
    if piece is None:
        raise Http404
    piece.demande = demande
    return piece


def _requise(demande: Demande, code: str) -> PieceRequise:
    return get_object_or_404(demande.motif.pieces_requises, code=code)


def _retour(request: HttpRequest, demande: Demande, ancre: str) -> str:
    """Address of the file, the list's filters kept."""
    parametres = f"?{request.GET.urlencode()}" if request.GET else ""
    return f"{reverse('pages:dossier', args=[demande.numero])}{parametres}{f'#{ancre}' if ancre else ''}"


def _repondre(
    request: HttpRequest,
    demande: Demande,
    formulaire: type[FormulaireDsfr],
    enregistrer: Callable[[dict[str, Any]], object],
    page: dict[str, str],
) -> HttpResponse:
    """Do the act and go back to the file; show the form alone, nothing lost, when it is refused."""
    form = formulaire(request.POST, request.FILES) if request.method == "POST" else formulaire()
    retour, statut, instant = _retour(request, demande, page["ancre"]), 200, maintenant()
    if form.is_bound:
        statut = 422
        if form.is_valid():
            try:
                enregistrer(form.cleaned_data)
            except ErreurMetier as erreur:
                appliquer_erreur(form, erreur)
                statut = erreur.statut
            else:
                if alerte := alerte_sans_adresse(demande, instant):
                    messages.warning(request, f"{page['titre']} : c’est enregistré. {alerte}")
                else:
                    messages.success(request, f"{page['titre']} : {page['objet']}")
                return HttpResponseRedirect(retour, status=303)
    contexte = {"demande": demande, "form": form, "page": page, "retour": retour}
    return render(request, "demandes/verification.html", contexte, status=statut)
