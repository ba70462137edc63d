"""What the person of a link needs on the day of their visit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from demandes.models import Convocation
from demandes.views.acces import acteur_de
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.forms.lien import FormulaireBesoins
from planning.selectors_besoins import besoin_dit
from planning.services.besoins import dire_ses_besoins
from planning.views.acces import lien_secret


@require_http_methods(["GET", "HEAD", "POST"])
@lien_secret()
def besoins(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Ask what the person needs; theirs alone to tell, and to change."""
    par = acteur_de(request, convocation.demande)
    if par.est_organisme:
        raise DroitRefuse
    dit = besoin_dit(convocation)
    initial = {"codes": dit.codes, "langue": dit.langue} if dit else {}
    form = FormulaireBesoins(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        donnees = form.cleaned_data
        dire_ses_besoins(
            convocation, codes=donnees["codes"], langue=donnees["langue"], par=par, maintenant=maintenant()
        )
        messages.success(request, _("C’est noté."))
        return vers("planning:lien", jeton)
    contexte = {"form": form, "jeton": jeton}
    return render(request, "planning/besoins.html", contexte, status=422 if form.is_bound else 200)
