"""The page of an agréé doctor: agenda, convened persons, opinion. Works without JavaScript, in French."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.acteur import acteur_medecin
from demandes.models import Medecin
from demandes.services.actes import produire
from demandes.services.lecture import consulter
from demandes.services.portail_medecin import demander_code, verifier_code
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, appliquer_erreur, sur_le_formulaire
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.reponses import adresse_ip
from planning.forms.medical import FormulaireAvis, FormulaireCode, FormulaireFermetureMedecin, FormulairePlageMedecin
from planning.models import RendezVous
from planning.selectors_medical import (
    ABSENCE_DU_MEDECIN,
    a_des_rendez_vous,
    agendas_du_medecin,
    avis_a_contresigner,
    avis_du_medecin,
    ce_que_voit_le_medecin,
    fermeture_du_medecin,
    plage_du_medecin,
    rendez_vous_du_medecin,
    tableau_du_medecin,
)
from planning.services import examens, ouvertures
from planning.services.publication import publier
from planning.views.acces_medecin import est_verifie, oublier, page_du_medecin, retenir


@require_http_methods(["GET", "HEAD", "POST"])
@page_du_medecin(verifie=False)
def medecin(request: HttpRequest, medecin: Medecin, jeton: str) -> HttpResponse:
    """Ask for the code, then show who is convoked, what waits for an opinion, and the openings."""
    if not est_verifie(request, medecin):
        return _verification(request, medecin, jeton)
    contexte = {"medecin": medecin, "jeton": jeton, "tableau": tableau_du_medecin(medecin, maintenant=maintenant())}
    return render(request, "planning/medecin.html", contexte)


def _verification(request: HttpRequest, medecin: Medecin, jeton: str) -> HttpResponse:
    """Mail a code only when asked: programs that check mails open the links in them."""
    form: FormulaireDsfr | None = None
    statut = 200
    if request.method == "POST" and request.POST.get("envoyer"):
        try:
            demander_code(medecin, maintenant=maintenant())
        except ErreurMetier as erreur:
            messages.error(request, erreur.message)
        form = FormulaireCode()
    elif request.method == "POST":
        form = FormulaireCode(request.POST)
        statut = 422
        if form.is_valid():
            code, origine = form.cleaned_data["code"], adresse_ip(request)
            try:
                verifier_code(medecin, code, origine=origine, maintenant=maintenant())
            except ErreurMetier as erreur:
                appliquer_erreur(form, erreur)
                statut = erreur.statut
            else:
                retenir(request, medecin)
                return _vers(jeton)
    return render(request, "planning/medecin_code.html", {"form": form, "jeton": jeton}, status=statut)


@require_POST
@page_du_medecin()
def medecin_quitter(request: HttpRequest, medecin: Medecin, jeton: str) -> HttpResponse:
    """Close the page on this device."""
    oublier(request)
    return _vers(jeton)


@require_http_methods(["GET", "HEAD", "POST"])
@page_du_medecin()
def medecin_examen(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Show who is convoked and the form of the opinion; sent once, it is read over; sent again, it is signed."""
    rendez_vous = _rendez_vous(medecin, pk)
    agenda, demande = rendez_vous.creneau.file.agenda, rendez_vous.convocation.demande
    fuseau = demande.prefecture.fuseau
    form = FormulaireAvis(request.POST if request.method == "POST" else None, en_commission=agenda.en_commission)
    statut, a_signer = (422, False) if form.is_bound else (200, False)
    if form.is_bound and form.is_valid():
        try:
            if request.POST.get("signer"):
                avis = examens.rendre_avis(rendez_vous, medecin, form.saisie, maintenant=maintenant())
                messages.success(request, _rendu(avis.rendu_le is not None))
                return _vers(jeton)
            examens.exiger_avis_possible(rendez_vous, medecin, form.saisie, maintenant=maintenant())
            statut, a_signer = 200, True
        except ErreurMetier as erreur:
            if erreur.champ not in form.fields:
                raise
            appliquer_erreur(form, erreur)
    consulter(demande, par=acteur_medecin(medecin.pk, demande.prefecture_id), maintenant=maintenant(), quoi="medecin")
    contexte = {
        "medecin": medecin,
        "jeton": jeton,
        "rendez_vous": rendez_vous,
        "agenda": agenda,
        "demande": demande,
        "reponses": ce_que_voit_le_medecin(demande),
        "form": form,
        "a_signer": a_signer,
        "commence": rendez_vous.creneau.debut <= maintenant(),
        "passe": aujourdhui(fuseau, rendez_vous.creneau.debut) <= aujourdhui(fuseau, maintenant()),
    }
    return render(request, "planning/medecin_examen.html", contexte, status=statut)


def _rendu(rendu: bool) -> str:
    if rendu:
        return "L’avis est signé et transmis à la préfecture. La personne le reçoit aussi."
    return "Votre avis est signé. Il part quand l’autre médecin de la commission l’a signé."


