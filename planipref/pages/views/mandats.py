"""Ending a mandate, from the person's follow-up page or from the agent's dossier."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from demandes.droits import Droit
from demandes.models import Demande, Mandat
from demandes.selectors import acteur_agent
from demandes.services.deports import ouvrir_dossier
from demandes.services.mandats import revoquer
from demandes.views.acces import acteur_de, aidant_de, exiger
from demandes.views.agents import agent_de
from planipref.commun.acces import droit, public
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import sans_trace, vers


@public
@sans_trace
@require_POST
def suivi_mandat_retirer(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """Take back a mandate, by the person themselves."""
    demande = exiger(request, numero)
    if aidant_de(request) is not None:
        raise PermissionDenied
    mandat = _mandat(demande, pk)
    if mandat.revoque_le is None:  # pressed twice: the first one was enough
        revoquer(mandat, par=acteur_de(request, demande), maintenant=maintenant())
    messages.success(request, _("Le mandat est retiré. Cet organisme n’a plus accès à votre demande."))
    return vers("pages:suivi_dossier", numero)


@droit(Droit.VERIFIER)
@require_POST
def dossier_mandat(request: HttpRequest, numero: str, pk: int) -> HttpResponse:
    """End a mandate, by an agent of the service; the person is told."""
    agent = agent_de(request)
    demande = ouvrir_dossier(agent, numero, maintenant=maintenant())
    if demande is None:
        raise Http404
    revoquer(_mandat(demande, pk), par=acteur_agent(agent), maintenant=maintenant())
    messages.success(request, "Le mandat est révoqué. La personne est prévenue.")
    return vers("pages:dossier", numero)


def _mandat(demande: Demande, pk: int) -> Mandat:
    mandat = demande.mandats.du_dossier(demande.pk).filter(pk=pk).first()
    if mandat is None:
        raise Http404
    return mandat
