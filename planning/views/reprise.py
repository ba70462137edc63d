"""Import of the appointments of the former booking module: shown before anything is written, then followed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Prefecture
from demandes.services.lecture import consulter
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.export import csv_francais, reponse_csv
from planipref.commun.formulaires import appliquer_erreur, sur_le_formulaire
from planipref.commun.horloge import maintenant
from planipref.commun.nombres import nombre
from planipref.commun.reponses import sans_trace, vers
from planipref.commun.tableur import decoder_a_confirmer
from planning import selectors_reprise as lectures
from planning.forms.reprise import FormulaireConfirmationReprise, FormulaireEcarter, FormulaireImportReprise
from planning.models import LigneReprise
from planning.selectors import creneau_par_numero
from planning.selectors_confirmation import a_confirmer
from planning.selectors_lecture_reprise import LIGNES_MAX, OCTETS_MAX, LectureReprise, Sort, lire_reprise
from planning.selectors_medical import prefectures_planifiees
from planning.selectors_ouvertures import planifie_partout
from planning.services import ancien_module as services
from planning.services.rapport_reprise import consigner_rapport, consigner_verification, exiger_de_lire
from planning.views.commun import prefecture_demandee, vers_la_page

MONTREES_MAX = 200
PAR_PAGE = 50


@droit(Droit.PLANIFIER)
@sans_trace
@require_http_methods(["GET", "POST"])
def reprise(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would do; nothing is written yet."""
    prefecture = prefecture_demandee(request)
    recu = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FormulaireImportReprise(*recu)
    if form.is_valid():
        try:
            contenu = decoder_a_confirmer(form.cleaned_data["fichier"].read(), OCTETS_MAX)
            lecture = _lire(request, prefecture, contenu)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            contexte = _bilan(lecture, prefecture)
            contexte["peut_regler"] = planifie_partout(agent_de(request).pk, prefecture)
            contexte["form"] = FormulaireConfirmationReprise(initial={"contenu": contenu})
            with timezone.override(ZoneInfo(prefecture.fuseau)):
                return render(request, "planning/reprise_apercu.html", contexte)
    contexte = {
        "prefecture": prefecture,
        "prefectures": prefectures_planifiees(agent_de(request)),
        "form": form,
        "lignes_max": LIGNES_MAX,
        "avancement": lectures.avancement(agent_de(request), prefecture, maintenant=maintenant()),
        "nb_a_confirmer": a_confirmer(agent_de(request), prefecture, maintenant=maintenant()).count(),
    }
    return render(request, "planning/reprise.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@sans_trace
@require_POST
def reprise_confirmer(request: HttpRequest) -> HttpResponse:
    """Keep the lines of the file that was shown, for the worker; or download what it would do."""
    prefecture = prefecture_demandee(request)
    form = FormulaireConfirmationReprise(request.POST)
    if not form.is_valid():
        return vers_la_page("reprise", prefecture)
    contenu = form.cleaned_data["contenu"]
    try:
        if "rapport" in request.POST:
            lecture = _lire(request, prefecture, contenu)
            return _telecharger(request, "reprise-avant.csv", lectures.rapport_avant(lecture, prefecture.fuseau))
        exiger_de_lire(acteur_de(request))
        services.importer_rendez_vous(prefecture, contenu, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        sur_le_formulaire(form, erreur)
        messages.error(request, erreur.message)
    else:
        messages.success(request, "Le fichier est enregistré. Les rendez-vous se reprennent un par un.")
    return vers_la_page("reprise", prefecture)


@droit(Droit.PLANIFIER)
@require_GET
def reprise_etat(request: HttpRequest) -> HttpResponse:
    """Say where the worker stands; once it is done, the page loads itself again."""
    prefecture = prefecture_demandee(request)
    avancement = lectures.avancement(agent_de(request), prefecture, maintenant=maintenant())
    contexte = {"prefecture": prefecture, "avancement": avancement}
    reponse = render(request, "planning/_reprise_avancement.html", contexte)
    if not avancement.en_attente:
        reponse["HX-Refresh"] = "true"
    return reponse


@droit(Droit.PLANIFIER)
@sans_trace
@require_GET
def reprise_rapport(request: HttpRequest) -> HttpResponse:
    """Download what became of every line."""
    prefecture = prefecture_demandee(request)
    rapport = lectures.rapport(agent_de(request), prefecture, maintenant=maintenant())
    return _telecharger(request, "reprise.csv", rapport)


def _lire(request: HttpRequest, prefecture: Prefecture, contenu: str) -> LectureReprise:
    """Read a file, and journal it: what is said of its lines tells who is known here.

    Raises:
        ErreurMetier: ``trop_d_essais`` (429), or what the file lacks.
    """
    par, instant = acteur_de(request), maintenant()
    exiger_de_lire(par)
    lecture = lire_reprise(prefecture, contenu, agent=agent_de(request), maintenant=instant)
    consigner_verification(prefecture, len(lecture.lignes), lecture.trouvees, par=par, maintenant=instant)
    return lecture


def _telecharger(request: HttpRequest, nom: str, rapport: lectures.Rapport) -> HttpResponse:
    consigner_rapport(rapport.demandes, par=acteur_de(request), maintenant=maintenant())
    return reponse_csv(nom, csv_francais(lectures.ENTETES, rapport.rangees))


@droit(Droit.PLANIFIER)
@sans_trace
@require_GET
def reprise_lignes(request: HttpRequest) -> HttpResponse:
    """List the lines that wait for an agent."""
    prefecture = prefecture_demandee(request)
    sorte = request.GET.get("pourquoi", "")
    lignes = lectures.lignes_a_resoudre(agent_de(request), prefecture, sorte)
    contexte = {
        "prefecture": prefecture,
        "prefectures": prefectures_planifiees(agent_de(request)),
        "sortes": lectures.sortes_a_resoudre(agent_de(request), prefecture),
        "sorte": sorte,
        "page": Paginator(lignes, PAR_PAGE).get_page(request.GET.get("page")),
    }
    with timezone.override(ZoneInfo(prefecture.fuseau)):
        return render(request, "planning/reprise_lignes.html", contexte)


@droit(Droit.PLANIFIER)
@require_POST
def reprise_reessayer(request: HttpRequest) -> HttpResponse:
    """Try every line again."""
    prefecture = prefecture_demandee(request)
    combien = services.reessayer(prefecture, par=acteur_de(request), maintenant=maintenant())
    messages.info(request, f"{nombre(combien, 'rendez-vous', 'rendez-vous')} à essayer de nouveau.")
    return vers_la_page("reprise", prefecture)


@droit(Droit.PLANIFIER)
@sans_trace
@require_http_methods(["GET", "POST"])
def reprise_ligne(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a line and what may be done with it, then do it."""
    ligne = lectures.ligne_planifiee(agent_de(request), pk)
    if ligne is None:
        raise Http404
    if ligne.demande is not None:
        consulter(ligne.demande, par=acteur_de(request), maintenant=maintenant(), quoi="reprise")
    form = FormulaireEcarter(request.POST if request.POST.get("geste") == "ecarter" else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            messages.success(request, _resoudre(request, ligne, form))
        except DroitRefuse:
            raise
        except ErreurMetier as erreur:
            if erreur.champ and form.is_bound:
                appliquer_erreur(form, erreur)
            else:
                messages.error(request, erreur.message)
                return vers("planning:reprise_ligne", pk) if erreur.code != "resolue" else _vers_lignes(ligne)
        else:
            return _vers_lignes(ligne)
    contexte = {
        "ligne": ligne,
        "issues": lectures.issues_de(ligne, agent=agent_de(request), maintenant=maintenant()),
        "form": form,
    }
    with timezone.override(ZoneInfo(ligne.prefecture.fuseau)):
        return render(request, "planning/reprise_ligne.html", contexte, status=422 if form.errors else 200)


def _resoudre(request: HttpRequest, ligne: LigneReprise, form: FormulaireEcarter) -> str:
    qui: dict[str, Any] = {"par": acteur_de(request), "maintenant": maintenant()}
    geste = request.POST.get("geste", "")
    if geste == "ecarter":
        services.ecarter(ligne, form.cleaned_data["raison"], **qui)
        return "La ligne est écartée."
    if geste == "garder":
        services.garder(ligne, **qui)
        return "Le rendez-vous est gardé tel qu’il est ici."
    if geste == "surplus":
        services.resoudre(ligne, en_surplus=True, **qui)
        return "Le rendez-vous est repris en surplus."
    numero = request.POST.get("creneau", "")
    creneau = creneau_par_numero(int(numero)) if numero.isdecimal() and len(numero) < 19 else None
    if creneau is None:
        raise ErreurMetier("creneau", "Choisissez un créneau.", statut=409)
    services.resoudre(ligne, creneau=creneau, **qui)
    return "Le rendez-vous est repris. La personne est prévenue si elle a un courriel ou un téléphone."


def _bilan(lecture: LectureReprise, prefecture: Prefecture) -> dict[str, Any]:
    """Return the counts, and the lines to look at, no more than `MONTREES_MAX` of each."""
    refusees = lecture.de(Sort.REFUSEE)
    changees = [x for x in lecture.de(Sort.DEPLACEE, Sort.DISPARUE) if not x.deportee]
    return {
        "prefecture": prefecture,
        "comptes": lecture.comptes,
        "bonnes": lecture.bonnes,
        "a_ecrire": lecture.a_ecrire,
        "nb_collisions": len(lecture.collisions),
        "collisions": lectures.dire_collisions(lecture, MONTREES_MAX),
        "changees": changees[:MONTREES_MAX],
        "motifs_inconnus": lecture.motifs_inconnus[:MONTREES_MAX],
        "refusees": refusees[:MONTREES_MAX],
        "nb_refusees": len(refusees),
    }


def _vers_lignes(ligne: LigneReprise) -> HttpResponseRedirect:
    return vers_la_page("reprise_lignes", ligne.prefecture)
