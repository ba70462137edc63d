"""The préfecture's list of agréé doctors: agréments, links, the places where they examine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.droits import Droit
from demandes.models import Medecin, Prefecture
from demandes.services import medecins as services
from demandes.services.avis import ecarter_avis, saisir_avis_papier, va_en_commission
from demandes.services.deports import ouvrir_dossier
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import sur_le_formulaire
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.nombres import nombre
from planning.forms.medical import (
    FormulaireAgenda,
    FormulaireAvisPapier,
    FormulaireComposition,
    FormulaireCourriel,
    FormulaireDAgrement,
    FormulaireMedecin,
    FormulaireRenouvellement,
    FormulaireRetrait,
    fin_par_defaut,
)
from planning.selectors_medical import (
    agenda_gere,
    agendas_de_la_prefecture,
    agrement_gere,
    liste_des_medecins,
    medecin_gere,
    medecins_de_la_prefecture,
    motifs_a_examen,
    places_prises,
    prefectures_planifiees,
)
from planning.services import agendas
from planning.services.publication import publier


@droit(Droit.PLANIFIER)
@require_safe
def medecins(request: HttpRequest) -> HttpResponse:
    """Show the doctors of a préfecture and the places where they examine."""
    prefectures = prefectures_planifiees(agent_de(request))
    prefecture = _prefecture(request)
    contexte = {
        "prefectures": prefectures,
        "prefecture": prefecture,
        "lignes": liste_des_medecins(prefecture.pk, aujourdhui(prefecture.fuseau)),
        "agendas": agendas_de_la_prefecture(prefecture.pk, maintenant=maintenant()),
    }
    return render(request, "planning/medecins.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def medecin_ajouter(request: HttpRequest) -> HttpResponse:
    """Enter a doctor on the list."""
    prefecture = _prefecture(request)
    form = FormulaireMedecin(request.POST or None, initial=_dates(prefecture))
    faire = lambda v: services.agreer(prefecture, **v, par=acteur_de(request), maintenant=maintenant())  # noqa: E731
    return _formulaire(request, prefecture, form, faire, "Ajouter un médecin agréé", "Le médecin est sur la liste.")


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def medecin_renouveler(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a doctor a further agrément."""
    prefecture = _prefecture(request)
    medecin = _medecin(prefecture, pk)
    form = FormulaireRenouvellement(request.POST or None, initial=_dates(prefecture))
    faire = lambda v: services.renouveler(medecin, **v, par=acteur_de(request), maintenant=maintenant())  # noqa: E731
    return _formulaire(request, prefecture, form, faire, f"Nouvel agrément de {medecin}", "L’agrément est enregistré.")


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def agrement_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """End an agrément before its last day."""
    prefecture = _prefecture(request)
    agrement = agrement_gere(prefecture.pk, pk)
    if agrement is None:
        raise Http404
    form = FormulaireRetrait(request.POST or None)

    def faire(valeurs: dict[str, Any]) -> None:
        annules = agendas.retirer_agrement(agrement, **valeurs, par=acteur_de(request), maintenant=maintenant())
        if annules:
            annonce = nombre(annules, "rendez-vous est annulé", "rendez-vous sont annulés")
            messages.warning(request, f"{annonce} : les personnes sont prévenues et choisissent un autre créneau.")

    titre = f"Retirer l’agrément {agrement.reference} de {agrement.medecin}"
    return _formulaire(request, prefecture, form, faire, titre, "L’agrément est retiré à cette date.")


@droit(Droit.PLANIFIER)
@require_POST
def medecin_agir(request: HttpRequest, pk: int, geste: str) -> HttpResponse:
    """Mail the link of a doctor's page, suspend it or open it again."""
    prefecture = _prefecture(request)
    medecin, par, instant = _medecin(prefecture, pk), acteur_de(request), maintenant()
    try:
        if geste == "lien":
            services.envoyer_lien(medecin, par=par, maintenant=instant)
        else:
            agendas.basculer(medecin, actif=geste == "retablir", par=par, maintenant=instant)
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        messages.success(request, FAITS[geste].format(medecin=medecin))
        restants = places_prises(medecin, maintenant=instant) if geste == "suspendre" else 0
        if restants:
            reste = nombre(restants, "rendez-vous reste pris", "rendez-vous restent pris")
            messages.warning(request, f"{reste} : annulez-les depuis les dossiers, ou retirez l’agrément.")
    return _vers(prefecture)


