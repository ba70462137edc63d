"""The rules of the messages that remind, of a préfecture or of the country."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from demandes.droits import Droit
from demandes.forms.messages import FormulaireMessages
from demandes.selectors_messages import regles_au_dessus, valeurs_de
from demandes.services import parametrage as services
from demandes.views.agents import acteur_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.reponses import vers
from planipref.pages.views.parametrage import portee_demandee


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_messages(request: HttpRequest, ou: str) -> HttpResponse:
    """Show the rules of a scope beside those above, and set them."""
    portee = portee_demandee(request, ou)
    form = FormulaireMessages(
        request.POST if request.method == "POST" else None,
        au_dessus=regles_au_dessus(portee.pk),
        national=portee.est_nationale,
        initial=valeurs_de(portee.pk),
    )
    if form.is_bound and form.is_valid():
        try:
            services.regler_messages(portee.prefecture, form.cleaned_data, par=acteur_de(request))
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "Les règles des messages sont enregistrées.")
            return vers("pages:parametrage_messages", portee.ou)
    contexte = {"portee": portee, "form": form}
    return render(request, "pages/parametrage_messages.html", contexte, status=422 if form.errors else 200)
