"""The follow-up of a demande, for its usager or who is mandated: how to reach it, and what it shows."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.cycle import Etat
from demandes.models import Demande
from demandes.services.acces import demande_du_lien, demander_code, verifier_code
from demandes.services.messages import marquer_lus
from demandes.views.acces import acteur_de, exiger, fermer, limiter_adresse, ouvrir
from demandes.views.franceconnect import CHEMIN_TEMOIN, TEMOIN
from demandes.views.televersement import LignePiece
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.franceconnect import adresse_de_deconnexion, est_actif
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import adresse_ip, sans_trace, vers
from planipref.pages.formulaires import NUMERO, FormulaireCode, FormulaireMessage, FormulaireSuivi
from planipref.pages.suivi import page_suivi

CLE_REFERENCE = "suivi_reference"
FORMULAIRE = ["GET", "HEAD", "POST"]


@public
@sans_trace
@require_http_methods(FORMULAIRE)
def suivi(request: HttpRequest) -> HttpResponse:
    """Ask for the number and the birth date; the answer is the same whether they match or not."""
    form = FormulaireSuivi(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        limiter_adresse(request)
        numero = form.cleaned_data["numero"]
        naissance, origine = form.cleaned_data["date_naissance"], adresse_ip(request)
        demander_code(numero, naissance, origine=origine, maintenant=maintenant())
        request.session[CLE_REFERENCE] = numero
        return vers("pages:suivi_code")
    contexte = {"form": form, "franceconnect": est_actif()}
    return render(request, "pages/suivi.html", contexte, status=422 if form.is_bound else 200)


@public
@sans_trace
@require_http_methods(FORMULAIRE)
def suivi_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the mail, then open the demande."""
    reference = request.session.get(CLE_REFERENCE)
    if not reference:
        return vers("pages:suivi")
    form = FormulaireCode(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        limiter_adresse(request)
        try:
            code, origine = form.cleaned_data["code"], adresse_ip(request)
            demande = verifier_code(reference, code, origine=origine, maintenant=maintenant())
        except ErreurMetier as erreur:
            if erreur.statut != 422:
                raise
            appliquer_erreur(form, erreur)
        else:
            del request.session[CLE_REFERENCE]
            return entrer(request, demande)
    par_numero = NUMERO.fullmatch(reference) is not None
    recommencer = reverse("pages:suivi") if par_numero else reverse("demandes:depot", args=[reference])
    contexte = {"form": form, "par_numero": par_numero, "recommencer": recommencer}
    return render(request, "pages/suivi_code.html", contexte, status=422 if form.is_bound else 200)


@public
@sans_trace
@require_safe
def suivi_lien(request: HttpRequest, cle: uuid.UUID, jeton: str) -> HttpResponse:
    """Open the demande of a mailed link."""
    return entrer(request, demande_du_lien(cle, jeton, maintenant=maintenant()))


@public
@sans_trace
@require_POST
def suivi_quitter(request: HttpRequest) -> HttpResponse:
    """Forget the demandes of this session; who came with FranceConnect leaves it too."""
    jeton = request.COOKIES.get(TEMOIN, "")
    fermer(request)
    if not jeton or not est_actif():
        return vers("pages:accueil")
    # A page, not a redirect: a form may not lead to another site (CSP form-action), nor to those it leads to.
    adresse = adresse_de_deconnexion(request, jeton)
    reponse = render(request, "pages/suivi_quitte.html", {"adresse": adresse})
    reponse.delete_cookie(TEMOIN, path=CHEMIN_TEMOIN, samesite="Lax")
    return reponse


@public
@sans_trace
@require_safe
def suivi_dossier(request: HttpRequest, numero: str) -> HttpResponse:
    """Show where the demande stands and what to do next."""
    demande = exiger(request, numero)
    if demande.etat == Etat.BROUILLON:  # an aidant comes with the key of the draft
        return vers("demandes:depot", demande.cle)
    return rendre_dossier(request, demande)


def rendre_dossier(
    request: HttpRequest,
    demande: Demande,
    *,
    form: FormulaireMessage | None = None,
    erreurs: dict[str, str] | None = None,
    gardes: bool = False,
) -> HttpResponse:
    """Render the follow-up page, with what was refused when something was (422)."""
    par = acteur_de(request, demande)
    page = page_suivi(demande, par=par, maintenant=maintenant())
    if page.a_des_nouveaux and not par.est_organisme:  # the person has not read them yet
        marquer_lus(demande, par=par, maintenant=maintenant())
    refuse = form is not None or erreurs is not None
    contexte = {
        "demande": demande,
        "page": page,
        "lignes": [LignePiece(p, (erreurs or {}).get(p.requise.code, "")) for p in page.pieces],
        "erreurs": erreurs or {},
        "gardes": gardes,
        "form": form or FormulaireMessage(),
    }
    return render(request, "pages/suivi_dossier.html", contexte, status=422 if refuse else 200)


def entrer(request: HttpRequest, demande: Demande) -> HttpResponse:
    """Open a demande in the session and go to its page."""
    ouvrir(request, demande)
    if demande.etat == Etat.BROUILLON:
        return vers("demandes:depot", demande.cle)
    return vers("pages:suivi_dossier", demande.numero)
