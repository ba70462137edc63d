"""The ticket and the receipt that a walk-in goes away with."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from demandes.droits import Droit
from demandes.models import Acte
from guichet.selectors import dernier_acte, passage_visible, venues_de
from guichet.selectors_attente import attentes_de
from guichet.views.borne import adresse_du_ticket
from guichet.views.ecran import exiger_passage
from planipref.commun.acces import droit
from planipref.commun.horloge import maintenant
from planipref.commun.qr import qr_svg


@droit(Droit.ACCUEILLIR)
@require_GET
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the ticket, ready to print, with the receipt of the demande."""
    passage = exiger_passage(request, pk, Droit.ACCUEILLIR, lire=passage_visible)
    demande, instant = passage.demande, maintenant()
    contexte = {
        "attente": attentes_de(passage.site, maintenant=instant).ticket(passage),
        "instant": instant,
        "passage": passage,
        "demande": demande,
        "qr": qr_svg(f"{settings.PLANIPREF_URL}{adresse_du_ticket(passage)}", titre="Code QR du ticket"),
        "adresse_suivi": f"{settings.PLANIPREF_URL}{reverse('pages:suivi')}",
        "venues": venues_de(passage),
        "accuse": dernier_acte(demande, Acte.Genre.ACCUSE_RECEPTION) if demande else None,
    }
    return render(request, "guichet/ticket.html", contexte)
