"""Import of the leave of CASPER: a file, or its address, is shown before anything is written, then confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Prefecture
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur, sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import sans_trace, vers
from planipref.commun.tableur import decoder_a_confirmer
from planning import selectors_casper as lectures
from planning.forms.casper import (
    FormulaireAgentCasper,
    FormulaireCodeCasper,
    FormulaireConfirmationCasper,
    FormulaireImportCasper,
    FormulaireMotsCasper,
)
from planning.selectors_lecture_casper import (
    COLONNES,
    LIGNES_MAX,
    OCTETS_MAX,
    LectureCasper,
    Sort,
    lire_casper,
    reglages_de,
)
from planning.selectors_medical import prefectures_planifiees
from planning.services import casper as services
from planning.services.flux_casper import est_relie, recuperer
from planning.views.commun import prefecture_demandee

MONTREES_MAX = 500
PAR_PAGE = 50


@droit(Droit.PLANIFIER)
@sans_trace
@require_http_methods(["GET", "POST"])
def casper(request: HttpRequest) -> HttpResponse:
    """Take a file, or read the address, and show what it would do; nothing is written yet."""
    prefecture = prefecture_demandee(request)
    en_ligne = "en_ligne" in request.POST
    recu = (request.POST, request.FILES) if request.method == "POST" and not en_ligne else ()
    form, refus = FormulaireImportCasper(*recu), ""
    if en_ligne or form.is_valid():
        try:
            contenu = (
                recuperer(prefecture)
                if en_ligne
                else decoder_a_confirmer(form.cleaned_data["fichier"].read(), OCTETS_MAX)
            )
            lecture = lire_casper(prefecture, contenu, maintenant=maintenant())
        except ErreurMetier as erreur:
            refus = erreur.message if en_ligne else ""
            if form.is_bound:
                appliquer_erreur(form, erreur)
        else:
            contexte = _bilan(lecture, prefecture)
            contexte["form"] = FormulaireConfirmationCasper(initial={"contenu": contenu})
            return render(request, "planning/casper_apercu.html", contexte)
    contexte = _commun(request, prefecture) | {"form": form, "refus": refus, "reglages": reglages_de(prefecture)}
    contexte |= {"lignes_max": LIGNES_MAX, "est_relie": est_relie()}
    return render(request, "planning/casper.html", contexte, status=422 if form.is_bound or refus else 200)


@droit(Droit.PLANIFIER)
@sans_trace
@require_POST
def casper_confirmer(request: HttpRequest) -> HttpResponse:
    """Write the file that was shown, and say what became of each line."""
    prefecture = prefecture_demandee(request)
    form = FormulaireConfirmationCasper(request.POST)
    if not form.is_valid():
        return _vers("casper", prefecture)
    try:
        lecture = services.importer_casper(
            prefecture, form.cleaned_data["contenu"], par=acteur_de(request), maintenant=maintenant()
        )
    except ErreurMetier as erreur:
        sur_le_formulaire(form, erreur)
        messages.error(request, erreur.message)
        return _vers("casper", prefecture)
    if liberes := sum(ligne.liberes for ligne in lecture.lignes):
        quitte = nombre(liberes, "demi-journée était affectée", "demi-journées étaient affectées")
        messages.warning(request, f"{quitte} : ouvrez le planning de la semaine pour remplacer les agents.")
    return render(request, "planning/casper_importe.html", _bilan(lecture, prefecture))


@droit(Droit.PLANIFIER)
@require_GET
def casper_correspondances(request: HttpRequest) -> HttpResponse:
    """Show what the words of CASPER mean here."""
    prefecture = prefecture_demandee(request)
    reglages = reglages_de(prefecture)
    contexte = _commun(request, prefecture) | {
        "reglages": reglages,
        "colonnes": [(aide, reglages.colonnes.get(c, c)) for c, aide in COLONNES.items()],
        "codes": lectures.codes_casper(prefecture),
        "page": Paginator(lectures.agents_casper(prefecture), PAR_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "planning/casper_correspondances.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def casper_colonnes(request: HttpRequest) -> HttpResponse:
    """Set the headings of the file and the words of its cells."""
    prefecture = prefecture_demandee(request)
    form = FormulaireMotsCasper(request.POST or None, reglages=reglages_de(prefecture))

    def enregistrer() -> None:
        services.regler_casper(prefecture, form.mots, par=acteur_de(request), maintenant=maintenant())

    return _saisie(request, form, prefecture, "Colonnes et mots du fichier", enregistrer)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def casper_code_ajouter(request: HttpRequest) -> HttpResponse:
    """Say what a code means."""
    prefecture, form = prefecture_demandee(request), FormulaireCodeCasper(request.POST or None)

    def enregistrer() -> None:
        services.nommer_code(prefecture, **form.cleaned_data, par=acteur_de(request), maintenant=maintenant())

    return _saisie(request, form, prefecture, "Donner un sens à un code", enregistrer)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def casper_agent_ajouter(request: HttpRequest) -> HttpResponse:
    """Say what CASPER calls an agent."""
    prefecture = prefecture_demandee(request)
    form = FormulaireAgentCasper(request.POST or None, agents=lectures.agents_de(prefecture))

    def enregistrer() -> None:
        services.nommer_agent(prefecture, **form.cleaned_data, par=acteur_de(request), maintenant=maintenant())

    return _saisie(request, form, prefecture, "Relier un identifiant à un agent", enregistrer)


@droit(Droit.PLANIFIER)
@require_POST
def casper_oublier(request: HttpRequest, sorte: str, pk: int) -> HttpResponse:
    """Forget an identifier or a code."""
    prefecture = prefecture_demandee(request)
    noms: Any = lectures.codes_casper(prefecture) if sorte == "codes" else lectures.agents_casper(prefecture)
    nom = noms.filter(pk=pk).first()
    if nom is None:
        raise Http404
    services.oublier(nom, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "La correspondance est supprimée. Les absences déjà importées restent.")
    return _vers("casper_correspondances", prefecture)


def _saisie(
    request: HttpRequest, form: FormulaireDsfr, prefecture: Prefecture, titre: str, enregistrer: Callable[[], None]
) -> HttpResponse:
    """Show a form of the words; save it and come back to them."""
    if form.is_bound and form.is_valid():
        try:
            enregistrer()
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "C’est enregistré.")
            return _vers("casper_correspondances", prefecture)
    contexte = {"form": form, "titre": titre, "prefecture": prefecture}
    return render(request, "planning/casper_saisie.html", contexte, status=422 if form.errors else 200)


def _commun(request: HttpRequest, prefecture: Prefecture) -> dict[str, Any]:
    return {"prefecture": prefecture, "prefectures": prefectures_planifiees(agent_de(request))}


def _bilan(lecture: LectureCasper, prefecture: Prefecture) -> dict[str, Any]:
    """Return the counts, and the lines to look at, no more than `MONTREES_MAX` of each."""
    refusees = lecture.de(Sort.REFUSEE)
    ecrites = [ligne for ligne in lecture.lignes if ligne.a_ecrire]
    return {
        "prefecture": prefecture,
        "comptes": lecture.comptes,
        "nb_ecrites": len(ecrites),
        "ecrites": lectures.dire_lignes(ecrites[:MONTREES_MAX], prefecture.fuseau),
        "refusees": refusees[:MONTREES_MAX],
        "nb_refusees": len(refusees),
    }


def _vers(route: str, prefecture: Prefecture) -> HttpResponseRedirect:
    return vers(f"{reverse(f'planning:{route}')}?prefecture={prefecture.departement}")