@require_POST
@page_du_medecin()
def medecin_absent(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Say that the person did not come."""
    examens.constater_absence(_rendez_vous(medecin, pk), medecin, maintenant=maintenant())
    messages.success(request, "L’absence est notée. La personne peut reprendre un rendez-vous.")
    return _vers(jeton)


@require_POST
@page_du_medecin()
def medecin_deport(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Step aside for one's own patient."""
    examens.se_deporter(_rendez_vous(medecin, pk), medecin, maintenant=maintenant())
    messages.success(request, "Vous n’examinerez pas cette personne : la préfecture la convoquera ailleurs.")
    return _vers(jeton)


@require_POST
@page_du_medecin()
def medecin_contresigner(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Sign the opinion of the other doctor, or turn it down."""
    avis = avis_a_contresigner(medecin).filter(pk=pk).first()
    if avis is None:
        raise Http404
    if request.POST.get("refuser"):
        examens.desapprouver(avis, medecin, maintenant=maintenant())
        messages.success(request, "L’avis est écarté : l’examen attend de nouveau un avis.")
    else:
        examens.contresigner(avis, medecin, maintenant=maintenant())
        messages.success(request, _rendu(True))
    return _vers(jeton)


@require_safe
@page_du_medecin()
def medecin_avis(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Give the signed PDF of an opinion that the doctor signed."""
    avis = avis_du_medecin(medecin).filter(pk=pk, acte__isnull=False).first()
    if avis is None or avis.acte is None:
        raise Http404
    par = acteur_medecin(medecin.pk, avis.demande.prefecture_id)
    consulter(avis.demande, par=par, maintenant=maintenant(), quoi="acte")
    pdf = produire(avis.acte, maintenant=maintenant()).pdf.open("rb")
    nom = f"avis-medical-{avis.demande.numero}.pdf"
    return cast("HttpResponse", FileResponse(pdf, as_attachment=True, filename=nom))


@require_http_methods(["GET", "HEAD", "POST"])
@page_du_medecin()
def medecin_plage(request: HttpRequest, medecin: Medecin, jeton: str) -> HttpResponse:
    """Add a weekly opening; its slots are offered at once."""
    agendas = agendas_du_medecin(medecin)
    if not agendas:
        raise Http404
    initial = {"file": str(agendas[0].file_id), "jour": "1", "du": aujourdhui(agendas[0].file.site.prefecture.fuseau)}
    form = FormulairePlageMedecin(request.POST or None, agendas=agendas, initial=initial)
    if request.method == "POST" and form.is_valid():
        valeurs = form.valeurs
        prefecture, par = valeurs.file.site.prefecture, acteur_medecin(medecin.pk, valeurs.file.site.prefecture_id)
        try:
            ouvertures.ajouter_plage(valeurs, par=par, maintenant=maintenant())
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            bilan = publier(prefecture, une_file=valeurs.file, maintenant=maintenant())
            messages.success(request, f"La plage est ajoutée : {bilan.crees + bilan.modifies} créneaux sont ouverts.")
            return _vers(jeton)
    contexte = {"form": form, "retour": _page(jeton), "titre": "Ouvrir une plage de consultation"}
    return render(request, "planning/medecin_saisie.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page_du_medecin()
def medecin_fermeture(request: HttpRequest, medecin: Medecin, jeton: str) -> HttpResponse:
    """Note days without consultation; free slots go at once, appointments stay for the préfecture to solve."""
    agendas = agendas_du_medecin(medecin)
    if not agendas:
        raise Http404
    form = FormulaireFermetureMedecin(request.POST or None, agendas=agendas, initial={"file": str(agendas[0].file_id)})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"].file
        site, par = file.site, acteur_medecin(medecin.pk, file.site.prefecture_id)
        jours = {c: form.cleaned_data[c] for c in ("du", "au")}
        try:
            ouvertures.ajouter_fermeture(
                site.prefecture, site=site, libelle=ABSENCE_DU_MEDECIN, **jours, par=par, maintenant=maintenant()
            )
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            publier(site.prefecture, une_file=file, maintenant=maintenant())
            messages.success(request, "L’absence est notée. Les créneaux libres de ces jours sont retirés.")
            if a_des_rendez_vous(file, jours["du"], jours["au"]):
                messages.warning(request, "Des rendez-vous sont déjà pris ces jours-là : prévenez la préfecture.")
            return _vers(jeton)
    contexte = {"form": form, "retour": _page(jeton), "titre": "Noter une absence"}
    return render(request, "planning/medecin_saisie.html", contexte, status=422 if form.errors else 200)


@require_POST
@page_du_medecin()
def medecin_plage_supprimer(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Remove a weekly opening; appointments taken on it stay."""
    plage = plage_du_medecin(medecin, pk)
    if plage is None:
        raise Http404
    file = plage.file
    ouvertures.supprimer_plage(plage, par=acteur_medecin(medecin.pk, file.site.prefecture_id), maintenant=maintenant())
    publier(file.site.prefecture, une_file=file, maintenant=maintenant())
    messages.success(request, "La plage est supprimée. Les rendez-vous déjà pris sont gardés.")
    return _vers(jeton)


@require_POST
@page_du_medecin()
def medecin_fermeture_supprimer(request: HttpRequest, medecin: Medecin, jeton: str, pk: int) -> HttpResponse:
    """Remove days without consultation; their slots are offered again."""
    fermeture = fermeture_du_medecin(medecin, pk)
    if fermeture is None:
        raise Http404
    prefecture = fermeture.prefecture
    ouvertures.supprimer_fermeture(fermeture, par=acteur_medecin(medecin.pk, prefecture.pk), maintenant=maintenant())
    for agenda in agendas_du_medecin(medecin):
        publier(agenda.file.site.prefecture, une_file=agenda.file, maintenant=maintenant())
    messages.success(request, "L’absence est supprimée : les créneaux de ces jours sont de nouveau ouverts.")
    return _vers(jeton)


def _rendez_vous(medecin: Medecin, pk: int) -> RendezVous:
    rendez_vous = rendez_vous_du_medecin(medecin, pk)
    if rendez_vous is None:
        raise Http404
    return rendez_vous


def _vers(jeton: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": _page(jeton)})


def _page(jeton: str) -> str:
    return reverse("planning:medecin", args=[jeton])
