"""The demonstration mailbox: every mail and SMS sent, without a mail server. Absent outside the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from planipref.commun.acces import public
from planipref.commun.models import MessageBoite
from planipref.pages import boite as lectures


def demonstration(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hide a view (404) outside the demonstration."""

    @require_safe
    @never_cache
    @public
    @wraps(vue)
    def enveloppe(request: HttpRequest, **parametres: Any) -> HttpResponse:
        if not settings.PLANIPREF_DEMO:
            raise Http404
        return vue(request, **parametres)

    return enveloppe


@demonstration
def boite(request: HttpRequest) -> HttpResponse:
    """List the messages, newest first; ``?a=`` keeps those whose address holds it."""
    adresse = request.GET.get("a", "").replace("\0", "")
    contexte = {"recus": lectures.boite(adresse), "adresse": adresse}
    return render(request, "pages/demo_boite.html", contexte)


@demonstration
def boite_json(request: HttpRequest) -> HttpResponse:
    """List the messages as JSON, newest first; ``?a=`` keeps those of one address."""
    recus = lectures.boite(request.GET.get("a", "").replace("\0", ""))
    return JsonResponse([lectures.en_json(r) for r in recus], safe=False, json_dumps_params={"ensure_ascii": False})


@demonstration
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one message, its links clickable and its files."""
    recu = _message(pk)
    contexte = {
        "recu": recu,
        "morceaux": lectures.morceaux(recu.texte),
        "pieces": [p["nom"] for p in recu.pieces_jointes],
    }
    return render(request, "pages/demo_message.html", contexte)


@demonstration
def piece(request: HttpRequest, pk: int, rang: int) -> HttpResponse:
    """Download an attached file."""
    trouve = lectures.fichier(_message(pk), rang)
    if trouve is None:
        raise Http404
    nom, type_contenu, donnees = trouve
    entetes = {"Content-Disposition": f'attachment; filename="{nom}"'}
    return HttpResponse(donnees, content_type=type_contenu, headers=entetes)


def _message(pk: int) -> MessageBoite:
    recu = lectures.message(pk)
    if recu is None:
        raise Http404
    return recu
