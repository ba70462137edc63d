"""The nominative link: second check, slots, appointment, move, cancellation. Works without JavaScript."""

from __future__ import annotations

from datetime import date, time
from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.models import Convocation
from demandes.selectors import membres, personne_a_venir
from demandes.services.actes import produire
from demandes.services.courriels import ics
from demandes.services.lien_convocation import verifier_naissance
from demandes.services.mandataires import lisibles
from demandes.views.acces import acteur_de
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.langues import dire
from planipref.commun.qr import qr_svg
from planipref.commun.reponses import adresse_ip, vers
from planning.calculs.creneaux import Moment, lundi_de
from planning.forms.lien import FormulaireCreneau, FormulaireNaissance
from planning.models import RendezVous
from planning.selectors import creneau_par_numero, est_epuisee, rendez_vous_actif
from planning.selectors_attente import attente_de
from planning.selectors_besoins import besoin_dit
from planning.selectors_horaires import est_ferme_ce_jour_la
from planning.selectors_libres import question_de
from planning.selectors_lien import Choix, reprise_de, semaine_proposee
from planning.selectors_regles import limites_de
from planning.services import reservation
from planning.services.annonces import donnees_ics
from planning.services.attestation import attester_sans_creneau
from planning.services.confirmation import confirmer as confirmer_la_venue
from planning.services.limites import REPRISE, fin_de_reprise
from planning.services.reprise import reprendre as reprendre_le_rendez_vous
from planning.views.acces import est_verifiee, lien_secret, limiter_les_abandons, retenir


