"""The settings of motifs: a préfecture's own values beside the national ones."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.droits import Droit
from demandes.forms.parametrage import FormulaireEssai, FormulaireExigence, FormulaireReglages, en_texte
from demandes.models import Motif, PieceRequise, Question, Service
from demandes.selectors_reglages import pieces_du_motif, questions_du_motif
from demandes.services import parametrage as services
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.reponses import vers
from planipref.pages import parametrage as lectures
from planipref.pages.parametrage import EXEMPLES, Portee

MOTIFS_PAR_PAGE = 20
RECHERCHE_MAX = 100


@droit(Droit.PARAMETRER)
@never_cache
@require_safe
def parametrage(request: HttpRequest, ou: str = "") -> HttpResponse:
    """List the motifs, with what differs here from the national values."""
    portee = portee_demandee(request, ou)
    q, service = request.GET.get("q", "")[:RECHERCHE_MAX], request.GET.get("service", "")
    lignes = lectures.lignes_de_motifs(portee, q, service)
    page = Paginator(lignes, MOTIFS_PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"portee": portee, "q": q, "service": service, "services": Service.Genre.choices, "page": page}
    return render(request, "pages/parametrage.html", contexte)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_motif(request: HttpRequest, ou: str, code: str) -> HttpResponse:
    """Show all that is set for a motif; save its parameters, or put one back to its national value."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    form = _formulaire_reglages(request, portee, motif)
    if request.method == "POST" and (valeurs := _valeurs_reglages(request, form, portee)) is not None:
        services.regler_motif(motif, portee.prefecture, valeurs, par=acteur_de(request))
        messages.success(request, "C’est enregistré.")
        return vers("pages:parametrage_motif", portee.ou, code)
    dits = lectures.enonces(motif)
    contexte = contexte_motif(portee, motif) | {
        "reglages": lectures.reglages(form, motif, lectures.local_de(motif, portee)),
        "form": form,
        "pieces": lectures.lignes_d_exigences(pieces_du_motif(motif, portee.pk), motif, dits),
        "questions": lectures.lignes_d_exigences(questions_du_motif(motif, portee.pk), motif, dits),
        "eligibilite": lectures.lignes_d_eligibilite(motif, portee, dits),
        "aiguillage": lectures.lignes_d_aiguillage(portee.prefecture, motif) if portee.prefecture else [],
    }
    return render(request, "pages/parametrage_motif.html", contexte, status=422 if form.is_bound else 200)


def _formulaire_reglages(request: HttpRequest, portee: Portee, motif: Motif) -> FormulaireReglages:
    source = motif if portee.est_nationale else lectures.local_de(motif, portee)
    initial = {c: getattr(source, c) for c in services.CHAMPS_MOTIF} if source else {}
    initial["actif"] = en_texte(initial.get("actif"))
    donnees = request.POST if request.method == "POST" and "revenir" not in request.POST else None
    return FormulaireReglages(donnees, national=portee.est_nationale, initial=initial)


def _valeurs_reglages(request: HttpRequest, form: FormulaireReglages, portee: Portee) -> dict[str, Any] | None:
    """Return what to save: one field back to its national value, or the whole form; None when there is nothing.

    The national values themselves come back to nothing.
    """
    champ = request.POST.get("revenir", "")
    if champ in services.CHAMPS_MOTIF and not portee.est_nationale:
        return {champ: None}
    return form.cleaned_data if form.is_bound and form.is_valid() else None


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_piece(request: HttpRequest, ou: str, code: str, piece: str) -> HttpResponse:
    """Set when a piece is asked for."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    return _page_exigence(request, portee, _exigence(motif.pieces_requises.avec_local(portee.pk), piece))


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_question(request: HttpRequest, ou: str, code: str, question: str) -> HttpResponse:
    """Set when a question is asked."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    return _page_exigence(request, portee, _exigence(motif.questions.avec_local(portee.pk), question))


