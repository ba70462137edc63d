"""The kiosk: its pages for usagers, and its installation by an agent on the device itself."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Site
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.borne import FormulaireBorne, FormulairePresence, FormulaireTicket
from guichet.models import Passage, PosteAffichage
from guichet.selectors import (
    borne_de,
    bornes_du_site,
    motifs_a_la_borne,
    passage_a_la_borne,
    passage_du_ticket,
    site_d_accueil,
    version_de,
)
from guichet.selectors_attente import attentes_de, attentes_partagees
from guichet.services import borne as services
from planipref.commun.acces import droit, public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.langues import TEMOIN as TEMOIN_LANGUE
from planipref.commun.qr import qr_svg
from planipref.commun.reponses import sans_trace, vers

TEMOIN, DUREE_TEMOIN = "pp_borne", timedelta(days=400)
CHEMIN_TEMOIN = "/borne/"
# How long the ticket stays readable at the kiosk, and how long each page waits for somebody before it starts again.
LISIBLE = timedelta(minutes=2)
# The last part of that time warns: long enough to read, and to say that one is still there (WCAG 2.2.1).
RETOUR_SECONDES, AVERTISSEMENT_SECONDES = 50, 20
CLE_TICKET = "borne_ticket"
SEL_TICKET = "guichet.ticket"


def exiger_borne(request: HttpRequest, code: str) -> PosteAffichage:
    """Return the kiosk that this browser is; refuse any other browser."""
    borne = borne_de(code, request.COOKIES.get(TEMOIN, ""))
    if borne is None:
        phrase = _(
            "Cet écran n’est pas encore une borne de ce site. Adressez-vous à l’accueil : un agent peut l’installer."
        )
        raise ErreurMetier("borne_inconnue", phrase, statut=403)
    return borne


@public
@sans_trace
@require_GET
def accueil(request: HttpRequest, code: str) -> HttpResponse:
    """Ask whether the person has an appointment; each new person begins in French."""
    borne = exiger_borne(request, code)
    reponse = _page(request, borne, "accueil", motifs=motifs_a_la_borne(borne.site))
    if "fin" in request.GET:
        reponse = vers("guichet:borne", code)
        reponse.delete_cookie(TEMOIN_LANGUE)
    return reponse


@public
@sans_trace
@require_http_methods(["GET", "POST"])
def rendez_vous(request: HttpRequest, code: str) -> HttpResponse:
    """Register who has an appointment, by the QR code or the number, and the birth date."""
    borne = exiger_borne(request, code)
    form = FormulairePresence(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passage = services.se_presenter(borne, **form.cleaned_data, maintenant=maintenant())
        except ErreurMetier as erreur:
            if erreur.code == "trop_tot":  # nothing to correct: an hour to come back at
                return _page(request, borne, "rendez_vous", avis=erreur.message)
            _dire(form, erreur, "numero")
        else:
            return _donner(request, code, passage)
    return _page(request, borne, "rendez_vous", form=form)


@public
@sans_trace
@require_http_methods(["GET", "POST"])
def sans_rdv(request: HttpRequest, code: str) -> HttpResponse:
    """Give a ticket to who has no appointment."""
    borne = exiger_borne(request, code)
    form = FormulaireTicket(request.POST or None, motifs=motifs_a_la_borne(borne.site))
    if request.method == "POST" and form.is_valid():
        try:
            passage = services.prendre_ticket(borne, **form.cleaned_data, maintenant=maintenant())
        except ErreurMetier as erreur:
            _dire(form, erreur, "motif")
        else:
            return _donner(request, code, passage)
    return _page(request, borne, "sans_rdv", form=form)


@public
@sans_trace
@require_GET
def ticket(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show the ticket just given, with a code that carries it to the phone."""
    borne, instant = exiger_borne(request, code), maintenant()
    donne, jusqu_a = request.session.get(CLE_TICKET, (0, 0.0))
    passage = passage_a_la_borne(borne.site, pk) if donne == pk and instant.timestamp() < jusqu_a else None
    if passage is None:
        return vers("guichet:borne", code)
    adresse = f"{settings.PLANIPREF_URL}{adresse_du_ticket(passage)}"
    attente = attentes_de(passage.site, maintenant=instant).ticket(passage)
    return _page(request, borne, "ticket", passage=passage, attente=attente, qr=qr_svg(adresse), adresse=adresse)


