"""The waiting list, behind the nominative link: join, leave, take or refuse the place held."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from demandes.models import Convocation
from demandes.views.acces import acteur_de
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire
from planipref.commun.reponses import vers
from planning.services import attente as services
from planning.views.acces import lien_secret


@require_POST
@lien_secret()
def attente(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Join the waiting list, or leave it."""
    par, instant = acteur_de(request, convocation.demande), maintenant()
    try:
        if request.POST.get("geste") == "quitter":
            services.desinscrire(convocation, par=par, maintenant=instant)
            messages.success(request, _("Vous n’êtes plus sur la liste d’attente."))
        else:
            services.inscrire(convocation, par=par, maintenant=instant)
            messages.success(
                request, _("Vous êtes sur la liste d’attente. Nous vous écrivons dès qu’une place se libère.")
            )
    except ErreurMetier as erreur:
        _dire(request, erreur)
    return vers("planning:lien", jeton)


@require_POST
@lien_secret()
def offre(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Take the place held for the person, or let it go to the next one."""
    par, instant = acteur_de(request, convocation.demande), maintenant()
    saisie = request.POST.get("offre", "")
    cle = int(saisie) if saisie.isdecimal() and len(saisie) < 19 else 0
    try:
        if request.POST.get("geste") == "refuser":
            services.refuser(convocation, cle, par=par, maintenant=instant)
            messages.success(request, _("Cette place est proposée à quelqu’un d’autre."))
        else:
            services.accepter(convocation, cle, par=par, maintenant=instant)
            messages.success(
                request, _("Votre rendez-vous est enregistré. Nous vous envoyons un message de confirmation.")
            )
    except ErreurMetier as erreur:
        _dire(request, erreur)
    return vers("planning:lien", jeton)


def _dire(request: HttpRequest, erreur: ErreurMetier) -> None:
    """Say on the page of the link what was not done; a right that lacks, or a dead link, is no matter of the page."""
    if erreur.statut != 409:
        raise erreur
    messages.warning(request, dire(erreur))
