"""Access to a doctor's page: secret address, then a code mailed to them, kept in the session for six hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from demandes.models import Medecin
from demandes.services.portail_medecin import medecin_du_lien
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.vues_erreur import page_erreur
from planning.views.acces import discret

CLE_SESSION = "medecin_verifie"
DUREE = timedelta(hours=6)

VueDuMedecin = Callable[..., HttpResponse]


def page_du_medecin(*, verifie: bool = True) -> Callable[[VueDuMedecin], Callable[..., HttpResponse]]:
    """Open a view by its token: the view gets the doctor; nothing is cached, indexed or sent as referrer.

    Args:
        verifie: whether a code must have been given in this session; otherwise it is asked for first.
    """

    def decorateur(vue: VueDuMedecin) -> Callable[..., HttpResponse]:
        @public
        @wraps(vue)
        def enveloppe(request: HttpRequest, jeton: str, **arguments: Any) -> HttpResponse:
            try:
                medecin = medecin_du_lien(jeton, maintenant=maintenant())
                if verifie and not est_verifie(request, medecin):
                    reponse = HttpResponse(status=303, headers={"Location": reverse("planning:medecin", args=[jeton])})
                else:
                    with timezone.override(ZoneInfo(medecin.prefecture.fuseau)):
                        reponse = vue(request, medecin, jeton, **arguments)
            except ErreurMetier as erreur:
                reponse = page_erreur(erreur.statut, erreur.message)
            return discret(reponse)

        return enveloppe

    return decorateur


def est_verifie(request: HttpRequest, medecin: Medecin) -> bool:
    """Say whether this session holds a code given for this link less than six hours ago."""
    cle, jusqu_a = request.session.get(CLE_SESSION, ["", ""])
    return bool(cle == str(medecin.cle) and datetime.fromisoformat(jusqu_a) > maintenant())


def retenir(request: HttpRequest, medecin: Medecin) -> None:
    """Remember, under a new session key, that a code was given."""
    request.session.cycle_key()
    request.session[CLE_SESSION] = [str(medecin.cle), (maintenant() + DUREE).isoformat()]


def oublier(request: HttpRequest) -> None:
    """Close the page."""
    request.session.pop(CLE_SESSION, None)
