"""The page by which a person gives a mandate, refuses it, or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from demandes.forms.mandat import FormulaireNaissance
from demandes.models import Mandat
from demandes.services import mandats
from demandes.services.lien_mandat import mandat_du_lien, verifier_naissance_mandat
from demandes.views.acces import aidant_de, limiter_adresse
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.langues import parler_a
from planipref.commun.reponses import adresse_ip, sans_trace, vers

CLE_SESSION = "mandats_verifies"

VueDuMandat = Callable[[HttpRequest, Mandat, str], HttpResponse]


def lien_de_mandat(*, verifie: bool = True) -> Callable[[VueDuMandat], Callable[[HttpRequest, str], HttpResponse]]:
    """Open a view by the secret of a mandate; an aidant is sent away: only the person signs.

    Args:
        verifie: whether the second check must have been passed in this session; otherwise it is asked for first.
    """

    def decorateur(vue: VueDuMandat) -> Callable[[HttpRequest, str], HttpResponse]:
        @public
        @sans_trace
        @wraps(vue)
        def enveloppe(request: HttpRequest, jeton: str) -> HttpResponse:
            if aidant_de(request) is not None:
                raise PermissionDenied
            trouve = mandat_du_lien(jeton, maintenant=maintenant())
            parler_a(request, trouve.usager.langue)
            a_verifier = verifie and not _est_verifie(request, trouve)
            reponse = vers("demandes:mandat", jeton) if a_verifier else vue(request, trouve, jeton)
            reponse["Referrer-Policy"] = "no-referrer"
            reponse["X-Robots-Tag"] = "noindex, nofollow"
            return reponse

        return enveloppe

    return decorateur


@require_http_methods(["GET", "HEAD", "POST"])
@lien_de_mandat(verifie=False)
def mandat(request: HttpRequest, mandat: Mandat, jeton: str) -> HttpResponse:
    """Ask for the birth date, then show who asks, for what and until when."""
    if _est_verifie(request, mandat):
        jour = aujourdhui(mandat.demande.prefecture.fuseau, maintenant())
        contexte = {"mandat": mandat, "jeton": jeton, "a_signer": mandat.situation(jour) == Mandat.Situation.A_SIGNER}
        return render(request, "demandes/mandat.html", contexte)
    form = FormulaireNaissance(request.POST if request.method == "POST" else None)
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        limiter_adresse(request)
        try:
            naissance, origine = form.cleaned_data["date_naissance"], adresse_ip(request)
            verifier_naissance_mandat(mandat, naissance, origine=origine, maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            request.session.cycle_key()
            request.session[CLE_SESSION] = [*request.session.get(CLE_SESSION, []), str(mandat.cle)]
            return vers("demandes:mandat", jeton)
    return render(request, "demandes/mandat_verification.html", {"form": form}, status=statut)


@require_POST
@lien_de_mandat()
def donner(request: HttpRequest, mandat: Mandat, jeton: str) -> HttpResponse:
    """Sign."""
    if mandat.signe_le is None:  # pressed twice: the first one was enough
        mandats.donner(mandat, par=mandats.titulaire(mandat), maintenant=maintenant())
        messages.success(request, _("Vous avez donné ce mandat. Vous pouvez le retirer quand vous voulez."))
    return vers("demandes:mandat", jeton)


@require_POST
@lien_de_mandat()
def refuser(request: HttpRequest, mandat: Mandat, jeton: str) -> HttpResponse:
    """Refuse."""
    mandats.refuser(mandat, par=mandats.titulaire(mandat), maintenant=maintenant())
    return render(request, "demandes/mandat_fini.html", {"mandat": mandat, "refuse": True})


@require_POST
@lien_de_mandat()
def retirer(request: HttpRequest, mandat: Mandat, jeton: str) -> HttpResponse:
    """Take back what was given: it ends at once."""
    mandats.revoquer(mandat, par=mandats.titulaire(mandat), maintenant=maintenant())
    return render(request, "demandes/mandat_fini.html", {"mandat": mandat, "refuse": False})


def _est_verifie(request: HttpRequest, mandat: Mandat) -> bool:
    return str(mandat.cle) in request.session.get(CLE_SESSION, [])
