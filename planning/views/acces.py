"""Access to the pages of a nominative link: secret address, then second check kept in the session.

For an aidant, the mandate stands for both, and is read again at each page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from demandes.droits import Droit
from demandes.models import Convocation
from demandes.services.lecture import consulter
from demandes.services.lien_convocation import PREFIXE_AIDANT, convocation_de_l_aidant, convocation_du_lien
from demandes.views.acces import acteur_de, aidant_de
from planipref.commun import debit
from planipref.commun.acces import public
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire, parler_a
from planipref.commun.reponses import adresse_ip
from planipref.commun.vues_erreur import page_erreur

CLE_SESSION = "convocations_verifiees"
# Bookings, moves, cancellations, waiting list: a person who hesitates makes a dozen, a family's or a library's
# connection some dozens; a robot that sweeps the places up makes thousands.
GESTES_PAR_LIEN, GESTES_PAR_ADRESSE = 20, 200
ABANDONS_PAR_LIEN = 8  # moves and cancellations: each keeps for a while a place from all the others
PERIODE = timedelta(hours=1)

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
                convocation = _convocation(request, jeton)
                parler_a(request, convocation.demande.usager.langue)
                if verifie and not est_verifiee(request, convocation):
                    reponse = HttpResponse(status=303, headers={"Location": reverse("planning:lien", args=[jeton])})
                else:
                    if verifie and request.method == "POST":
                        _limiter(request, convocation)
                    with timezone.override(ZoneInfo(convocation.demande.prefecture.fuseau)):
                        reponse = vue(request, convocation, jeton)
            except ErreurMetier as erreur:
                reponse = page_erreur(erreur.statut, dire(erreur))
            return discret(reponse)

        return enveloppe

    return decorateur


def _convocation(request: HttpRequest, jeton: str) -> Convocation:
    """Return the convocation of an address, secret or an aidant's.

    Raises:
        Http404: the aidant's organisation has no mandate on it. ErreurMetier: 403, 404, 410.
    """
    if aidant_de(request) is None:
        return convocation_du_lien(jeton, maintenant=maintenant())
    chercher = convocation_de_l_aidant if jeton.startswith(PREFIXE_AIDANT) else convocation_du_lien
    convocation = chercher(jeton, maintenant=maintenant())
    par = acteur_de(request, convocation.demande)
    if not par.peut_sur(Droit.RESERVER, convocation.demande):
        raise DroitRefuse
    consulter(convocation.demande, par=par, maintenant=maintenant(), quoi="rendez_vous")
    return convocation


def _limiter(request: HttpRequest, convocation: Convocation) -> None:
    """Count what is asked behind a link: by link, and by connection but for aidants, who act for many persons.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    debit.exiger("rdv-lien", str(convocation.pk), capacite=GESTES_PAR_LIEN, periode=PERIODE)
    if aidant_de(request) is None:
        debit.exiger("rdv-adresse", adresse_ip(request), capacite=GESTES_PAR_ADRESSE, periode=PERIODE)


def limiter_les_abandons(request: HttpRequest, convocation: Convocation) -> None:
    """Count the places that a link gives up, but for aidants.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429).
    """
    if aidant_de(request) is None:
        debit.exiger("rdv-abandons", str(convocation.pk), capacite=ABANDONS_PAR_LIEN, periode=PERIODE)


def discret(reponse: HttpResponse) -> HttpResponse:
    """Keep a page behind a secret address out of caches, search engines and referrers."""
    add_never_cache_headers(reponse)
    reponse["Cache-Control"] = "no-store"
    reponse["Referrer-Policy"] = "no-referrer"
    reponse["X-Robots-Tag"] = "noindex, nofollow"
    return reponse


def est_verifiee(request: HttpRequest, convocation: Convocation) -> bool:
    """Say whether this session has passed the second check of this convocation, or a mandate stands for it."""
    if aidant_de(request) is not None:
        return True  # `_convocation` has read the mandate
    return str(convocation.cle) in request.session.get(CLE_SESSION, [])


def retenir(request: HttpRequest, convocation: Convocation) -> None:
    """Remember, under a new session key, that the second check of this convocation is passed."""
    request.session.cycle_key()
    request.session[CLE_SESSION] = [*request.session.get(CLE_SESSION, []), str(convocation.cle)]
