"""The demandes of a person identified with FranceConnect: their list, and opening one."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from demandes.selectors import demandes_identifiees
from demandes.services.franceconnect import ouvrir_identifie
from demandes.views.franceconnect import CLE_IDENTITE
from planipref.commun.acces import public
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace, vers
from planipref.pages.suivi import lignes_suivi
from planipref.pages.views.suivi import entrer


@public
@sans_trace
@require_safe
def suivi_demandes(request: HttpRequest) -> HttpResponse:
    """List the demandes of the identity that this session proved, drafts too, with what comes next for each."""
    empreinte = request.session.get(CLE_IDENTITE, "")
    if not empreinte:
        return vers("pages:suivi")
    lignes = lignes_suivi(demandes_identifiees(empreinte), maintenant=maintenant())
    return render(request, "pages/suivi_demandes.html", {"lignes": lignes})


@public
@sans_trace
@require_POST
def suivi_ouvrir(request: HttpRequest, cle: uuid.UUID) -> HttpResponse:
    """Open one of them, the opening journaled."""
    empreinte = request.session.get(CLE_IDENTITE, "")
    demande = ouvrir_identifie(cle, empreinte, maintenant=maintenant()) if empreinte else None
    if demande is None:
        raise Http404
    return entrer(request, demande)
