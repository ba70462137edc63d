"""What the words of the former booking module mean here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Prefecture
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import maintenant
from planning import selectors_reprise as lectures
from planning.forms.reprise import FormulaireColonnesReprise, FormulaireMotifRepris
from planning.selectors_lecture_reprise import COLONNES, reglages_de
from planning.selectors_medical import prefectures_planifiees
from planning.selectors_ouvertures import planifie_partout
from planning.services import mots_reprise as services
from planning.services.ouvertures import exiger_planifier_partout
from planning.views.commun import prefecture_demandee, vers_la_page


@droit(Droit.PLANIFIER)
@require_GET
def reprise_correspondances(request: HttpRequest) -> HttpResponse:
    """Show the headings of the file and what the objects of the module are here."""
    prefecture = prefecture_demandee(request)
    reglages = reglages_de(prefecture)
    contexte = {
        "prefecture": prefecture,
        "prefectures": prefectures_planifiees(agent_de(request)),
        "reglages": reglages,
        "peut_regler": planifie_partout(agent_de(request).pk, prefecture),
        "colonnes": [(aide, reglages.colonnes.get(c, c)) for c, aide in COLONNES.items()],
        "motifs": lectures.motifs_repris(prefecture),
    }
    return render(request, "planning/reprise_correspondances.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def reprise_colonnes(request: HttpRequest) -> HttpResponse:
    """Set the headings of the file."""
    prefecture = _prefecture_entiere(request)
    donnees = request.POST if request.method == "POST" else None
    form = FormulaireColonnesReprise(donnees, reglages=reglages_de(prefecture))
    if form.is_bound and form.is_valid():
        complet = form.cleaned_data["complet"]
        services.regler_reprise(
            prefecture, form.colonnes, complet=complet, par=acteur_de(request), maintenant=maintenant()
        )
        messages.success(request, "C’est enregistré.")
        return vers_la_page("reprise_correspondances", prefecture)
    contexte = {"form": form, "titre": "Colonnes du fichier", "prefecture": prefecture}
    return render(request, "planning/reprise_saisie.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def reprise_motif_ajouter(request: HttpRequest) -> HttpResponse:
    """Say what an object of the module is here."""
    prefecture = _prefecture_entiere(request)
    form = FormulaireMotifRepris(
        request.POST if request.method == "POST" else None,
        motifs=lectures.motifs_proposes(),
        files=lectures.files_proposees(agent_de(request), prefecture),
        initial={"libelle": request.GET.get("libelle", "")[:200]},
    )
    if form.is_bound and form.is_valid():
        try:
            services.nommer_motif(prefecture, **form.cleaned_data, par=acteur_de(request), maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "C’est enregistré.")
            return vers_la_page("reprise_correspondances", prefecture)
    contexte = {"form": form, "titre": "Donner un sens à un motif", "prefecture": prefecture}
    return render(request, "planning/reprise_saisie.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PLANIFIER)
@require_POST
def reprise_motif_supprimer(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget what an object of the module is here."""
    prefecture = _prefecture_entiere(request)
    nomme = lectures.motifs_repris(prefecture).filter(pk=pk).first()
    if nomme is None:
        raise Http404
    services.oublier_motif(nomme, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "La correspondance est supprimée. Les rendez-vous repris restent.")
    return vers_la_page("reprise_correspondances", prefecture)


def _prefecture_entiere(request: HttpRequest) -> Prefecture:
    """Return the préfecture asked for, to who plans every site of it: its words are those of all of them."""
    prefecture = prefecture_demandee(request)
    exiger_planifier_partout(acteur_de(request), prefecture)
    return prefecture
