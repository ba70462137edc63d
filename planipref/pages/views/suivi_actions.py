"""What the usager does from the follow-up page: send pieces, write, withdraw."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from demandes.cycle import Etat
from demandes.selectors import pieces_attendues
from demandes.services.completude import completer
from demandes.services.messages import ecrire
from demandes.services.suites import retirer
from demandes.services.transitions import actions_possibles
from demandes.views.acces import acteur_de, exiger
from demandes.views.televersement import jointe_de, recevoir
from planipref.commun import debit
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.langues import dire
from planipref.commun.reponses import sans_trace, vers
from planipref.pages.formulaires import FormulaireMessage
from planipref.pages.suivi import libelles_manquants
from planipref.pages.views.suivi import rendre_dossier

MESSAGES_PAR_HEURE = 10


@public
@sans_trace
@require_POST
def suivi_completer(request: HttpRequest, numero: str) -> HttpResponse:
    """Keep the pieces sent; once nothing is missing, hand the demande back to the service."""
    demande = exiger(request, numero)
    if demande.etat != Etat.A_COMPLETER:
        return vers("pages:suivi_dossier", numero)  # sent twice: the first one was enough
    par = acteur_de(request, demande)
    manquantes = [p for p in pieces_attendues(demande) if p.manque]
    recues, erreurs = recevoir(request, demande, manquantes, par=par)
    restantes = [p for p in pieces_attendues(demande) if p.manque]
    if erreurs or (restantes and not recues):
        choisir = {p.requise.code: _("Choisissez un fichier.") for p in restantes}
        return rendre_dossier(request, demande, erreurs=erreurs or choisir, gardes=recues > 0)
    if restantes:
        texte = _("Documents reçus. Il manque encore : %s.") % libelles_manquants(restantes)
        messages.warning(request, texte)
    else:
        completer(demande, par=par, maintenant=maintenant())
        messages.success(request, _("Vos documents sont envoyés. Vous n’avez plus rien à faire."))
    return vers("pages:suivi_dossier", numero)


@public
@sans_trace
@require_POST
def suivi_ecrire(request: HttpRequest, numero: str) -> HttpResponse:
    """Send a message to the service."""
    demande = exiger(request, numero)
    form = FormulaireMessage(request.POST, request.FILES)
    if not form.is_valid():
        return rendre_dossier(request, demande, form=form)
    debit.exiger("message", str(demande.pk), capacite=MESSAGES_PAR_HEURE, periode=timedelta(hours=1))
    par, corps = acteur_de(request, demande), form.cleaned_data["corps"]
    try:
        ecrire(demande, corps, jointe=jointe_de(form.cleaned_data["fichiers"]), par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.statut != 422:
            raise
        appliquer_erreur(form, erreur)
        return rendre_dossier(request, demande, form=form)
    messages.success(request, _("Votre message est envoyé au service."))
    return vers("pages:suivi_dossier", numero)


@public
@sans_trace
@require_http_methods(["GET", "HEAD", "POST"])
def suivi_retirer(request: HttpRequest, numero: str) -> HttpResponse:
    """Ask to confirm, then withdraw the demande."""
    demande = exiger(request, numero)
    par = acteur_de(request, demande)
    if not any(t.nom == "retirer" for t in actions_possibles(demande, par)):
        return vers("pages:suivi_dossier", numero)
    if request.method == "POST":
        try:
            retirer(demande, par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            messages.error(request, dire(erreur))
        else:
            messages.success(request, _("Votre demande est retirée."))
        return vers("pages:suivi_dossier", numero)
    return render(request, "pages/suivi_retirer.html", {"demande": demande})
