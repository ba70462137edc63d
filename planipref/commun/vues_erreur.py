"""Error pages: what happened, what to do next; no personal data, no query (the base may be down)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from planipref.commun.erreurs import ErreurMetier
from planipref.commun.langues import dire

journal = logging.getLogger(__name__)

STATUTS: Final = frozenset({400, 403, 404, 409, 410, 422, 429, 500, 503})
ATTENTE_SECONDES: Final = {429: 60, 503: 5}
# SQLSTATE: lock not available, statement timeout, deadlock, serialization failure.
ENCOMBREMENT: Final = frozenset({"55P03", "57014", "40P01", "40001"})


def page_erreur(
    statut: int, message: str = "", *, gabarit: str = "", request: HttpRequest | None = None
) -> HttpResponse:
    """Render the page of a status; unless a request is given, without session, user or query.

    Args:
        statut: HTTP status; one without a page of its own is shown as 422 (4xx) or 500 (5xx).
        message: French sentence shown to the person, escaped.
        gabarit: template that says it better than the status; empty for the page of the status.
        request: of an agent whose right has just been read: the page keeps their header and menu.
    """
    modele = statut if statut in STATUTS else (422 if statut < 500 else 500)
    corps = render_to_string(gabarit or f"{modele}.html", {"message": message}, request=request)
    reponse = HttpResponse(corps, status=statut)
    if statut in ATTENTE_SECONDES:
        reponse["Retry-After"] = str(ATTENTE_SECONDES[statut])
    reponse["Cache-Control"] = "no-store"
    return reponse


def requete_incorrecte(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handle 400."""
    return page_erreur(400)


def acces_refuse(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handle 403."""
    return page_erreur(403, request=_d_un_agent(request))


def _d_un_agent(request: HttpRequest) -> HttpRequest | None:
    """Return the request when somebody is signed in, which the check of rights has already read."""
    return request if getattr(getattr(request, "user", None), "is_authenticated", False) else None


def page_introuvable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Handle 404: unknown, or not theirs; the page does not say which."""
    return page_erreur(404)


def erreur_serveur(request: HttpRequest) -> HttpResponse:
    """Handle 500."""
    return page_erreur(500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Handle a refused form token (``CSRF_FAILURE_VIEW``): expired page, or cookies refused."""
    journal.warning("csrf refused: %s", reason)
    return page_erreur(
        403,
        _("Rien n’a été envoyé. Revenez à la page précédente, rechargez-la, puis recommencez."),
        gabarit="erreurs/page_expiree.html",
    )


class ErreurMetierMiddleware:
    """Turn a refusal that a view let through into its page, and a crowded or absent database into a 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on, unless its path holds a NUL, which PostgreSQL keeps nowhere."""
        if "\0" in request.path_info:
            return page_erreur(404)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page of the exception; None leaves it to Django (500)."""
        if isinstance(exception, ErreurMetier):
            journal.info("refused: %s (%s)", exception.code, exception.statut)
            agent = _d_un_agent(request) if exception.statut == 403 else None
            return page_erreur(exception.statut, dire(exception), request=agent)
        if isinstance(exception, OperationalError):
            return self.base_indisponible(exception)
        return None

    def base_indisponible(self, exception: OperationalError) -> HttpResponse | None:
        """Return 503 for a lock or statement timeout and for a lost connection (class 08, 57P, none)."""
        etat: str | None = getattr(exception.__cause__, "sqlstate", None)
        if etat in ENCOMBREMENT:
            journal.warning("database busy: %s", etat)
            return page_erreur(503, _("Le service est très demandé en ce moment : réessayez dans quelques secondes."))
        if etat is None or etat.startswith(("08", "57P")):
            journal.error("database unavailable: %s", etat, exc_info=exception)
            return page_erreur(503)
        return None
