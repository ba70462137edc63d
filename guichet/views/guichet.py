"""The counter: call, receive, check, decide on the spot, hand over, finish."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Demande
from demandes.services import completude, decision, suites
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.poste import FormulairePoste
from guichet.forms.remise import FormulaireRemise
from guichet.models import Passage
from guichet.selectors import guichets_de, numero_en_stock, passage_de, passages_tenus, venues_de
from guichet.services import guichet as services
from guichet.services import mouvements
from guichet.services.orientation import annuler_vue, declarer_conformes, declarer_non_conforme
from guichet.services.remise import remettre as remettre_titre
from guichet.views.ecran import (
    CLE_POSTE,
    SUR_PLACE,
    contexte_file,
    exiger_decision_ici,
    exiger_demande,
    exiger_passage,
    exiger_personne,
    poste_de,
    refuser,
    rendre_ecran,
    retour,
    version_de_l_ecran,
)
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers

PASSAGES: dict[str, Callable[..., object]] = {
    "rappeler": services.rappeler,
    "absent": services.constater_absence,
    "remettre_en_attente": mouvements.remettre_en_attente,
    "recevoir": services.recevoir,
    "suspendre": mouvements.suspendre,
    "terminer": services.terminer,
}
DEMANDES: dict[str, Callable[..., object]] = {
    "constater_completude": completude.constater_completude,
    "accorder": decision.accorder,
    "instruire": decision.instruire,
    "constater_titre_pret": suites.constater_titre_pret,
}
DITS_DU_PASSAGE = {
    "absent": "est noté absent.",
    "remettre_en_attente": "attend de nouveau, comme s’il arrivait maintenant.",
    "suspendre": "est mis de côté. Appelez la personne suivante, et reprenez-le à son retour.",
}
DITS = {
    "constater_completude": "Le dossier est complet.",
    "instruire": "La demande est envoyée en instruction.",
    "constater_titre_pret": "Le titre est prêt à être remis.",
}
CHIFFRES_MAX = 18  # of an identifier in the database


@droit(Droit.RECEVOIR)
@require_http_methods(["GET", "POST"])
def poste(request: HttpRequest) -> HttpResponse:
    """Choose one's site and counter for the session."""
    guichets = guichets_de(agent_de(request))
    form = FormulairePoste(request.POST or None, guichets=guichets, initial={"guichet": request.session.get(CLE_POSTE)})
    if request.method == "POST" and form.is_valid():
        choisi = form.cleaned_data["guichet"]
        try:
            services.exiger_libre(choisi, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            appliquer_erreur(form, erreur)
        else:
            request.session[CLE_POSTE] = choisi.pk
            return vers("guichet:guichet")
    tenus = passages_tenus(agent_de(request), maintenant=maintenant())
    contexte = {"form": form, "guichets": guichets, "tenus": tenus}
    return render(request, "guichet/poste.html", contexte, status=422 if form.errors else 200)


@droit(Droit.RECEVOIR)
@require_GET
def guichet(request: HttpRequest) -> HttpResponse:
    """Who is next and why, and the person at the counter with their demande."""
    return rendre_ecran(request)


@droit(Droit.RECEVOIR)
@require_GET
def file(request: HttpRequest) -> HttpResponse:
    """Answer the polling of the screen: the queue again, or 204 when nothing has changed."""
    choisi = poste_de(request)
    if choisi is None:
        raise Http404
    version = version_de_l_ecran(choisi, maintenant=maintenant())
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    contexte = contexte_file(choisi, passage_de(agent_de(request)), version, agent_de(request).deports_tenus)
    return render(request, "guichet/_file.html", contexte | {"fragment": True})


@droit(Droit.RECEVOIR)
@require_POST
def appeler(request: HttpRequest) -> HttpResponse:
    """Call the next person to one's counter."""
    choisi = poste_de(request)
    if choisi is None:
        return vers("guichet:poste")
    par = acteur_de(request)
    try:
        passage = services.appeler_suivant(choisi, list(choisi.files.all()), par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    if passage is None:
        messages.info(request, "Personne n’attend pour votre guichet.")
    return vers("guichet:guichet")


@droit(Droit.RECEVOIR)
@require_POST
def agir(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Recall, mark absent, put back, receive, put aside or finish the visit at one's counter."""
    passage = exiger_passage(request, pk)
    options = {"absentes": _absentes(request, passage)} if action == "recevoir" else {}
    try:
        PASSAGES[action](passage, **options, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    if action in DITS_DU_PASSAGE:
        suite = " Son rendez-vous peut être repris." if action == "absent" and passage.rendez_vous_id else ""
        messages.info(request, f"{passage.numero_ticket} {DITS_DU_PASSAGE[action]}{suite}")
    return vers("guichet:guichet")


def _absentes(request: HttpRequest, passage: Passage) -> list[int]:
    """Return the demandes of a family whose person was not ticked; everybody came when the list was not shown."""
    if "famille" not in request.POST:
        return []
    presentes = request.POST.getlist("presente")
    return [v.demande_id for v in venues_de(passage) if v.demande.numero not in presentes]


@droit(Droit.RECEVOIR)
@require_POST
def finir(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that nothing more is done today for one person of a family."""
    try:
        passage, demande = exiger_personne(request, pk)
        services.finir(passage, demande, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    return retour(request)


@droit(Droit.RECEVOIR)
@require_POST
def pieces(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one piece, or all, is right; that a file is not, and why; or that an original was not seen after all."""
    par, instant = acteur_de(request), maintenant()
    try:
        demande = exiger_demande(request, pk)
        if "non_conforme" in request.POST:
            requise = _identifiant(request.POST["non_conforme"])
            raison = request.POST.get("raison", "").replace("\0", "")
            declarer_non_conforme(demande, requise, raison=raison, par=par, maintenant=instant)
        elif "annuler_vue" in request.POST:
            annuler_vue(demande, _identifiant(request.POST["annuler_vue"]), par=par, maintenant=instant)
        else:
            choisies = None if "toutes" in request.POST else [_identifiant(request.POST.get("conforme", ""))]
            declarer_conformes(demande, choisies, par=par, maintenant=instant)
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    return retour(request)


@droit(Droit.RECEVOIR)
@require_POST
def decider(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Apply to the demande, on the spot, a transition that its table allows."""
    if action not in SUR_PLACE:
        raise Http404
    par = acteur_de(request)
    try:
        demande = exiger_demande(request, pk)
        exiger_decision_ici(action, demande)
        DEMANDES[action](demande, par=par, maintenant=maintenant())
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    messages.success(request, DITS.get(action) or _acte_parti(demande))
    return retour(request)


@droit(Droit.RECEVOIR)
@require_POST
def remettre(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the title over to the person at the counter, identity checked, signed for."""
    try:
        demande = exiger_demande(request, pk)
    except ErreurMetier as erreur:
        return refuser(request, erreur)
    form = FormulaireRemise(request.POST, auto_id=f"remise-{demande.pk}_%s", en_stock=numero_en_stock(demande))
    if not form.is_valid():
        return rendre_ecran(request, form=form, numero=demande.numero or "", statut=422)
    try:
        remettre_titre(demande, **form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.champ not in form.fields:
            return refuser(request, erreur)
        appliquer_erreur(form, erreur)
        return rendre_ecran(request, form=form, numero=demande.numero or "", statut=422)
    messages.success(request, "Le titre est remis et signé. Terminez le passage.")
    return retour(request)


def _identifiant(texte: str) -> int:
    """Read an identifier typed by the page; anything else is unknown."""
    if not texte.isdecimal() or len(texte) > CHIFFRES_MAX:
        raise Http404
    return int(texte)


def _acte_parti(demande: Demande) -> str:
    courriel = demande.usager.courriel
    if courriel:
        return f"Demande accordée. L’acte est envoyé par courriel à {courriel}."
    return "Demande accordée. La personne n’a pas de courriel : imprimez l’acte et remettez-le-lui."
