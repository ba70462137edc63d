"""Going to FranceConnect and coming back: the identity goes to the session or to the draft, never to an account."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demandes.services.franceconnect import empreinte_identite, identifier_brouillon
from demandes.views.acces import aidant_de, exiger, limiter_adresse, ouvrir
from demandes.views.parcours import IDENTITE
from planipref.commun import franceconnect
from planipref.commun.acces import public
from planipref.commun.franceconnect import EchecFranceConnect, IdentitePivot
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace, vers

CLE_IDENTITE = "franceconnect"
# The token that ends the session over there names the person: it stays in their browser, for one address only.
TEMOIN = "planipref_fc"
CHEMIN_TEMOIN = "/suivi/quitter/"


@public
@sans_trace
@require_safe
def connexion(request: HttpRequest) -> HttpResponse:
    """Send the browser to FranceConnect, for a draft of this session or for the follow-up."""
    if not franceconnect.est_actif():
        raise Http404
    cle = request.GET.get("demande", "")
    if cle and (aidant_de(request) is not None or exiger(request, cle).principale_id is not None):
        raise Http404  # the person of the draft is not the one in front of the browser
    return HttpResponseRedirect(franceconnect.commencer(request, destination=cle))


@public
@sans_trace
@require_safe
def retour(request: HttpRequest) -> HttpResponse:
    """Believe what FranceConnect says of the person, if this session asked for it, or say politely what to do."""
    if not franceconnect.est_actif():
        raise Http404
    destination = ""
    try:
        essai = franceconnect.reprendre(request)
        destination = essai["destination"]
        if "error" in request.GET:
            return _renoncer(request, destination, statut=200)
        limiter_adresse(request)
        identification = franceconnect.identifier(request, essai)
    except EchecFranceConnect as echec:
        return _renoncer(request, destination, statut=echec.statut)
    reponse = _accueillir(request, identification.pivot, destination)
    reponse.set_cookie(
        TEMOIN, identification.jeton, path=CHEMIN_TEMOIN, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return reponse


def _accueillir(request: HttpRequest, pivot: IdentitePivot, destination: str) -> HttpResponse:
    """Fill the draft, or open the list of the person's demandes; the session changes its name, against fixation."""
    if not destination:
        request.session.cycle_key()
        request.session[CLE_IDENTITE] = empreinte_identite(pivot.sub)
        return vers("pages:suivi_demandes")
    demande = identifier_brouillon(exiger(request, destination), pivot, maintenant=maintenant())
    ouvrir(request, demande)
    request.session[CLE_IDENTITE] = empreinte_identite(pivot.sub)
    return vers("demandes:depot_etape", demande.cle, IDENTITE)


def _renoncer(request: HttpRequest, destination: str, *, statut: int) -> HttpResponse:
    contexte = {"cle": destination, "renonce": statut == 200, "panne": statut == 503}
    return render(request, "demandes/franceconnect_echec.html", contexte, status=statut)
