"""Login and logout of agents and aidants, with limited tries."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.forms.connexion import FormulaireConnexion
from demandes.models import Agent
from planipref.commun import debit
from planipref.commun.acces import public
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.reponses import adresse_ip

journal = logging.getLogger(__name__)

PERIODE = timedelta(minutes=15)
ESSAIS_PAR_COMPTE = 8  # from one address: elsewhere, a stranger does not lock the agent out
ESSAIS_TOUTES_ADRESSES = 80
# A whole préfecture shares one address: only failures count, and many are allowed.
ESSAIS_PAR_ADRESSE = 100

# First page of an agent: the first line whose right they hold.
PREMIERES_PAGES: tuple[tuple[Droit, str], ...] = (
    (Droit.VERIFIER, "/agent/"),
    (Droit.ACCUEILLIR, "/guichet/accueil/"),
    (Droit.CONSULTER, "/agent/"),
    (Droit.PLANIFIER, "/planning/"),
    (Droit.STATISTIQUES, "/statistiques/"),
)


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def connexion(request: HttpRequest) -> HttpResponse:
    """Log an agent in, then lead to the page asked for or to the first one of their rights."""
    suite = request.POST.get("next", request.GET.get("next", ""))
    if request.user.is_authenticated:
        return HttpResponseRedirect(_destination(request, request.user, suite))
    form = FormulaireConnexion(request.POST or None)
    statut = 200 if request.method == "GET" else 422
    if request.method == "POST" and form.is_valid():
        try:
            agent = _identifier(request, **form.cleaned_data)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            login(request, agent)
            return HttpResponseRedirect(_destination(request, agent, suite), status=303)
    contexte = {"form": form, "suite": suite}
    return render(request, "demandes/connexion.html", contexte, status=statut)


@public
@require_POST
def deconnexion(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return HttpResponseRedirect("/", status=303)


def _identifier(request: HttpRequest, *, username: str, password: str) -> Agent:
    """Check the password within the tries allowed to the account and to the address; success costs none.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429), ``identifiants_faux``; the message never says which one is wrong.
    """
    compte, adresse = username.strip().casefold(), adresse_ip(request)
    seaux = (
        ("connexion_adresse", adresse, ESSAIS_PAR_ADRESSE),
        ("connexion_compte_adresse", f"{compte}|{adresse}", ESSAIS_PAR_COMPTE),
        ("connexion_compte", compte, ESSAIS_TOUTES_ADRESSES),
    )
    for seau, cle, capacite in seaux:
        debit.exiger(seau, cle, capacite=capacite, periode=PERIODE)
    agent = authenticate(request, username=username.strip(), password=password)
    if agent is None:
        journal.warning("login refused")
        raise ErreurMetier("identifiants_faux", _("Identifiant ou mot de passe incorrect."))
    for seau, cle, capacite in seaux:
        debit.rendre(seau, cle, capacite=capacite)
    return agent


def _destination(request: HttpRequest, agent: Agent, suite: str) -> str:
    """Return the address asked for when it is ours, else the first page that the agent's rights open."""
    sure = url_has_allowed_host_and_scheme(suite, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    if suite and sure:
        return suite
    if agent.aidant_ouvert():
        return "/accompagnement/"
    for droit, adresse in PREMIERES_PAGES:
        if agent.a_un_droit(droit) and is_valid_path(adresse):
            return adresse
    return "/admin/" if agent.is_superuser else "/"
