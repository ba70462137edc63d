"""Downloads of pieces and acts; each look by an agent is in the journal."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import IO, cast

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from demandes.models import Agent, Demande, Piece, PieceJointe
from demandes.selectors import acteur_agent
from demandes.services.actes import produire
from demandes.services.fichiers import acte_ouvrable, est_lue_par_un_agent, fichier_ouvrable
from demandes.services.journal import consigner_lecture
from demandes.services.preparation import filigraner_fichier
from demandes.views.acces import cles_ouvertes
from planipref.commun.acces import public
from planipref.commun.horloge import maintenant

# A file given by the public runs nothing and shows nothing else; only our own pages may frame it.
CSP_IMAGE = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
# Chromium's reader refuses a sandboxed PDF; ours are rebuilt with their pages alone, without scripts nor actions.
CSP_PDF = "default-src 'none'; object-src 'self'; plugin-types application/pdf; frame-ancestors 'self'"


@public
@require_safe
def piece(request: HttpRequest, cle: uuid.UUID) -> FileResponse:
    """Serve a file given by the public, attached, or shown in the page with ``?apercu=1``."""
    trouvee = fichier_ouvrable(cle, agent=_agent(request), cles=cles_ouvertes(request))
    if trouvee is None:
        raise Http404
    try:
        fichier = _ouvrir(trouvee, request)
    except FileNotFoundError:  # replaced in a draft since we read the row
        raise Http404 from None
    _consigner(request, trouvee.demande, "piece")
    return _servir(request, fichier, trouvee.nom_public, trouvee.type_contenu)


@public
@require_safe
def acte(request: HttpRequest, code: str) -> FileResponse:
    """Serve the PDF of an act, made now if nobody asked for it before."""
    trouve = acte_ouvrable(code, agent=_agent(request), cles=cles_ouvertes(request))
    if trouve is None:
        raise Http404
    _consigner(request, trouve.demande, "acte")
    produit = produire(trouve, maintenant=maintenant())
    nom = f"{produit.genre}-{produit.demande.numero}.pdf"
    return _servir(request, produit.pdf.open("rb"), nom, "application/pdf")


def _ouvrir(piece: Piece | PieceJointe, request: HttpRequest) -> IO[bytes]:
    """Open the file; an identity piece is never shown without its mark."""
    if not piece.a_marquer:
        return cast("IO[bytes]", piece.fichier.open("rb"))
    lecteur = _agent(request) if est_lue_par_un_agent(piece.demande, cles_ouvertes(request)) else None
    return BytesIO(filigraner_fichier(piece, lecteur=lecteur, maintenant=maintenant()).donnees)


def _agent(request: HttpRequest) -> Agent | None:
    return request.user if request.user.is_authenticated else None


def _consigner(request: HttpRequest, demande: Demande, quoi: str) -> None:
    agent = _agent(request)
    if agent is not None and est_lue_par_un_agent(demande, cles_ouvertes(request)):
        consigner_lecture(demande, par=acteur_agent(agent), maintenant=maintenant(), quoi=quoi)


def _servir(request: HttpRequest, fichier: IO[bytes], nom: str, type_contenu: str) -> FileResponse:
    apercu = request.GET.get("apercu") == "1"
    reponse = FileResponse(fichier, as_attachment=not apercu, filename=nom, content_type=type_contenu)
    reponse["Content-Security-Policy"] = CSP_PDF if apercu and type_contenu == "application/pdf" else CSP_IMAGE
    reponse["X-Frame-Options"] = "SAMEORIGIN"
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cache-Control"] = "private, no-store"
    return reponse
