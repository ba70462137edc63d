"""The page of letters: what waits by service, the batches, their PDF, and what became of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe

from demandes.droits import Droit
from demandes.models import LotCourrier
from demandes.selectors import acteur_agent
from demandes.selectors_courrier import lettres_du_lot, lettres_par_service, lot_de, lots_de, service_des_lettres
from demandes.services import lots_courrier as services
from demandes.services.courriels import objet_court
from demandes.services.validite import encore_vraies
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers

LOTS_PAR_PAGE = 30
FAITS = {
    "poster": (services.poster_lot, "est postée", "sont postées"),
    "abandonner": (services.abandonner_lot, "attend de nouveau", "attendent de nouveau"),
}


@droit(Droit.VERIFIER)
@require_safe
def courriers(request: HttpRequest) -> HttpResponse:
    """Show what waits and the batches, the newest first."""
    agent = agent_de(request)
    contexte = {
        "attentes": lettres_par_service(agent),
        "page": Paginator(lots_de(agent), LOTS_PAR_PAGE).get_page(request.GET.get("page")),
        "plafond": services.LETTRES_PAR_LOT,
    }
    return render(request, "demandes/courriers.html", contexte)


@droit(Droit.VERIFIER)
@require_POST
def courriers_preparer(request: HttpRequest, service: int) -> HttpResponse:
    """Take the letters of a service that have waited longest."""
    agent = agent_de(request)
    trouve = service_des_lettres(agent, service)
    if trouve is None:
        raise Http404
    lot = services.preparer_lot(trouve, par=acteur_agent(agent), maintenant=maintenant())
    if lot is None:
        messages.info(request, "Aucune lettre à imprimer : un collègue les a prises, ou il manque une adresse.")
        return vers("demandes:courriers")
    messages.success(request, f"Lot n° {lot.numero} préparé : {nombre(lot.nb_lettres, 'lettre', 'lettres')}.")
    return vers("demandes:lot", lot.pk)


@droit(Droit.VERIFIER)
@require_safe
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a batch and its letters, those that are no longer true marked."""
    trouve, instant = _lot(request, pk), maintenant()
    ouvert = trouve.etat == LotCourrier.Etat.PREPARE
    lues = list(lettres_du_lot(trouve))
    vraies = encore_vraies(lues, instant) if ouvert else {n.pk for n in lues}
    lettres = [(n, objet_court(n.modele), n.pk not in vraies) for n in lues]
    contexte = {"lot": trouve, "lettres": lettres, "ouvert": ouvert, "tarde": services.est_en_retard(trouve, instant)}
    return render(request, "demandes/lot.html", contexte)


@droit(Droit.VERIFIER)
@require_GET
def lot_etat(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where the composition stands; once it is done, the page loads itself again."""
    trouve = _lot(request, pk)
    contexte = {"lot": trouve, "tarde": services.est_en_retard(trouve, maintenant())}
    reponse = render(request, "demandes/_lot_composition.html", contexte)
    if trouve.pdf or trouve.etat != LotCourrier.Etat.PREPARE:
        reponse["HX-Refresh"] = "true"
    return reponse


@droit(Droit.VERIFIER)
@require_GET
def lot_pdf(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """Serve what is to print; what the store has lost is made again."""
    trouve = _lot(request, pk)
    if not trouve.pdf:
        raise Http404
    try:
        fichier = trouve.pdf.open("rb")
    except FileNotFoundError:
        services.recomposer(trouve, par=acteur_de(request))
        messages.warning(request, "Le fichier de ce lot s’est perdu : il est composé de nouveau.")
        return vers("demandes:lot", pk)
    services.consigner_impression(trouve, par=acteur_de(request), maintenant=maintenant())
    nom = f"lot-{trouve.numero}.pdf"
    return FileResponse(fichier, as_attachment=True, filename=nom, content_type="application/pdf")


@droit(Droit.VERIFIER)
@require_POST
def lot_geste(request: HttpRequest, pk: int, geste: str) -> HttpResponse:
    """Say that a batch was posted, or give its letters back."""
    faire, singulier, pluriel = FAITS[geste]
    trouve = _lot(request, pk)
    try:
        n = faire(trouve, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, f"{nombre(n, f'lettre {singulier}', f'lettres {pluriel}')}.")
    return vers("demandes:lot", pk)


@droit(Droit.VERIFIER)
@require_POST
def lot_retirer(request: HttpRequest, pk: int, lettre: int) -> HttpResponse:
    """Take out of a batch a letter that is no longer true."""
    trouve = _lot(request, pk)
    try:
        services.retirer_lettre(trouve, lettre, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, "La lettre est retirée : jetez-la.")
    return vers("demandes:lot", pk)


def _lot(request: HttpRequest, pk: int) -> LotCourrier:
    trouve = lot_de(agent_de(request), pk)
    if trouve is None:
        raise Http404
    return trouve