def _exigence(exigences: Any, code: str) -> PieceRequise | Question:
    trouvee: PieceRequise | Question | None = exigences.filter(code=code).first()
    if trouvee is None:
        raise Http404
    return trouvee


def _page_exigence(request: HttpRequest, portee: Portee, exigence: PieceRequise | Question) -> HttpResponse:
    par, local = acteur_de(request), getattr(exigence, "local", None)
    if "revenir" in request.POST and portee.prefecture:
        services.revenir_exigence(exigence, portee.prefecture, par=par)
        messages.success(request, "Les valeurs nationales s’appliquent de nouveau ici.")
        return vers("pages:parametrage_motif", portee.ou, exigence.motif.code)
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireExigence(donnees, exigence=exigence, local=local, national=portee.est_nationale)
    if form.is_bound and form.is_valid():
        try:
            services.regler_exigence(exigence, portee.prefecture, form.cleaned_data, par=par)
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "C’est enregistré.")
            return vers("pages:parametrage_motif", portee.ou, exigence.motif.code)
    dits = lectures.enonces(exigence.motif)
    contexte = contexte_motif(portee, exigence.motif) | {
        "form": form,
        "nationale": lectures.lignes_d_exigences([exigence], exigence.motif, dits)[0],
        "est_piece": isinstance(exigence, PieceRequise),
    }
    statut = 422 if form.is_bound else 200
    return render(request, "pages/parametrage_exigence.html", contexte, status=statut)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_essai(request: HttpRequest, ou: str, code: str) -> HttpResponse:
    """Try answers: which questions, pieces and rules hold. Nothing is kept."""
    portee, motif = portee_demandee(request, ou), motif_demande(code)
    form = FormulaireEssai(
        request.POST if request.method == "POST" else None, noms=lectures.noms_d_essai(motif), auto_id="essai-%s"
    )
    valide = form.is_bound and form.is_valid()
    contexte = contexte_motif(portee, motif) | {
        "form": form,
        "essai": lectures.essayer(motif, portee, form.cleaned_data) if valide else None,
    }
    statut = 422 if form.is_bound and not valide else 200
    return render(request, "pages/parametrage_essai.html", contexte, status=statut)


@droit(Droit.PARAMETRER)
@never_cache
@require_safe
def parametrage_historique(request: HttpRequest, ou: str) -> HttpResponse:
    """List who changed what, the last first."""
    portee = portee_demandee(request, ou)
    page = Paginator(lectures.modifications(portee), MOTIFS_PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {"portee": portee, "page": page, "lignes": lectures.lignes_d_historique(page.object_list)}
    return render(request, "pages/parametrage_historique.html", contexte)


@droit(Droit.PARAMETRER)
@require_POST
def parametrage_annuler(request: HttpRequest, ou: str, pk: int) -> HttpResponse:
    """Put a setting back as it was before a change."""
    portee = portee_demandee(request, ou)
    modification = lectures.modifications(portee).filter(pk=pk).first()
    if modification is None:
        raise Http404
    services.annuler(modification, par=acteur_de(request))
    messages.success(request, "La modification est annulée.")
    return vers("pages:parametrage_historique", portee.ou)


def portee_demandee(request: HttpRequest, ou: str) -> Portee:
    """Return the scope of the address.

    Raises:
        Http404: not one of this agent.
    """
    portee = lectures.portee_de(agent_de(request), ou)
    if portee is None:
        raise Http404
    return portee


def motif_demande(code: str) -> Motif:
    """Return the motif of the address, with its questions.

    Raises:
        Http404: unknown.
    """
    motif = lectures.motif_de_code(code)
    if motif is None:
        raise Http404
    return motif


def contexte_motif(portee: Portee, motif: Motif | None) -> dict[str, Any]:
    """Return what every page of settings shows: scope, motif, names of conditions and examples."""
    return {"portee": portee, "motif": motif, "noms": lectures.noms_montres(motif), "exemples": EXEMPLES}