def _donner(request: HttpRequest, code: str, passage: Passage) -> HttpResponse:
    """Show a ticket, that the kiosk may read for a short while."""
    request.session[CLE_TICKET] = (passage.pk, (maintenant() + LISIBLE).timestamp())
    return vers("guichet:borne_ticket", code, passage.pk)


def adresse_du_ticket(passage: Passage) -> str:
    """Return the address of a ticket on a phone: signed, good for its day."""
    return reverse("guichet:ticket_telephone", args=[signing.dumps(passage.pk, salt=SEL_TICKET)])


@public
@sans_trace
@require_GET
def ticket_telephone(request: HttpRequest, jeton: str) -> HttpResponse:
    """Show on the phone where a ticket stands: who is before, the wait, the counter that calls."""
    instant = maintenant()
    try:
        passage = passage_du_ticket(int(signing.loads(jeton, salt=SEL_TICKET)), maintenant=instant)
    except signing.BadSignature as erreur:
        raise Http404 from erreur
    if passage is None:
        return render(request, "guichet/ticket_telephone.html", {"passage": None}, status=410)
    attendent = passage.etat == Passage.Etat.ARRIVE
    attente = attentes_partagees(passage, maintenant=instant).ticket(passage) if attendent else None
    version = version_de(passage.etat, passage.guichet_id, attente)
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    modele = "_ticket_telephone" if "version" in request.GET else "ticket_telephone"
    return render(request, f"guichet/{modele}.html", {"passage": passage, "ticket": attente, "version": version})


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def installer(request: HttpRequest, code: str) -> HttpResponse:
    """Make this browser a kiosk of the site, and sign its agent out; the kiosks of the site are listed."""
    site = _site(request, code)
    form = FormulaireBorne(request.POST or None)
    if request.method == "POST" and form.is_valid():
        par = acteur_de(request)
        try:
            _borne, jeton = services.installer_borne(site, form.cleaned_data["nom"], par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            logout(request)
            reponse = vers("guichet:borne", code)
            reponse.set_cookie(
                TEMOIN,
                jeton,
                max_age=DUREE_TEMOIN,
                path=CHEMIN_TEMOIN,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
            return reponse
    contexte = {"site": site, "form": form, "bornes": bornes_du_site(site)}
    return render(request, "guichet/borne_installer.html", contexte, status=422 if form.errors else 200)


@droit(Droit.ACCUEILLIR)
@require_POST
def retirer(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take a kiosk out of use."""
    site = _site(request, code)
    borne = next((b for b in bornes_du_site(site) if b.pk == pk), None)
    if borne is None:
        raise Http404
    services.retirer_borne(borne, par=acteur_de(request), maintenant=maintenant())
    return vers("guichet:borne_installer", code)


def _site(request: HttpRequest, code: str) -> Site:
    site = site_d_accueil(agent_de(request), code)
    if site is None:
        raise Http404
    return site


def _page(request: HttpRequest, borne: PosteAffichage, ecran: str, **contexte: object) -> HttpResponse:
    contexte |= {"borne": borne, "site": borne.site, "retour_secondes": RETOUR_SECONDES}
    contexte |= {"avertissement_secondes": AVERTISSEMENT_SECONDES}
    form = contexte.get("form")
    erreurs = isinstance(form, FormulairePresence | FormulaireTicket) and bool(form.errors)
    return render(request, f"guichet/borne_{ecran}.html", contexte, status=422 if erreurs else 200)


def _dire(form: FormulairePresence | FormulaireTicket, erreur: ErreurMetier, champ: str) -> None:
    """Show any refusal beside a field: whoever stands at a kiosk must not meet another page."""
    if erreur.champ not in form.fields:
        erreur = ErreurMetier(erreur.code, erreur.message, champ=champ, statut=erreur.statut)
    appliquer_erreur(form, erreur)
