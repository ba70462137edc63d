"""The space of organisations: the people who mandated them, and nobody else."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.acteur import acteur_organisme
from demandes.droits import Droit
from demandes.forms.mandat import FormulairePersonne, FormulaireProcheAccompagne, FormulaireRecherche
from demandes.models import Aidant, Demande, Mandat
from demandes.services import mandats
from demandes.services.mandats import Proche, Termes, acteur_du_mandat
from demandes.views.acces import acteur_de, aidant_de, exiger
from planipref.commun.acces import aidant
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.reponses import vers
from planipref.pages.accompagnement import (
    CHOIX_ETATS,
    PAR_PAGE,
    SITUATIONS,
    lignes,
    mandat_visible,
    motifs_en_ligne,
    partage_de,
    prefectures_de,
    selection,
    trouves,
)
from planipref.pages.formulaires import FormulaireInvitation
from planipref.pages.importation import enregistrer_une

FORMULAIRE = ["GET", "HEAD", "POST"]


@aidant
@require_http_methods(FORMULAIRE)
def accompagnement(request: HttpRequest) -> HttpResponse:
    """List the people accompanied; a search is sent in the body, so that no name enters an address."""
    qui, instant = _aidant(request), maintenant()
    recherche = FormulaireRecherche(request.POST if request.method == "POST" else None)
    if recherche.is_bound and recherche.is_valid():
        resultats = trouves(qui, recherche.cleaned_data["texte"])
        contexte = {"lignes": lignes(resultats, maintenant=instant), "cherche": True}
    else:
        situation, etat = request.GET.get("situation", "en-cours"), request.GET.get("etat", "")
        choisis = selection(qui, situation, etat, maintenant=instant).avec_liste()
        page = Paginator(choisis, PAR_PAGE).get_page(request.GET.get("page"))
        contexte = {"lignes": lignes(page.object_list, maintenant=instant), "page": page}
        contexte |= {"situation": situation, "etat": etat}
    contexte |= {"aidant": qui, "recherche": recherche, "situations": SITUATIONS, "etats": CHOIX_ETATS}
    return render(request, "pages/accompagnement.html", contexte, status=422 if recherche.errors else 200)


@aidant
@require_http_methods(FORMULAIRE)
def nouvelle(request: HttpRequest) -> HttpResponse:
    """Register a person with the mandate, and open the draft of their demande, in the family of another if told."""
    qui, instant = _aidant(request), maintenant()
    principale = _principale(request)
    form = (FormulairePersonne if principale is None else FormulaireProcheAccompagne)(
        request.POST if request.method == "POST" else None,
        jour=aujourdhui("Europe/Paris", instant),
        prefectures=prefectures_de(qui),
        motifs=motifs_en_ligne(),
        initial={"motif": request.GET.get("motif", "")} | (partage_de(principale) if principale else {}),
    )
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        par, proche = acteur_organisme(qui.organisme_id, qui.pk), None
        if principale is not None:
            proche = Proche(principale, form.cleaned_data["lien"], acteur_de(request, principale))
        try:
            mandat = enregistrer_une(form.cleaned_data, par, maintenant=instant, proche=proche)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            return vers("pages:accompagnement_mandat", mandat.pk)
    contexte = {"form": form, "principale": principale}
    return render(request, "pages/accompagnement_nouvelle.html", contexte, status=statut)


@aidant
@require_http_methods(FORMULAIRE)
def inviter(request: HttpRequest) -> HttpResponse:
    """Ask a person who has a demande already for a mandate; the answer never tells whether the demande exists."""
    qui, instant = _aidant(request), maintenant()
    form = FormulaireInvitation(
        request.POST if request.method == "POST" else None, jour=aujourdhui("Europe/Paris", instant)
    )
    statut = 422 if form.is_bound else 200
    if form.is_valid():
        donnees = form.cleaned_data
        termes = Termes(donnees["portee"], donnees["fin"], Mandat.Signature.ELECTRONIQUE.value)
        par = acteur_organisme(qui.organisme_id, qui.pk)
        try:
            mandats.inviter(donnees["numero"], donnees["date_naissance"], termes=termes, par=par, maintenant=instant)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            messages.success(
                request,
                "Si le numéro et la date de naissance sont justes, la personne reçoit un lien par courriel. Elle "
                "apparaîtra ici quand elle aura donné son accord.",
            )
            return vers("pages:accompagnement")
    return render(request, "pages/accompagnement_inviter.html", {"form": form}, status=statut)


@aidant
@require_safe
def mandat(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a mandate: what it allows, until when, and what can be done now."""
    trouve = _mandat(request, pk)
    contexte = {"mandat": trouve, "ligne": lignes([trouve], maintenant=maintenant())[0]}
    return render(request, "pages/accompagnement_mandat.html", contexte)


@aidant
@require_POST
def renvoyer(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail the link of signature again."""
    trouve = _mandat(request, pk)
    mandats.renvoyer_lien(trouve, par=acteur_du_mandat(trouve, _aidant(request).pk), maintenant=maintenant())
    messages.success(request, "Le lien est renvoyé à la personne.")
    return vers("pages:accompagnement_mandat", pk)


@aidant
@require_POST
def terminer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a mandate up; the person is told."""
    trouve = _mandat(request, pk)
    mandats.revoquer(trouve, par=acteur_du_mandat(trouve, _aidant(request).pk), maintenant=maintenant())
    messages.success(request, "Le mandat est terminé. Vous n’avez plus accès à cette demande.")
    return vers("pages:accompagnement_mandat", pk)


def _principale(request: HttpRequest) -> Demande | None:
    """Return the demande of the family that the address names, if a mandate opens it.

    Raises:
        Http404: it is none of theirs; DroitRefuse: 403, the mandate is over, or does not cover the deposit.
    """
    cle = request.GET.get("famille", "")
    if not cle:
        return None
    try:
        principale = exiger(request, uuid.UUID(cle))
    except ValueError:
        raise Http404 from None
    if not acteur_de(request, principale).peut_sur(Droit.DEPOSER, principale):  # the form shows how to reach them
        raise DroitRefuse
    return principale


def _aidant(request: HttpRequest) -> Aidant:
    """Return the aidant signed in: the decorator has let nobody else through."""
    return cast("Aidant", aidant_de(request))


def _mandat(request: HttpRequest, pk: int) -> Mandat:
    trouve = mandat_visible(_aidant(request), pk)
    if trouve is None:
        raise Http404
    return trouve
