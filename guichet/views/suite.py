"""For the person in hand, without leaving the counter: a scan added to a piece, the next appointment given, printed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from demandes.droits import Droit
from demandes.models import Convocation, Demande
from demandes.selectors import membres, personne_a_venir
from demandes.views.agents import acteur_de
from guichet.selectors import pieces_au_guichet, prochain_rendez_vous
from guichet.services.suite import donner_rendez_vous, numeriser
from guichet.views.ecran import (
    exiger_demande,
    exiger_personne,
    formulaire_retour,
    formulaire_scan,
    refuser,
    rendre_ecran,
    retour,
)
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.qr import qr_svg
from planipref.commun.templatetags.planipref import heure, jour_long
from planning.models import RendezVous


@droit(Droit.RECEVOIR)
@require_POST
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a scan to a piece of the person at the counter."""
    try:
        demande = exiger_demande(request, pk)
        form = formulaire_scan(demande, pieces_au_guichet(demande), request.POST, request.FILES)
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    if form is None:
        fermee = "Cette demande n’attend pas de pièce en ce moment."
        return refuser(request, ErreurMetier("piece_fermee", fermee, statut=409))
    numero = demande.numero or ""
    if not form.is_valid():
        return rendre_ecran(request, form=form, numero=numero, statut=422)
    piece, vue = form.cleaned_data["piece"], form.cleaned_data["vue"]
    par = acteur_de(request)
    try:
        conforme = numeriser(demande, piece, form.lus(), vue=vue, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.statut != 422:
            return refuser(request, erreur)
        appliquer_erreur(form, ErreurMetier(erreur.code, erreur.message, champ="fichiers"))
        return rendre_ecran(request, form=form, numero=numero, statut=422)
    suite = " L’antivirus l’analyse : dites « Conforme » dans un instant." if conforme is None else ""
    messages.success(request, f"Le fichier est ajouté à la demande {demande.numero}.{suite}")
    return retour(request)


@droit(Droit.RECEVOIR)
@require_POST
def donner(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the person at the counter their next appointment."""
    try:
        passage, demande = exiger_personne(request, pk)
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    revient = prochain_rendez_vous(demande)
    form, numero = formulaire_retour(demande, passage, request.POST, revient=revient), demande.numero or ""
    if not form.is_valid():
        return rendre_ecran(request, form=form, numero=numero, statut=422)
    par = acteur_de(request)
    try:
        pris = donner_rendez_vous(demande, **form.cleaned_data, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.code != "creneau_complet":
            return refuser(request, erreur)
        appliquer_erreur(form, ErreurMetier(erreur.code, erreur.message, champ="creneau"))
        return rendre_ecran(request, form=form, numero=numero, statut=422)
    messages.success(request, _dit(demande, pris))
    return retour(request)


@droit(Droit.RECEVOIR)
@require_GET
def imprimer(request: HttpRequest, pk: int, numero: str) -> HttpResponse:
    """Show, ready to print, the next appointment of the person at the counter: when, where, what to bring."""
    _passage, demande = exiger_personne(request, pk, numero)
    pris, par = prochain_rendez_vous(demande), acteur_de(request)
    if pris is None or not par.peut_sur(Droit.CONSULTER, demande):
        raise Http404
    venues = [c.demande for c in membres(pris.convocation)]
    contexte = {
        "demande": demande,
        "rendez_vous": pris,
        "site": pris.creneau.file.site,
        "convocation": pris.convocation,
        "personnes": [personne_a_venir(d) for d in venues if par.peut_sur(Droit.CONSULTER, d)],
        "remise": pris.convocation.objet == Convocation.Objet.REMISE,
        "qr": qr_svg(str(demande), titre="Code QR à présenter à l’accueil"),
    }
    return render(request, "guichet/rendez_vous.html", contexte)


def _dit(demande: Demande, pris: RendezVous) -> str:
    local = pris.creneau.debut.astimezone(ZoneInfo(demande.prefecture.fuseau))
    phrase = f"Rendez-vous donné : {jour_long(local.date())} à {heure(local.time())}, {pris.creneau.file.site.nom}."
    if demande.usager.courriel:
        return f"{phrase} La confirmation part à {demande.usager.courriel}."
    return f"{phrase} La personne n’a pas de courriel : écrivez-le-lui."
