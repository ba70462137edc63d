"""Who came without a demande: one is attached, or opened, without leaving the counter."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Agent, Demande
from demandes.selectors import acteur_agent
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.accueil import FormulaireNumeroOuNom, FormulaireOuverture
from guichet.models import Passage
from guichet.selectors import motifs_a_ouvrir, passage_visible, prochain_rendez_vous
from guichet.selectors_accueil import rechercher
from guichet.services import rattachement as services
from guichet.services.orientation import demande_ou_refus
from guichet.views.ecran import exiger_passage, refuser, rendre_ecran
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers


@droit(Droit.RECEVOIR)
@require_POST
def rattacher(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a demande, by its number, to the visit at one's counter; a name shows whose demandes there are."""
    passage, form = exiger_passage(request, pk), FormulaireNumeroOuNom(request.POST)
    if not form.is_valid():
        return rendre_ecran(request, rattachement=form, statut=422)
    agent = agent_de(request)
    try:
        demande = demande_ou_refus(agent, passage.site, form.cleaned_data["numero"])
        if "confirme" not in request.POST:
            return _faire_confirmer(request, passage, demande)
        services.rattacher_demande(passage, demande, par=acteur_agent(agent), maintenant=maintenant())
    except ErreurMetier as erreur:
        if erreur.champ not in form.fields:
            return refuser(request, erreur)
        trouvees = _trouver(agent, passage, form.cleaned_data["numero"]) if erreur.code == "demande_inconnue" else []
        if trouvees:
            return rendre_ecran(request, rattachement=form, trouvees=trouvees)
        appliquer_erreur(form, erreur)
        return rendre_ecran(request, rattachement=form, statut=422)
    messages.success(request, f"La demande {demande.numero} est rattachée à ce passage.")
    return vers("guichet:guichet")


def _trouver(agent: Agent, passage: Passage, texte: str) -> list[Demande]:
    """Return the demandes of a name that the visit may be for."""
    return [r.demande for r in rechercher(agent, passage.site, texte, maintenant=maintenant()) if r.peut_entrer]


def _faire_confirmer(request: HttpRequest, passage: Passage, demande: Demande) -> HttpResponse:
    """Show whose demande a number is before it is attached: a wrong digit would receive somebody else."""
    contexte = {"passage": passage, "demande": demande, "rendez_vous": prochain_rendez_vous(demande)}
    return render(request, "guichet/rattacher_confirmer.html", contexte)


@droit(Droit.RECEVOIR)
@require_http_methods(["GET", "POST"])
def ouvrir(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a demande for the person at one's counter, then come back to it."""
    passage = exiger_passage(request, pk, lire=passage_visible)
    dit = {"motif": passage.motif.code} if passage.motif else {}
    form = FormulaireOuverture(
        request.POST or None,
        motifs=motifs_a_ouvrir(agent_de(request), passage.site),
        curseur=request.method == "GET",
        initial=dit,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.ouvrir_pour_le_passage(
                passage,
                form.cleaned_data["motif"],
                identite=form.identite,
                par=acteur_de(request),
                maintenant=maintenant(),
            )
        except ErreurMetier as erreur:
            if erreur.champ not in form.fields:
                return refuser(request, erreur)
            appliquer_erreur(form, erreur)
        else:
            messages.success(request, "La demande est ouverte et rattachée à ce passage.")
            return vers("guichet:guichet")
    contexte = {"passage": passage, "form": form}
    return render(request, "guichet/ouvrir.html", contexte, status=422 if form.errors else 200)
