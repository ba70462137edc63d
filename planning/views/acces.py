"""Access to the pages of a nominative link: secret address, then second check kept in the session."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from demandes.models import Convocation
from demandes.services.convocation import convocation_du_lien
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.vues_erreur import page_erreur

CLE_SESSION = "convocations_verifiees"

VueDuLien = Callable[[HttpRequest, Convocation, str], HttpResponse]


def lien_secret(*, verifie: bool = True) -> Callable[[VueDuLien], Callable[[HttpRequest, str], HttpResponse]]:
    """Open a view by its token: the view gets the convocation; nothing is cached, indexed or sent as referrer.

    Args:
        verifie: whether the second check must have been passed in this session; otherwise it is asked for first.
    """

    def decorateur(vue: VueDuLien) -> Callable[[HttpRequest, str], HttpResponse]:
        @public
        @wraps(vue)
        def enveloppe(request: HttpRequest, jeton: str) -> HttpResponse:
            try:
                convocation = convocation_du_lien(jeton, maintenant=maintenant())
                if verifie and not est_verifiee(request, convocation):
                    reponse = HttpResponse(status=303, headers={"Location": reverse("planning:lien", args=[jeton])})
                else:
                    with timezone.override(ZoneInfo(convocation.demande.prefecture.fuseau)):
                        reponse = vue(request, convocation, jeton)
            except ErreurMetier as erreur:
                reponse = page_erreur(erreur.statut, erreur.message)
            return _discret(reponse)

        return enveloppe

    return decorateur


def _discret(reponse: HttpResponse) -> HttpResponse:
    add_never_cache_headers(reponse)
    reponse["Cache-Control"] = "no-store"
    reponse["Referrer-Policy"] = "no-referrer"
    reponse["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


def est_verifiee(request: HttpRequest, convocation: Convocation) -> bool:
    """Say whether this session has passed the second check of this convocation."""
    return str(convocation.cle) in request.session.get(CLE_SESSION, [])


def retenir(request: HttpRequest, convocation: Convocation) -> None:
    """Remember, under a new session key, that the second check of this convocation is passed."""
    request.session.cycle_key()
    request.session[CLE_SESSION] = [*request.session.get(CLE_SESSION, []), str(convocation.cle)]
