"""One person, one file: an agent looks at two records that look alike, and decides."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.forms.doublons import FormulaireFusion
from demandes.selectors import Paire, acteur_agent, fusion_instruite, paire_proposee
from demandes.services.doublons import defaire_fusion, distinguer, fusionner, garde_et_absorbe
from demandes.services.lecture import consulter
from demandes.views.agents import agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planipref.pages.doublons import contexte_comparaison, contexte_liste


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@never_cache
@require_safe
def doublons(request: HttpRequest) -> HttpResponse:
    """List the pairs to settle."""
    par = acteur_agent(agent_de(request))
    contexte = contexte_liste(par, request.GET.get("critere", ""), request.GET.get("apres", ""))
    return render(request, "pages/doublons.html", contexte)


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def doublon(request: HttpRequest, premier: int, second: int) -> HttpResponse:
    """Compare two records, the reading journaled; merge them when the agent says so."""
    par = acteur_agent(agent_de(request))
    paire, instant = _paire(premier, second, par), maintenant()
    garde, absorbe = garde_et_absorbe(paire.premier, paire.second)
    form = FormulaireFusion(request.POST if request.method == "POST" else None, garde=garde, absorbe=absorbe)
    statut = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            fusionner(paire.premier, paire.second, choix=form.cleaned_data, par=par, maintenant=instant)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            messages.success(request, "Les deux fiches sont réunies. Vous pouvez défaire cette fusion ci-dessous.")
            return vers("pages:doublons")
    contexte = contexte_comparaison(paire, par) | {"form": form, "garde": garde}
    for siennes in contexte["demandes"]:
        consulter(siennes[0], par=par, maintenant=instant, quoi="doublon")
    return render(request, "pages/doublon.html", contexte, status=statut)


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@require_POST
def doublon_distinguer(request: HttpRequest, premier: int, second: int) -> HttpResponse:
    """Remember that they are two people."""
    par = acteur_agent(agent_de(request))
    paire = _paire(premier, second, par)
    distinguer(paire.premier, paire.second, par=par, maintenant=maintenant())
    messages.success(request, "C’est noté : ce sont deux personnes. Elles ne seront plus proposées.")
    return vers("pages:doublons")


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@require_POST
def fusion_defaire(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    par = acteur_agent(agent_de(request))
    fusion = fusion_instruite(pk, par)
    if fusion is None:
        raise Http404
    defaire_fusion(fusion, par=par, maintenant=maintenant())
    messages.success(request, "La fusion est défaite : chaque fiche a retrouvé ses demandes.")
    return vers("pages:doublons")


def _paire(premier: int, second: int, par: Acteur) -> Paire:
    """Fetch within what the agent handles: a pair settled, or foreign, is as unknown as an absent one."""
    paire = paire_proposee(premier, second, par)
    if paire is None:
        raise Http404
    return paire
