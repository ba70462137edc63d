"""The tasks that a message which did not arrive makes: correct, send again, by letter, or say how it was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.forms.courrier import FormulaireCoordonnees, FormulairePrevenu
from demandes.models import Notification
from demandes.selectors_courrier import lettre_postee, non_remise_de, non_remises
from demandes.services import non_remis as services
from demandes.services.courriels import objet_court
from demandes.services.lecture import consulter
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.champs import ChampTelephone
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers

PAR_PAGE = 50


@droit(Droit.VERIFIER)
@require_safe
def non_remis(request: HttpRequest) -> HttpResponse:
    """List what did not arrive, oldest first."""
    page = Paginator(non_remises(agent_de(request)), PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"page": page, "lignes": [(n, objet_court(n.modele)) for n in page]}
    return render(request, "demandes/non_remis.html", contexte)


@droit(Droit.VERIFIER)
@require_http_methods(["GET", "POST"])
def non_remis_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a message that did not arrive and what may be done; say how the person was told otherwise."""
    perdue, par, instant = _perdue(request, pk), acteur_de(request), maintenant()
    form = FormulairePrevenu(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.noter_prevenu(perdue, form.cleaned_data["note"], par=par, maintenant=instant)
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "C’est noté : ce message n’est plus à traiter.")
            return vers("demandes:non_remis")
    return _page(request, perdue, par, instant, prevenu=form)


@droit(Droit.VERIFIER)
@require_POST
def non_remis_corriger(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct how to reach the person, and send the message again."""
    perdue, par, instant = _perdue(request, pk), acteur_de(request), maintenant()
    if perdue.demande is None or "organisme_id" in perdue.contexte:
        raise Http404
    form = FormulaireCoordonnees(request.POST, usager=perdue.demande.usager)
    if form.is_valid():
        try:
            services.corriger_coordonnees(perdue, form.coordonnees, par=par, maintenant=instant)
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "Les coordonnées sont corrigées et le message repart.")
            return vers("demandes:non_remis")
    return _page(request, perdue, par, instant, coordonnees=form)


@droit(Droit.VERIFIER)
@require_POST
def non_remis_renvoyer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the message again."""
    return _faire(request, pk, services.renvoyer, "Le message repart.")


@droit(Droit.VERIFIER)
@require_POST
def non_remis_lettre(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the message as a letter."""
    return _faire(request, pk, services.envoyer_par_lettre, "La lettre attend d’être imprimée.")


@droit(Droit.VERIFIER)
@require_POST
def lettre_revenue(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the post brought a letter back."""
    lettre = lettre_postee(agent_de(request), pk)
    if lettre is None:
        raise Http404
    services.noter_retour(lettre, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "Le retour est noté : la lettre est dans « Messages non remis ».")
    return vers("demandes:non_remis_message", pk)


def _faire(request: HttpRequest, pk: int, geste: Callable[..., Notification], fait: str) -> HttpResponse:
    perdue = _perdue(request, pk)
    try:
        geste(perdue, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as refus:
        messages.error(request, refus.message)
        return vers("demandes:non_remis")
    messages.success(request, fait)
    return vers("demandes:non_remis")


def _page(
    request: HttpRequest,
    perdue: Notification,
    par: Acteur,
    instant: datetime,
    *,
    prevenu: FormulairePrevenu | None = None,
    coordonnees: FormulaireCoordonnees | None = None,
) -> HttpResponse:
    demande = perdue.demande
    if demande is None:
        raise Http404
    consulter(demande, par=par, maintenant=instant)
    a_l_usager = "organisme_id" not in perdue.contexte
    if a_l_usager and coordonnees is None:
        coordonnees = FormulaireCoordonnees(usager=demande.usager)
    contexte = {
        "perdue": perdue,
        "demande": demande,
        "objet": objet_court(perdue.modele),
        "par_lettre": services.peut_partir_par_lettre(perdue),
        "renvoi": _renvoi(perdue),
        "prevenu": prevenu or FormulairePrevenu(),
        "coordonnees": coordonnees,
    }
    contexte["a_des_erreurs"] = any(f is not None and f.errors for f in (prevenu, coordonnees))
    return render(
        request, "demandes/non_remis_message.html", contexte, status=422 if contexte["a_des_erreurs"] else 200
    )


def _renvoi(perdue: Notification) -> str:
    """Words of the button that sends a message again: by what means, and to which address; empty without one."""
    canal, destinataire = services.ou_renvoyer(perdue)
    if perdue.canal == Notification.Canal.COURRIER or not destinataire or canal == Notification.Canal.COURRIER:
        return ""
    if canal == Notification.Canal.SMS:
        return f"Renvoyer par SMS au {ChampTelephone().prepare_value(destinataire)}"
    return f"Renvoyer par courriel à {destinataire}"


def _perdue(request: HttpRequest, pk: int) -> Notification:
    """Fetch within what the agent may deal with: one that a colleague has dealt with is unknown."""
    perdue = non_remise_de(agent_de(request), pk)
    if perdue is None:
        raise Http404
    return perdue
