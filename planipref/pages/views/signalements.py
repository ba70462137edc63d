"""Signals against the hoarding of appointments: an agent looks, sets aside or confirms; the thresholds are settings."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from demandes.droits import Droit
from demandes.forms.signalements import FormulaireConnue, FormulaireJugement, FormulaireSeuils
from demandes.models import Signalement
from demandes.selectors import acteur_agent
from demandes.selectors_signalements import (
    derniere_recherche,
    lire_signalement,
    lire_signalements,
    seuils_au_dessus,
    seuils_de,
    signalements_visibles,
)
from demandes.services import parametrage as reglages
from demandes.services.signalements import DE_CONNEXION, declarer_connue, juger
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planipref.pages.views.parametrage import portee_demandee

PAR_PAGE = 50
CONFIRMER, CONNUE = "confirmer", "connue"
FAITS = {
    CONFIRMER: "Le signalement est confirmé. Rien ne change pour les personnes : parlez-en à votre chef.",
    CONNUE: "C’est noté : cette connexion ne fera plus de signalement jusqu’à cette date.",
    "ecarter": "Le signalement est écarté. Il reviendra seulement s’il grandit.",
}


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@never_cache
@require_safe
def signalements(request: HttpRequest) -> HttpResponse:
    """List the signals of a state, those to examine first."""
    etat = request.GET.get("etat", "")
    etat = etat if etat in Signalement.Etat.values else Signalement.Etat.A_EXAMINER.value
    agent = agent_de(request)
    par = acteur_agent(agent)
    page = Paginator(signalements_visibles(par, etat), PAR_PAGE).get_page(request.GET.get("page"))
    lus = lire_signalements(cast("QuerySet[Signalement]", page.object_list), par)
    contexte = {
        "lus": lus,
        "page": page,
        "etat": etat,
        "etats": Signalement.Etat.choices,
        "cherches_le": derniere_recherche(agent),
        "plusieurs_prefectures": len({lu.signalement.prefecture_id for lu in lus}) > 1,
    }
    return render(request, "pages/signalements.html", contexte)


@droit(Droit.INSTRUIRE, Droit.VERIFIER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signalement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a signal with the demandes that the agent may see; judge it."""
    par = acteur_agent(agent_de(request))
    lu = lire_signalement(par, pk)
    if lu is None:
        raise Http404
    decision = request.POST.get("decision", "") if request.method == "POST" else ""
    jugement = FormulaireJugement(request.POST if decision not in ("", CONNUE) else None, auto_id="juger-%s")
    connue = FormulaireConnue(request.POST if decision == CONNUE else None, auto_id="connue-%s")
    form = connue if decision == CONNUE else jugement
    statut = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            _agir(lu.signalement, decision, form.cleaned_data, par=par)
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            messages.success(request, FAITS.get(decision, FAITS["ecarter"]))
            return vers("pages:signalements")
    contexte = {"lu": lu, "jugement": jugement, "connue": connue, "a_des_erreurs": bool(form.errors)}
    contexte["de_connexion"] = lu.signalement.genre in DE_CONNEXION
    return render(request, "pages/signalement.html", contexte, status=statut)


def _agir(signalement: Signalement, decision: str, donnees: dict[str, Any], **par: Any) -> None:
    instant = maintenant()
    if decision == CONNUE:
        declarer_connue(signalement, **donnees, **par, maintenant=instant)
    else:
        juger(signalement, confirme=decision == CONFIRMER, **donnees, **par, maintenant=instant)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_signalements(request: HttpRequest, ou: str) -> HttpResponse:
    """Show the thresholds of a scope beside those above, and set them."""
    portee = portee_demandee(request, ou)
    form = FormulaireSeuils(
        request.POST if request.method == "POST" else None,
        au_dessus=seuils_au_dessus(portee.pk),
        national=portee.est_nationale,
        initial=seuils_de(portee.pk),
    )
    if form.is_bound and form.is_valid():
        try:
            reglages.regler_signalements(portee.prefecture, form.cleaned_data, par=acteur_de(request))
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "Les seuils des signalements sont enregistrés.")
            return vers("pages:parametrage_signalements", portee.ou)
    contexte = {"portee": portee, "form": form}
    return render(request, "pages/parametrage_signalements.html", contexte, status=422 if form.errors else 200)
