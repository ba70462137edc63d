"""Giving a person of age of the family an access of their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from demandes.forms.famille import FormulaireAccesPropre
from demandes.services.acces_propre import quitter_la_famille
from demandes.views.acces import acteur_de, aidant_de, cles_ouvertes, exiger
from planipref.commun.acces import public
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace, vers


@public
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def suivi_acces_propre(request: HttpRequest, numero: str) -> HttpResponse:
    """Ask for their own address; then nobody of the family opens their demande any more."""
    demande = exiger(request, numero)
    principale = demande.principale
    if principale is None or aidant_de(request) is not None:
        return vers("pages:suivi_dossier", numero)
    form = FormulaireAccesPropre(request.POST if request.method == "POST" else None)
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        par = acteur_de(request, demande)
        try:
            quitter_la_famille(demande, courriel=form.cleaned_data["courriel"], par=par, maintenant=maintenant())
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            messages.success(request, _("C’est fait. Cette personne reçoit son lien de suivi par courriel."))
            if principale.cle_session in cles_ouvertes(request) and principale.numero:
                return vers("pages:suivi_dossier", principale.numero)
            return vers("pages:suivi")
    return render(request, "pages/suivi_acces_propre.html", {"form": form, "demande": demande}, status=statut)