@require_http_methods(["GET", "HEAD", "POST"])
@lien_secret(verifie=False)
def lien(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Ask for the birth date, then show the appointment, or the slots to choose from."""
    if not est_verifiee(request, convocation):
        return _verification(request, convocation, jeton)
    if request.method == "POST":
        return vers("planning:lien", jeton)
    rendez_vous = rendez_vous_actif(convocation)
    if rendez_vous is not None:
        return _page_rendez_vous(request, convocation, jeton, rendez_vous)
    if est_epuisee(convocation):
        return render(request, "planning/lien_epuise.html", _contexte(request, convocation, jeton))
    return _page_creneaux(request, convocation, jeton)


def _verification(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    form = FormulaireNaissance(request.POST if request.method == "POST" else None)
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            naissance, origine = form.cleaned_data["date_naissance"], adresse_ip(request)
            verifier_naissance(convocation, naissance, origine=origine, maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            retenir(request, convocation)
            return vers("planning:lien", jeton)
    return render(request, "planning/lien_verification.html", {"form": form}, status=statut)


@require_POST
@lien_secret()
def reserver(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Book the slot chosen; choosing it twice shows the appointment."""
    return _prendre(request, convocation, jeton, deplacement=False)


@require_http_methods(["GET", "HEAD", "POST"])
@lien_secret()
def deplacer(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Choose another slot; the present one is kept until the new one is taken."""
    if request.method == "POST":
        return _prendre(request, convocation, jeton, deplacement=True)
    rendez_vous = rendez_vous_actif(convocation)
    if rendez_vous is None or maintenant() >= limites_de(rendez_vous).deplacer:
        return vers("planning:lien", jeton)  # which says what may still be done
    return _page_creneaux(request, convocation, jeton, rendez_vous=rendez_vous)


def _prendre(request: HttpRequest, convocation: Convocation, jeton: str, *, deplacement: bool) -> HttpResponse:
    form = FormulaireCreneau(request.POST)
    actuel = rendez_vous_actif(convocation)
    if form.is_valid() and actuel is not None and actuel.creneau_id == form.cleaned_data["creneau"]:
        return vers("planning:lien", jeton)
    if actuel is not None and not deplacement:
        erreur = ErreurMetier("deja_pris", _("Vous avez déjà un rendez-vous. Vous pouvez le déplacer."), statut=409)
        return _page_rendez_vous(request, convocation, jeton, actuel, erreur=erreur)
    if not form.is_valid():
        return _page_creneaux(request, convocation, jeton, rendez_vous=actuel, form=form, statut=422)
    if actuel is not None:
        limiter_les_abandons(request, convocation)
    try:
        _reserver_ou_deplacer(request, convocation, form.cleaned_data["creneau"], deplacement=actuel is not None)
    except ErreurMetier as erreur:
        # Two clicks at once, of which the other one has won; or too late, which the page of the appointment explains.
        if erreur.code in ("deja_pris", "trop_tard"):
            return vers("planning:lien", jeton)
        if erreur.statut != 409:
            raise
        appliquer_erreur(form, erreur)
        return _page_creneaux(request, convocation, jeton, rendez_vous=actuel, form=form, statut=409)
    messages.success(request, _("Votre rendez-vous est enregistré. Nous vous envoyons un message de confirmation."))
    return vers("planning:lien", jeton)


def _reserver_ou_deplacer(request: HttpRequest, convocation: Convocation, numero: int, *, deplacement: bool) -> None:
    creneau = creneau_par_numero(numero)
    if creneau is None:
        raise ErreurMetier("creneau_etranger", _("Ce créneau n’existe pas."), statut=404)
    par, instant = acteur_de(request, convocation.demande), maintenant()
    prendre = reservation.deplacer if deplacement else reservation.reserver
    prendre(convocation, creneau, par=par, maintenant=instant)


@require_http_methods(["GET", "HEAD", "POST"])
@lien_secret()
def annuler(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Ask for a confirmation, then cancel; the link stays good to take another slot."""
    rendez_vous = rendez_vous_actif(convocation)
    if rendez_vous is None:
        return vers("planning:lien", jeton)
    if request.method == "POST":
        return _annuler(request, convocation, jeton)
    instant = maintenant()
    if instant >= limites_de(rendez_vous).annuler:
        return vers("planning:lien", jeton)
    par = acteur_de(request, convocation.demande)
    fin = fin_de_reprise(rendez_vous, "annuler", par=par, maintenant=instant)
    contexte = _contexte(request, convocation, jeton) | {
        "rendez_vous": rendez_vous,
        "reprise_jusqu_a": fin,
        "reprise_entiere": fin == instant + REPRISE,
    }
    return render(request, "planning/annuler.html", contexte)


def _annuler(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    limiter_les_abandons(request, convocation)
    try:
        reservation.annuler(convocation, par=acteur_de(request, convocation.demande), maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.code not in ("rien_a_deplacer", "trop_tard"):
            raise  # else the page of the link says where things stand
    else:
        messages.success(request, _("Votre rendez-vous est annulé. Vous pouvez en prendre un autre."))
    return vers("planning:lien", jeton)


@require_POST
@lien_secret()
def confirmer(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Note that the person will come; a second press says it again."""
    try:
        confirmer_la_venue(convocation, par=acteur_de(request, convocation.demande), maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.statut != 409:
            raise
        messages.warning(request, dire(erreur))  # the page of the link says where things stand
    else:
        messages.success(request, _("Merci. Nous vous attendons à ce rendez-vous."))
    return vers("planning:lien", jeton)


@require_POST
@lien_secret()
def reprendre(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Take back the appointment just cancelled or moved."""
    try:
        par = acteur_de(request, convocation.demande)
        reprendre_le_rendez_vous(convocation, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.statut != 409:
            raise
        messages.warning(request, dire(erreur))
    else:
        messages.success(request, _("Vous avez repris votre rendez-vous. Nous vous envoyons un message."))
    return vers("planning:lien", jeton)


@require_GET
@lien_secret()
def carte(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Show the appointment as a card to print at the size of a wallet; it names nobody."""
    rendez_vous = rendez_vous_actif(convocation)
    if rendez_vous is None:
        return vers("planning:lien", jeton)
    contexte = {
        "jeton": jeton,
        "demande": convocation.demande,
        "rendez_vous": rendez_vous,
        "site": rendez_vous.creneau.file.site,
        "qr": qr_svg(str(convocation.demande), titre=_("Code QR à présenter à l’accueil")),
    }
    return render(request, "planning/carte.html", contexte)


@require_POST
@lien_secret()
def attestation(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Give the statement that no slot is offered; when one has just come free, show it instead."""
    try:
        par = acteur_de(request, convocation.demande)
        document = attester_sans_creneau(convocation, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        messages.info(request, dire(erreur))
        return vers("planning:lien", jeton)
    pdf = produire(document, maintenant=maintenant()).pdf.open("rb")
    nom = f"{document.genre}-{convocation.demande.numero}.pdf"
    return cast("HttpResponse", FileResponse(pdf, as_attachment=True, filename=nom))


@require_GET
@lien_secret()
def calendrier(request: HttpRequest, convocation: Convocation, jeton: str) -> HttpResponse:
    """Return the calendar file of the appointment."""
    rendez_vous = rendez_vous_actif(convocation)
    if rendez_vous is None:
        raise Http404
    contenu = ics(donnees_ics(rendez_vous, convocations=membres(convocation)), convocation.demande)
    return HttpResponse(
        contenu,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": 'attachment; filename="rendez-vous.ics"'},
    )


def _contexte(request: HttpRequest, convocation: Convocation, jeton: str) -> dict[str, Any]:
    par = acteur_de(request, convocation.demande)
    venues = [c.demande for c in membres(convocation)]
    return {
        "personnes": [personne_a_venir(d) for d in lisibles(venues, par=par, maintenant=maintenant())],
        "convocation": convocation,
        "demande": convocation.demande,
        "motif": convocation.demande.motif,
        "service": convocation.demande.service,
        "jeton": jeton,
        "remise": convocation.objet == Convocation.Objet.REMISE,
        "attente": attente_de(convocation, maintenant=maintenant()),
        "besoin": besoin_dit(convocation),
        "aide": par.est_organisme,
        "reprise": reprise_de(convocation, maintenant=maintenant()),
    }


def _page_creneaux(
    request: HttpRequest,
    convocation: Convocation,
    jeton: str,
    *,
    rendez_vous: RendezVous | None = None,
    form: FormulaireCreneau | None = None,
    statut: int = 200,
) -> HttpResponse:
    demandee = request.GET
    fuseau = convocation.demande.prefecture.fuseau
    actuelle = lundi_de(aujourdhui(fuseau, rendez_vous.creneau.debut)) if rendez_vous else None
    choix = Choix(
        lundi=_lundi(demandee.get("semaine", "")) or actuelle,
        site_id=_entier(demandee.get("site", "")),
        moment=_moment(demandee.get("moment", "")),
    )
    instant = maintenant()
    semaine = semaine_proposee(convocation, maintenant=instant, choix=choix, a_neuf=statut == 409)
    contexte = _contexte(request, convocation, jeton) | {
        "semaine": semaine,
        "jours": [jour for jour in semaine.jours if jour.creneaux],
        "jours_vides": [j.date for j in semaine.jours if not j.creneaux and j.date >= aujourdhui(fuseau, instant)],
        "question": question_de(semaine.besoin, semaine.lundis, maintenant=instant) if semaine.lundis else "",
        "question_ouverture": question_de(semaine.besoin, semaine.toutes, maintenant=instant),
        "rendez_vous": rendez_vous,
        "form": form,
        "page_url": "planning:deplacer" if rendez_vous else "planning:lien",
        "action": "planning:deplacer" if rendez_vous else "planning:reserver",
    }
    return render(request, "planning/lien.html", contexte, status=statut)


def _page_rendez_vous(
    request: HttpRequest,
    convocation: Convocation,
    jeton: str,
    rendez_vous: RendezVous,
    *,
    erreur: ErreurMetier | None = None,
) -> HttpResponse:
    contexte = _contexte(request, convocation, jeton) | {
        "rendez_vous": rendez_vous,
        "site": rendez_vous.creneau.file.site,
        "qr": qr_svg(str(convocation.demande), titre=_("Code QR à présenter à l’accueil")),
        "erreur": erreur,
        "limites": (fins := limites_de(rendez_vous)),
        "ferme": (ferme := est_ferme_ce_jour_la(rendez_vous)),
        "ouvert": [] if ferme else _ouvert(rendez_vous),
        "a_venir": rendez_vous.creneau.debut > maintenant(),
        "peut_deplacer": maintenant() < fins.deplacer,
        "peut_annuler": maintenant() < fins.annuler,
        "peut_confirmer": not ferme and rendez_vous.attend_confirmation and maintenant() < rendez_vous.creneau.debut,
    }
    return render(request, "planning/rendez_vous.html", contexte, status=erreur.statut if erreur else 200)


def _ouvert(rendez_vous: RendezVous) -> list[tuple[time, time]]:
    """Return when the site is open on the day of an appointment."""
    site = rendez_vous.creneau.file.site
    return site.heures_du_jour(aujourdhui(site.prefecture.fuseau, rendez_vous.creneau.debut).isoweekday())


def _lundi(code: str) -> date | None:
    """Read ``2030-W10``; None when it is not a week."""
    annee, _separateur, semaine = code.partition("-W")
    try:
        return date.fromisocalendar(int(annee), int(semaine), 1)
    except (ValueError, OverflowError):
        return None


def _entier(texte: str) -> int | None:
    return int(texte) if texte.isdecimal() and len(texte) < 10 else None


def _moment(code: str) -> Moment | None:
    return Moment(code) if code in set(Moment) else None
