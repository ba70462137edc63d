"""The paper list: printed at the opening, written down again after an outage."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Site
from demandes.selectors import acteur_agent
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.rattrapage import ABSENT, ATTEND, FormulairePapier, FormulaireRattrapage, instant_de_ce_jour
from guichet.models import Passage
from guichet.selectors import agents_au_guichet, guichets_de, motifs_a_ouvrir
from guichet.selectors_accueil import LigneRendezVous, journee
from guichet.services import rattrapage
from guichet.services.accueil import ouvrir_sans_rdv
from guichet.services.orientation import file_ou_refus
from guichet.services.rattrapage import VisiteEcrite
from guichet.views.accueil import exiger_site
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur, sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.models import Guichet

LIGNES_VIDES = 30


@droit(Droit.ACCUEILLIR)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    """Show the day's appointments to print, with lines for those who come without one."""
    site, instant = exiger_site(request), maintenant()
    contexte = {
        "site": site,
        "instant": instant,
        "lignes": journee(site, maintenant=instant),
        "vides": range(1, LIGNES_VIDES + 1),
    }
    return render(request, "guichet/liste_papier.html", contexte)


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def rattraper(request: HttpRequest) -> HttpResponse:
    """Write the paper list down: each good line is kept, whatever the others hold; none is lost without a word."""
    site = exiger_site(request)
    lignes = journee(site, aussi=_ecrites(request), maintenant=maintenant())
    guichets = [g for g in guichets_de(agent_de(request)) if g.site_id == site.pk]
    agents = agents_au_guichet(site) if guichets else []
    paires = [(x, _formulaire(request, x, guichets, agents)) for x in lignes]
    restent, ecrites = [], 0
    for ligne, form in paires:
        if request.method == "POST" and _garder(request, site, ligne, form):
            ecrites += 1
        elif ligne.peut_arriver or (form.a_une_issue and form.errors):
            restent.append((ligne, form))
    if ecrites:
        messages.success(request, f"Lignes enregistrées : {ecrites}.")
    erreurs = any(form.errors for _, form in restent)
    if request.method == "POST" and not erreurs:
        return vers("guichet:rattraper")
    contexte = {"site": site, "paires": restent, "a_des_erreurs": erreurs}
    return render(request, "guichet/rattrapage.html", contexte, status=422 if erreurs else 200)


@droit(Droit.ACCUEILLIR)
@require_http_methods(["GET", "POST"])
def sans_rdv(request: HttpRequest) -> HttpResponse:
    """Write down somebody of the paper list who came without appointment: they still wait, or were received."""
    site, agent, instant = exiger_site(request), agent_de(request), maintenant()
    guichets = [g for g in guichets_de(agent) if g.site_id == site.pk]
    form = FormulairePapier(
        request.POST or None,
        motifs=motifs_a_ouvrir(agent, site),
        guichets=guichets,
        agents=agents_au_guichet(site) if guichets else [],
    )
    if request.method == "POST" and form.is_valid():
        try:
            passage = _inscrire(form, site, acteur_agent(agent), instant)
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, f"Enregistré, ticket {passage.numero_ticket}.")
            return vers("guichet:papier_sans_rdv")
    contexte = {"site": site, "form": form}
    return render(request, "guichet/papier_sans_rdv.html", contexte, status=422 if form.errors else 200)


def _inscrire(form: FormulairePapier, site: Site, par: Acteur, instant: datetime) -> Passage:
    donnees, fuseau = form.cleaned_data, site.prefecture.fuseau
    file = file_ou_refus(donnees["motif"], site, champ="motif")
    commun: dict[str, Any] = {"identite": form.identite, "par": par, "maintenant": instant}
    visite = form.visite(instant, fuseau)
    if visite is not None:
        return rattrapage.rattraper_sans_rdv(file, donnees["motif"], visite, **commun)
    arrive_le = instant_de_ce_jour(donnees["arrivee"], instant, fuseau)
    commun |= {"arrive_le": arrive_le, "priorite": donnees["priorite"], "saisie": donnees["saisie"]}
    return ouvrir_sans_rdv(file, donnees["motif"], **commun)


def _ecrites(request: HttpRequest) -> set[int]:
    """Return the appointments of which the page posted has a line: what became of them meanwhile hides none."""
    return {int(trouve[1]) for cle in request.POST if (trouve := re.match(r"r(\d{1,18})-", cle))}


def _formulaire(
    request: HttpRequest, ligne: LigneRendezVous, guichets: list[Guichet], agents: list[Agent]
) -> FormulaireRattrapage:
    famille = [ligne.rendez_vous.convocation.demande, *ligne.autres] if ligne.autres else []
    prefixe = f"r{ligne.rendez_vous.pk}"
    return FormulaireRattrapage(
        request.POST or None,
        prefix=prefixe,
        auto_id=f"{prefixe}_%s",
        guichets=guichets,
        agents=agents,
        famille=famille,
    )


def _garder(request: HttpRequest, site: Site, ligne: LigneRendezVous, form: FormulaireRattrapage) -> bool:
    """Write one line down; return whether there was something to write, and it was."""
    if form.est_vide or not (form.a_une_issue or ligne.peut_arriver):
        return False
    valide: bool = form.is_valid()
    try:
        rattrapage.exiger_sans_suite(ligne)
        if valide:
            _ecrire(request, site, ligne, form)
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        if erreur.champ not in form.fields:
            erreur = ErreurMetier(erreur.code, erreur.message, champ="issue", statut=erreur.statut)
        appliquer_erreur(form, erreur)
        return False
    return valide


def _ecrire(request: HttpRequest, site: Site, ligne: LigneRendezVous, form: FormulaireRattrapage) -> None:
    instant, fuseau = maintenant(), site.prefecture.fuseau
    par = acteur_de(request)
    if form.cleaned_data["issue"] == ATTEND:
        rattrapage.rattraper_arrivee(
            ligne.rendez_vous, arrive_le=form.instant("arrive", instant, fuseau), par=par, maintenant=instant
        )
    elif form.cleaned_data["issue"] == ABSENT:
        rattrapage.rattraper_absence(ligne.rendez_vous, par=par, maintenant=instant)
    else:
        rattrapage.rattraper_visite(
            ligne.rendez_vous,
            VisiteEcrite(
                guichet=form.cleaned_data["guichet"],
                arrive_le=form.instant("arrive", instant, fuseau),
                recu_le=form.instant("recu", instant, fuseau),
                termine_le=form.instant("termine", instant, fuseau),
                absentes=form.cleaned_data.get("absentes", []),
                recu_par=form.cleaned_data["recu_par"],
            ),
            par=par,
            maintenant=instant,
        )