FAITS = {
    "lien": "Le lien est envoyé à {medecin}. Le précédent n’ouvre plus rien.",
    "suspendre": "{medecin} est suspendu : sa page est fermée, ses créneaux libres sont retirés.",
    "retablir": "{medecin} est rétabli : publiez les créneaux pour les rouvrir.",
}


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def medecin_courriel(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the address that the link and the codes go to."""
    prefecture = _prefecture(request)
    medecin = _medecin(prefecture, pk)
    form = FormulaireCourriel(request.POST or None, initial={"courriel": medecin.courriel})
    faire = lambda v: services.changer_courriel(medecin, **v, par=acteur_de(request), maintenant=maintenant())  # noqa: E731
    fait = "L’adresse est changée. Envoyez le lien : l’ancien n’ouvre plus rien."
    return _formulaire(request, prefecture, form, faire, f"Adresse de {medecin}", fait)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def agenda_medecins(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who examines at a place."""
    prefecture = _prefecture(request)
    agenda = agenda_gere(prefecture.pk, pk)
    if agenda is None:
        raise Http404
    initial = {"medecins": [m.pk for m in agenda.medecins.all()]}
    form = FormulaireComposition(
        request.POST or None, medecins=medecins_de_la_prefecture(prefecture.pk), initial=initial
    )

    def faire(valeurs: dict[str, Any]) -> None:
        agendas.composer(agenda, **valeurs, par=acteur_de(request), maintenant=maintenant())
        publier(prefecture, une_file=agenda.file, maintenant=maintenant())

    titre = f"Qui examine à : {agenda.file.site.nom}"
    return _formulaire(request, prefecture, form, faire, titre, "Les médecins sont changés, les créneaux publiés.")


@droit(Droit.INSTRUIRE)
@require_POST
def avis_ecarter(request: HttpRequest, numero: str) -> HttpResponse:
    """Throw away an opinion that waits for a second signature."""
    demande = ouvrir_dossier(agent_de(request), numero, maintenant=maintenant())
    if demande is None or not demande.motif.examen:
        raise Http404
    ecarter_avis(demande, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "L’avis en attente est écarté.")
    return HttpResponse(status=303, headers={"Location": reverse("pages:dossier", args=[demande.numero])})


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def agenda_ajouter(request: HttpRequest) -> HttpResponse:
    """Open a place where doctors examine."""
    prefecture = _prefecture(request)
    connus = [ligne.medecin for ligne in liste_des_medecins(prefecture.pk, aujourdhui(prefecture.fuseau))]
    form = FormulaireAgenda(request.POST or None, medecins=connus, motifs=motifs_a_examen())
    faire = lambda v: agendas.ouvrir_agenda(prefecture, **v, par=acteur_de(request), maintenant=maintenant())  # noqa: E731
    fait = "Le lieu est ouvert. Ajoutez ses plages, ou laissez le médecin le faire."
    return _formulaire(request, prefecture, form, faire, "Ouvrir un lieu d’examen", fait)


@droit(Droit.PLANIFIER)
@require_POST
def agenda_fermer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a place out of use."""
    prefecture = _prefecture(request)
    agenda = agenda_gere(prefecture.pk, pk)
    if agenda is None:
        raise Http404
    agendas.fermer_agenda(agenda, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "Le lieu est fermé. Les rendez-vous déjà pris sont gardés.")
    return _vers(prefecture)


@droit(Droit.INSTRUIRE)
@require_http_methods(["GET", "POST"])
def avis_papier(request: HttpRequest, numero: str) -> HttpResponse:
    """Copy an opinion that came on paper into the file."""
    agent = agent_de(request)
    demande = ouvrir_dossier(agent, numero, maintenant=maintenant())
    if demande is None or not demande.motif.examen:
        raise Http404
    en_commission = va_en_commission(demande)
    connus = medecins_de_la_prefecture(demande.prefecture_id)
    form = FormulaireAvisPapier(request.POST or None, medecins=connus, en_commission=en_commission)
    retour = reverse("pages:dossier", args=[demande.numero])
    if request.method == "POST" and form.is_valid():
        signataires, examine_le = form.cleaned_data["medecins"], form.cleaned_data["examine_le"]
        try:
            saisir_avis_papier(
                demande,
                form.saisie,
                signataires,
                examine_le=examine_le,
                par=acteur_de(request),
                maintenant=maintenant(),
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "L’avis est enregistré au dossier.")
            return HttpResponse(status=303, headers={"Location": retour})
    contexte = {"form": form, "demande": demande, "retour": retour}
    return render(request, "planning/avis_papier.html", contexte, status=422 if form.errors else 200)


def _formulaire(
    request: HttpRequest,
    prefecture: Prefecture,
    form: FormulaireDAgrement,
    faire: Callable[[dict[str, Any]], object],
    titre: str,
    fait: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            faire(form.valeurs)
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, fait)
            return _vers(prefecture)
    contexte = {"form": form, "titre": titre, "retour": _liste(prefecture)}
    return render(request, "planning/medecin_saisie.html", contexte, status=422 if form.errors else 200)


def _dates(prefecture: Prefecture) -> dict[str, Any]:
    du = aujourdhui(prefecture.fuseau)
    return {"du": du, "au": fin_par_defaut(du)}


def _prefecture(request: HttpRequest) -> Prefecture:
    """Return the préfecture named in the address, the first one otherwise; a foreign one is unknown."""
    prefectures = prefectures_planifiees(agent_de(request))
    code = request.GET.get("prefecture")
    choisie = next((p for p in prefectures if code in (None, p.departement)), None)
    if choisie is None:
        raise Http404
    return choisie


def _medecin(prefecture: Prefecture, pk: int) -> Medecin:
    medecin = medecin_gere(prefecture.pk, pk)
    if medecin is None:
        raise Http404
    return medecin


def _vers(prefecture: Prefecture) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": _liste(prefecture)})


def _liste(prefecture: Prefecture) -> str:
    return f"{reverse('planning:medecins')}?prefecture={prefecture.departement}"
