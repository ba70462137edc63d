"""Depositing for another person of the family, from a demande that this session, or a mandate, opens."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from demandes.forms.famille import FormulaireProche
from demandes.selectors import motifs_de_la_prefecture
from demandes.services.famille import commencer_pour_un_proche
from demandes.views.acces import acteur_de, aidant_de, exiger, limiter_commencement
from demandes.views.parcours import IDENTITE
from planipref.commun.acces import public
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace, vers


@public
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def famille(request: HttpRequest, cle: uuid.UUID) -> HttpResponse:
    """Ask who the person is and what for, then open their draft in the same préfecture.

    From the page of another person of the family, it is still the principal demande that the new one joins: who was
    given one file only cannot add to the family.
    """
    demande = exiger(request, cle)
    if demande.principale is not None:
        demande = exiger(request, demande.principale.cle)
    if aidant_de(request) is not None:  # they begin with the person and the mandate
        return HttpResponse(
            status=303, headers={"Location": f"{reverse('pages:accompagnement_nouvelle')}?famille={demande.cle}"}
        )
    form = FormulaireProche(
        request.POST if request.method == "POST" else None,
        motifs=motifs_de_la_prefecture(demande.prefecture),
        initial={"motif": demande.motif.code},
    )
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        limiter_commencement(request)
        par, donnees = acteur_de(request, demande), form.cleaned_data
        try:
            nouvelle = commencer_pour_un_proche(
                demande, donnees["motif"], lien=donnees["lien"], par=par, maintenant=maintenant()
            )
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            return vers("demandes:depot_etape", nouvelle.cle, IDENTITE)
    return render(request, "demandes/famille.html", {"form": form, "demande": demande}, status=statut)
