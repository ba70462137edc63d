"""The stock of titles: who is to be convoked, who is, which demande is not known, what stays too long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.droits import Droit
from demandes.selectors import acteur_agent
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.titres import FormulaireRattacherTitre, FormulaireRenvoi, FormulaireTitre
from guichet.models import Titre
from guichet.selectors import sites_de
from guichet.selectors_titres import (
    A_CONVOQUER,
    ANCIENS,
    COLONNES_D_EXPORT,
    LISTES,
    NON_RAPPROCHES,
    comptes,
    lignes_d_export,
    lignes_du_stock,
    rapprochements_de,
    titre_visible,
    titres_choisis,
    titres_de,
    titres_visibles,
)
from guichet.services.convocation_titres import convoquer_pour_remise, places_pour
from guichet.services.titres import Bilan, detacher_titre, enregistrer_titre, rattacher_titre, renvoyer_titres
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import vers
from planning.views.demandes_ouverture import demander_des_places

PAR_PAGE = 50
RIEN_DE_CHOISI = "Cochez au moins un titre."
DEMANDER = "demander"
SANS_COURRIEL = "un SMS part, ou une lettre attend dans « Courriers » ; sans adresse, voyez « Messages non remis »."


@droit(Droit.REMETTRE)
@require_safe
def titres(request: HttpRequest) -> HttpResponse:
    """Show one list of the stock, with the counts of all."""
    return rendre_stock(request, request.GET.get("liste", ""))


def rendre_stock(
    request: HttpRequest,
    liste: str,
    *,
    bilan: Bilan | None = None,
    choisis: Iterable[int] = (),
    renvoi: FormulaireRenvoi | None = None,
    erreur: str = "",
    numero_page: str | None = None,
) -> HttpResponse:
    """Render a list; after a refusal, with its sentences, the boxes still ticked, and 422."""
    liste = liste if liste in LISTES else A_CONVOQUER
    agent, instant = agent_de(request), maintenant()
    par = acteur_agent(agent)
    visibles = titres_visibles(agent)
    choix = titres_de(visibles, liste, maintenant=instant).avec_liste(instant)
    page = Paginator(choix, PAR_PAGE).get_page(numero_page or request.GET.get("page"))
    refus = bilan.refus if bilan else {}
    nombres = comptes(visibles, maintenant=instant)
    contexte = {
        "liste": liste,
        "listes": [(cle, libelle, nombres[cle]) for cle, libelle in LISTES.items()],
        "libelle": LISTES[liste],
        "page": page,
        "lignes": lignes_du_stock(page.object_list, par, refus=refus, choisis=choisis),
        "se_convoque": liste in (A_CONVOQUER, ANCIENS),
        "se_renvoie": liste in (A_CONVOQUER, NON_RAPPROCHES, ANCIENS),
        "renvoi": renvoi or FormulaireRenvoi(),
        "renvoi_ouvert": liste == ANCIENS or (renvoi is not None and bool(renvoi.errors)),
        "bilan": bilan,
        "erreur": erreur,
        "a_des_erreurs": bool(erreur or refus or (renvoi and renvoi.errors)),
    }
    return render(request, "guichet/titres.html", contexte, status=422 if contexte["a_des_erreurs"] else 200)


@droit(Droit.REMETTRE)
@require_http_methods(["GET", "HEAD", "POST"])
def nouveau(request: HttpRequest) -> HttpResponse:
    """Register one title, typed."""
    instant = maintenant()
    sites = sites_de(agent_de(request), Droit.REMETTRE)
    form = FormulaireTitre(request.POST or None, sites=sites, maintenant=instant)
    if form.is_valid() and form.recu is not None:
        par = acteur_de(request)
        try:
            titre = enregistrer_titre(form.cleaned_data["site"], form.recu, par=par, maintenant=instant)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, _enregistre(titre))
            return vers("guichet:titres_nouveau")
    contexte = {"form": form, "sites": sites}
    return render(request, "guichet/titre_nouveau.html", contexte, status=422 if form.errors else 200)


def _enregistre(titre: Titre) -> str:
    if titre.demande is None:
        return f"Titre {titre.numero_titre} enregistré, sans demande : voyez « Non rapprochés »."
    return f"Titre {titre.numero_titre} enregistré : la demande {titre.demande.numero} est « Titre à remettre »."


@droit(Droit.REMETTRE)
@require_http_methods(["GET", "HEAD", "POST"])
def rattacher(request: HttpRequest, pk: int) -> HttpResponse:
    """Say by hand which demande a title is for."""
    titre = titre_visible(agent_de(request), pk)
    if titre is None:
        raise Http404
    par = acteur_de(request)
    form = FormulaireRattacherTitre(request.POST or None)
    if form.is_valid():
        try:
            rattacher_titre(titre, **form.cleaned_data, par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            if erreur.champ not in form.fields:
                raise
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, f"Titre {titre.numero_titre} rattaché à {form.cleaned_data['numero']}.")
            return vers(_adresse(NON_RAPPROCHES))
    contexte = {"form": form, "titre": titre, "rapprochement": rapprochements_de([titre], par).get(titre.pk)}
    return render(request, "guichet/titre_rattacher.html", contexte, status=422 if form.errors else 200)


@droit(Droit.REMETTRE)
@require_http_methods(["GET", "HEAD", "POST"])
def detacher(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take a title off the demande that it was attached to by mistake."""
    titre = titre_visible(agent_de(request), pk)
    if titre is None:
        raise Http404
    form, statut = FormulaireDsfr(request.POST if request.method == "POST" else None), 200
    if form.is_valid():
        try:
            detacher_titre(titre, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
            statut = erreur.statut
        else:
            messages.success(request, f"Titre {titre.numero_titre} détaché : il est dans « Non rapprochés ».")
            return vers(_adresse(NON_RAPPROCHES))
    return render(request, "guichet/titre_detacher.html", {"titre": titre, "form": form}, status=statut)


@droit(Droit.REMETTRE)
@require_POST
def convoquer(request: HttpRequest) -> HttpResponse:
    """Ask, then convoke for the hand-over the holders of the titles ticked; those refused stay ticked, with why."""
    pks, liste = _choisis(request), request.POST.get("liste", "")
    if not pks:
        return rendre_stock(request, liste, erreur=RIEN_DE_CHOISI, numero_page=request.POST.get("page"))
    titres = titres_choisis(agent_de(request), pks)
    if request.POST.get("geste") == DEMANDER:
        _demander_des_places(request, titres)
        return _demander(request, "convoquer", titres, liste=liste)
    if "confirme" not in request.POST:
        return _demander(request, "convoquer", titres, liste=liste)
    bilan = convoquer_pour_remise(titres, par=acteur_de(request), maintenant=maintenant())
    _dire(request, bilan, "personne convoquée", "personnes convoquées")
    if bilan.sans_courriel:
        sans = nombre(bilan.sans_courriel, "personne n’a", "personnes n’ont")
        messages.warning(request, f"{sans} pas de courriel : {SANS_COURRIEL}")
    return _apres(request, liste, bilan)


@droit(Droit.REMETTRE)
@require_POST
def renvoyer(request: HttpRequest) -> HttpResponse:
    """Ask, then send back the titles ticked; those refused stay ticked, with why."""
    pks, form, liste = _choisis(request), FormulaireRenvoi(request.POST), request.POST.get("liste", "")
    if not form.is_valid() or not pks:
        erreur, page = "" if pks else RIEN_DE_CHOISI, request.POST.get("page")
        return rendre_stock(request, liste, choisis=pks, renvoi=form, erreur=erreur, numero_page=page)
    titres, motif = titres_choisis(agent_de(request), pks), form.cleaned_data["motif"]
    if "confirme" not in request.POST:
        return _demander(request, "renvoyer", titres, liste=liste, motif=motif)
    bilan = renvoyer_titres(titres, motif=motif, par=acteur_de(request), maintenant=maintenant())
    _dire(request, bilan, "titre renvoyé", "titres renvoyés")
    return _apres(request, liste, bilan)


@droit(Droit.REMETTRE)
@require_safe
def exporter(request: HttpRequest) -> HttpResponse:
    """Return a list of the stock as a file that a spreadsheet opens."""
    liste, instant = request.GET.get("liste", ""), maintenant()
    liste = liste if liste in LISTES else A_CONVOQUER
    choisis = titres_de(titres_visibles(agent_de(request)), liste, maintenant=instant)
    return reponse_csv(f"titres-{liste}.csv", csv_francais(COLONNES_D_EXPORT, lignes_d_export(choisis)))


def _demander(request: HttpRequest, acte: str, titres: Iterable[Titre], *, liste: str, motif: str = "") -> HttpResponse:
    """Show whose titles an act is about to take, before it writes to them or loses sight of their titles."""
    contexte: dict[str, Any] = {"acte": acte, "titres": list(titres), "motif": motif, "liste": liste}
    contexte["page"] = request.POST.get("page")
    contexte["retour"] = _adresse(liste)
    if acte == "convoquer":
        contexte |= _capacite(request, contexte["titres"])
    contexte["raison"] = dict(Titre.MotifRenvoi.choices).get(motif, "")
    return render(request, "guichet/titres_confirmer.html", contexte)


def _capacite(request: HttpRequest, titres: Sequence[Titre]) -> dict[str, Any]:
    """Return how many of the holders have a place, and how many places may be asked for."""
    places, par = places_pour(titres, maintenant=maintenant()), acteur_de(request)
    debout = places.debout
    a_demander = [
        manque.places
        for prefecture, manques in places.manques.items()
        if par.peut(Droit.CONVOQUER, prefecture_id=prefecture.pk)
        for manque in manques.values()
    ]
    return {"debout": debout, "convocables": len(titres) - debout, "a_demander": sum(a_demander)}


def _demander_des_places(request: HttpRequest, titres: Iterable[Titre]) -> None:
    """Ask the managers for the places that the holders lack, and say so on the same page."""
    for prefecture, manques in places_pour(titres, maintenant=maintenant()).manques.items():
        demander_des_places(request, prefecture, manques)


def _choisis(request: HttpRequest) -> list[int]:
    return [int(pk) for pk in request.POST.getlist("titre") if pk.isascii() and pk.isdigit() and len(pk) < 18]


def _dire(request: HttpRequest, bilan: Bilan, un: str, plusieurs: str) -> None:
    if bilan.faits:
        messages.success(request, f"{nombre(len(bilan.faits), un, plusieurs)}.")


def _apres(request: HttpRequest, liste: str, bilan: Bilan) -> HttpResponse:
    """Show the list again: as it is now, or with what was refused."""
    if not bilan.refus:
        return vers(_adresse(liste))
    return rendre_stock(request, liste, bilan=bilan, choisis=bilan.refus, numero_page=request.POST.get("page"))


def _adresse(liste: str) -> str:
    return reverse("guichet:titres", query={"liste": liste if liste in LISTES else A_CONVOQUER})
