"""The rules of eligibility of a motif, and of routing of a préfecture: add, change, order, switch off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.droits import Droit
from demandes.forms.parametrage import FormulaireAiguillage, FormulaireEligibilite
from demandes.models import Prefecture, RegleAiguillage, RegleEligibilite
from demandes.services import parametrage as services
from demandes.views.agents import acteur_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur
from planipref.commun.reponses import vers
from planipref.pages import parametrage as lectures
from planipref.pages.parametrage import Portee
from planipref.pages.views.parametrage import contexte_motif, motif_demande, portee_demandee

VERBES = ("monter", "descendre", "basculer", "supprimer")


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_eligibilite(request: HttpRequest, ou: str, code: str, pk: int = 0) -> HttpResponse:
    """Add or change a rule of eligibility."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    regle = _eligibilite(portee, motif.pk, pk) if pk else RegleEligibilite(motif=motif)
    form = FormulaireEligibilite(request.POST if request.method == "POST" else None, regle=regle)
    if form.is_bound and form.is_valid():
        try:
            par = acteur_de(request)
            services.enregistrer_eligibilite(regle, portee.prefecture, form.cleaned_data, par=par)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "La règle est enregistrée.")
            return vers("pages:parametrage_motif", portee.ou, code)
    contexte = contexte_motif(portee, motif) | {"form": form, "regle": regle, "titre": "Règle d’éligibilité"}
    contexte["nationale"] = bool(regle.pk and regle.prefecture_id is None and portee.prefecture)
    return render(request, "pages/parametrage_regle.html", contexte, status=422 if form.is_bound else 200)


@droit(Droit.PARAMETRER)
@require_POST
def parametrage_eligibilite_agir(request: HttpRequest, ou: str, code: str, pk: int) -> HttpResponse:
    """Move, switch or remove a rule of eligibility."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    _agir(request, portee, _eligibilite(portee, motif.pk, pk))
    return vers("pages:parametrage_motif", portee.ou, code)


@droit(Droit.PARAMETRER)
@never_cache
@require_safe
def parametrage_aiguillage(request: HttpRequest, ou: str) -> HttpResponse:
    """List the rules of routing of a préfecture."""
    portee = portee_demandee(request, ou)
    contexte = {"portee": portee, "aiguillage": lectures.lignes_d_aiguillage(_prefecture(portee))}
    return render(request, "pages/parametrage_aiguillage.html", contexte)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_aiguillage_regle(request: HttpRequest, ou: str, pk: int = 0) -> HttpResponse:
    """Add or change a rule of routing."""
    portee = portee_demandee(request, ou)
    prefecture = _prefecture(portee)
    regle = _aiguillage(prefecture, pk) if pk else RegleAiguillage(prefecture=prefecture)
    form = FormulaireAiguillage(
        request.POST if request.method == "POST" else None, regle=regle, **lectures.choix_d_aiguillage(prefecture)
    )
    if form.is_bound and form.is_valid() and _garder_aiguillage(request, regle, form):
        messages.success(request, "La règle est enregistrée.")
        return vers("pages:parametrage_aiguillage", portee.ou)
    contexte = contexte_motif(portee, None) | {"form": form, "regle": regle, "titre": "Règle d’aiguillage"}
    return render(request, "pages/parametrage_regle.html", contexte, status=422 if form.is_bound else 200)


@droit(Droit.PARAMETRER)
@require_POST
def parametrage_aiguillage_agir(request: HttpRequest, ou: str, pk: int) -> HttpResponse:
    """Move, switch or remove a rule of routing."""
    portee = portee_demandee(request, ou)
    _agir(request, portee, _aiguillage(_prefecture(portee), pk))
    return vers("pages:parametrage_aiguillage", portee.ou)


def _garder_aiguillage(request: HttpRequest, regle: RegleAiguillage, form: FormulaireDsfr) -> bool:
    valeurs: dict[str, Any] = dict(form.cleaned_data)
    sites = valeurs.pop("sites")
    try:
        services.enregistrer_aiguillage(regle, valeurs, sites=sites, par=acteur_de(request))
    except ErreurMetier as erreur:
        if erreur.statut != 422:
            raise
        appliquer_erreur(form, erreur)
        return False
    return True


def _agir(request: HttpRequest, portee: Portee, regle: RegleEligibilite | RegleAiguillage) -> None:
    verbe = request.POST.get("verbe", "")
    par = acteur_de(request)
    if verbe == "basculer":
        services.basculer_regle(regle, portee.prefecture, par=par)
    elif verbe == "supprimer":
        services.supprimer_regle(regle, par=par)
    elif verbe in VERBES:
        services.deplacer_regle(regle, vers_le_haut=verbe == "monter", par=par)
    else:
        raise Http404


def _eligibilite(portee: Portee, motif_id: int, pk: int) -> RegleEligibilite:
    """Return a rule in force in the scope, national or local."""
    trouvee = lectures.eligibilite_de(motif_id, portee, pk)
    if trouvee is None:
        raise Http404
    return trouvee


def _aiguillage(prefecture: Prefecture, pk: int) -> RegleAiguillage:
    trouvee = prefecture.regles_aiguillage.filter(pk=pk).first()
    if trouvee is None:
        raise Http404
    return trouvee


def _prefecture(portee: Portee) -> Prefecture:
    """Return the préfecture of the scope: nothing is routed nationally.

    Raises:
        Http404: the scope is national.
    """
    if portee.prefecture is None:
        raise Http404
    return portee.prefecture
