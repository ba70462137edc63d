"""Downloads of pieces and acts; each look by an agent or an aidant is in the journal."""

from __future__ import annotations

import uuid
from functools import partial
from io import BytesIO
from typing import IO, cast

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from demandes.acteur import Acteur
from demandes.models import Agent, Demande, Piece, PieceJointe
from demandes.selectors import acteur_agent
from demandes.services.actes import produire
from demandes.services.fichiers import acte_ouvrable, fichier_ouvrable, visible_par
from demandes.services.journal import consigner_lecture
from demandes.services.preparation import filigraner_fichier
from demandes.views.acces import acteur_de, aidant_de, est_ouverte
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
    trouvee = fichier_ouvrable(cle, lisible=partial(_lisible, request))
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
    trouve = acte_ouvrable(code, lisible=partial(_lisible, request))
    if trouve is None:
        raise Http404
    _consigner(request, trouve.demande, "acte")
    produit = produire(trouve, maintenant=maintenant())
    nom = f"{produit.genre}-{produit.demande.numero}.pdf"
    return _servir(request, produit.pdf.open("rb"), nom, "application/pdf")


def _ouvrir(recu: Piece | PieceJointe, request: HttpRequest) -> IO[bytes]:
    """Open the file; an identity piece is never shown without its mark."""
    if not recu.a_marquer:
        return cast("IO[bytes]", recu.fichier.open("rb"))
    lecteur = _lecteur(request, recu.demande)
    qui = f"{lecteur.genre} {request.user.get_username()}" if lecteur else "usager"
    return BytesIO(filigraner_fichier(recu, lecteur=qui, maintenant=maintenant()).donnees)


def _lisible(request: HttpRequest, demande: Demande) -> bool:
    if est_ouverte(request, demande):
        return True
    agent = request.user
    return isinstance(agent, Agent) and aidant_de(request) is None and visible_par(agent, demande)


def _consigner(request: HttpRequest, demande: Demande, quoi: str) -> None:
    lecteur = _lecteur(request, demande)
    if lecteur is not None:
        consigner_lecture(demande, par=lecteur, maintenant=maintenant(), quoi=quoi)


def _lecteur(request: HttpRequest, demande: Demande) -> Acteur | None:
    """Return whose reading the journal notes: an agent's or an aidant's, not that of the usager."""
    if aidant_de(request) is not None:
        return acteur_de(request, demande)
    agent = request.user
    return acteur_agent(agent) if isinstance(agent, Agent) and not est_ouverte(request, demande) else None


def _servir(request: HttpRequest, fichier: IO[bytes], nom: str, type_contenu: str) -> FileResponse:
    apercu = request.GET.get("apercu") == "1"
    reponse = FileResponse(fichier, as_attachment=not apercu, filename=nom, content_type=type_contenu)
    reponse["Content-Security-Policy"] = CSP_PDF if apercu and type_contenu == "application/pdf" else CSP_IMAGE
    reponse["X-Frame-Options"] = "SAMEORIGIN"
    reponse["X-Content-Type-Options"] = "nosniff"
    reponse["Cache-Control"] = "private, no-store"
    return reponse
