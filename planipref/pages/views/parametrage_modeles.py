"""The texts of messages: written by a préfecture or the country, tried on a real message, their versions."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from demandes.acteur import Acteur
from demandes.calculs.modeles_messages import PARTIES_MAX
from demandes.droits import Droit
from demandes.forms.modeles_messages import LANGUES, TOUTES, FormulaireChoixModele, FormulaireModele
from demandes.models import Notification
from demandes.selectors_modeles import modele_au_dessus, modele_de, peut_lire_des_dossiers
from demandes.services.apercus import Apercu, apercevoir, message_d_exemple
from demandes.services.apercus_lettres import apercevoir_lettre
from demandes.services.modeles_messages import Adresse
from demandes.services.parametrage_modeles import derniere_version, enregistrer_modele, retirer_modele
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import appliquer_erreur
from planipref.commun.reponses import vers
from planipref.pages import modeles_messages as lectures
from planipref.pages.catalogue import chercher_motifs
from planipref.pages.parametrage import Portee
from planipref.pages.views.parametrage import motif_demande, portee_demandee

# A mail carries its styles; it is shown alone, without script, form or frame, as if it came from elsewhere.
POLITIQUE_COURRIEL: dict[str, Any] = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "sandbox": True,
}
FAUTES = "Le texte a des fautes. Revenez à la page d’avant et pressez « Aperçu »."


@droit(Droit.PARAMETRER)
@never_cache
@require_safe
def parametrage_modeles(request: HttpRequest, ou: str) -> HttpResponse:
    """List the texts written in a scope, with the languages that they lack; choose another to write."""
    portee = portee_demandee(request, ou)
    choix = FormulaireChoixModele(
        request.GET if "etape" in request.GET else None,
        motifs=chercher_motifs("", "", tous=True),
        initial={"langue": "fr", "motif": TOUTES},
    )
    if choix.is_bound and choix.is_valid():
        c = choix.cleaned_data
        return vers("pages:parametrage_modele", portee.ou, c["etape"], c["canal"], c["langue"], c["motif"])
    contexte = {
        "portee": portee,
        "choix": choix,
        "lignes": lectures.lignes_de_modeles(portee.pk),
        "nationales": [] if portee.est_nationale else lectures.lignes_de_modeles(None),
    }
    return render(request, "pages/parametrage_modeles.html", contexte, status=422 if choix.errors else 200)


@droit(Droit.PARAMETRER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parametrage_modele(request: HttpRequest, ou: str, etape: str, canal: str, langue: str, code: str) -> HttpResponse:
    """Show a text with its names, faults and versions; preview, save or remove it."""
    portee = portee_demandee(request, ou)
    adresse = _adresse(portee, etape, canal, langue, code)
    geste = request.POST.get("geste", "")
    par = acteur_de(request)
    if geste == "retirer":
        retirer_modele(adresse, vue=_version(request), par=par)
        messages.success(request, "Ce texte est retiré. Celui du dessus s’applique de nouveau.")
        return vers("pages:parametrage_modele", portee.ou, etape, canal, langue, code)
    form = _formulaire(request, adresse)
    apercu = None
    try:
        if geste == "apercu":
            apercu = _apercu(request, adresse, form)
        elif form.is_bound and form.is_valid():
            _enregistrer(adresse, form, par)
            messages.success(request, "Le texte est enregistré. Les prochains messages le diront.")
            return vers("pages:parametrage_modele", portee.ou, etape, canal, langue, code)
    except ErreurMetier as erreur:
        appliquer_erreur(form, erreur)
        form.data = form.data.copy()
        form.data["version"] = str(derniere_version(adresse))  # once told, one may write over it
    contexte = _contexte(portee, adresse, code, form) | {"apercu": apercu}
    return render(request, "pages/parametrage_modele.html", contexte, status=422 if form.errors else 200)


@droit(Droit.PARAMETRER)
@never_cache
@require_POST
@csp(POLITIQUE_COURRIEL)  # type: ignore[arg-type]
def parametrage_modele_html(
    request: HttpRequest, ou: str, etape: str, canal: str, langue: str, code: str
) -> HttpResponse:
    """Show a mail as its reader would see it, alone in its page.

    Raises:
        ErreurMetier: ``texte`` when it has faults: the page before says which.
        Http404: no mail.
    """
    adresse = _adresse(portee_demandee(request, ou), etape, canal, langue, code)
    apercu = _apercu(request, adresse, _formulaire(request, adresse))
    if apercu is None:
        raise ErreurMetier("texte", FAUTES)
    if not apercu.html:
        raise Http404
    return HttpResponse(apercu.html)


@droit(Droit.PARAMETRER)
@never_cache
@require_POST
def parametrage_modele_pdf(
    request: HttpRequest, ou: str, etape: str, canal: str, langue: str, code: str
) -> HttpResponse:
    """Show a letter as it would be printed, to an invented person.

    Raises:
        ErreurMetier: ``texte`` when it has faults: the page before says which.
        Http404: no letter.
    """
    adresse = _adresse(portee_demandee(request, ou), etape, canal, langue, code)
    if adresse.canal != Notification.Canal.COURRIER:
        raise Http404
    form = _formulaire(request, adresse)
    if not form.is_valid():
        raise ErreurMetier("texte", FAUTES)
    pdf = apercevoir_lettre(adresse, **_essai(request, adresse, form))
    reponse = HttpResponse(pdf, content_type="application/pdf")
    reponse["Content-Disposition"] = 'inline; filename="apercu-lettre.pdf"'
    return reponse


def _adresse(portee: Portee, etape: str, canal: str, langue: str, code: str) -> Adresse:
    adresse = lectures.adresse_de(portee, etape, canal, langue, None if code == TOUTES else motif_demande(code))
    if adresse is None:
        raise Http404
    return adresse


def _formulaire(request: HttpRequest, adresse: Adresse) -> FormulaireModele:
    modele, liste = modele_de(*adresse.cle), lectures.versions_de(adresse)
    return FormulaireModele(
        request.POST if request.method == "POST" else None,
        etape=adresse.etape,
        canal=adresse.canal,
        lit_des_dossiers=peut_lire_des_dossiers(agent_de(request), adresse.prefecture),
        initial=lectures.depart(adresse, modele, liste, request.GET.get("version", "")),
    )


def _apercu(request: HttpRequest, adresse: Adresse, form: FormulaireModele) -> Apercu | None:
    """Return what the text typed gives, None when it has faults."""
    if not form.is_valid():
        return None
    return apercevoir(adresse, **_essai(request, adresse, form))


def _essai(request: HttpRequest, adresse: Adresse, form: FormulaireModele) -> dict[str, Any]:
    """Return the text typed, without faults, and the message whose facts fill it in."""
    donnees = form.cleaned_data
    reel, numero = message_d_exemple(adresse, agent_de(request), donnees.get("numero", ""))
    return {"objet": donnees.get("objet", ""), "texte": donnees["texte"], "reel": reel, "numero": numero}


def _enregistrer(adresse: Adresse, form: FormulaireModele, par: Acteur) -> None:
    donnees = form.cleaned_data
    objet = donnees.get("objet", "")
    enregistrer_modele(adresse, objet=objet, texte=donnees["texte"], vue=donnees["version"], par=par)


def _version(request: HttpRequest) -> int:
    dite = request.POST.get("version", "")
    return int(dite) if dite.isascii() and dite.isdecimal() and len(dite) < 18 else -1


def _contexte(portee: Portee, adresse: Adresse, code: str, form: FormulaireModele) -> dict[str, Any]:
    modele, au_dessus = modele_de(*adresse.cle), modele_au_dessus(*adresse.cle)
    objet, texte = (au_dessus.objet, au_dessus.texte) if au_dessus else ("", "")
    return {
        "portee": portee,
        "ou": adresse,
        "code": code,
        "par": lectures.CANAUX[adresse.canal],
        "langue": LANGUES[adresse.langue],
        "form": form,
        "ecrit": modele is not None,
        "noms": lectures.noms_permis(adresse),
        "versions": lectures.versions_de(adresse),
        "au_dessus": apercevoir(adresse, objet, texte, reel=None),
        "national": au_dessus is not None,
        "parties_max": PARTIES_MAX,
    }
