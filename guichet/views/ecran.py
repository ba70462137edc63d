"""What the counter's screen shows, shared by the page and by the acts that come back to it refused."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from demandes.droits import Droit
from demandes.models import Acte, Agent, Demande
from demandes.selectors import acteur_agent
from demandes.services.transitions import actions_possibles
from guichet.forms.remise import FormulaireRemise
from guichet.models import Passage
from guichet.selectors import (
    dernier_acte,
    guichets_de,
    lignes_attente,
    minutes_entre,
    passage_de,
    passage_visible,
    pieces_au_guichet,
    regles_de,
    version_attente,
)
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.models import Guichet

CLE_POSTE = "guichet_poste"
# What the counter may do to a demande on the spot, beside `recevoir` and `remettre`: the first button is the main one.
DECISIONS = ("constater_completude", "accorder", "instruire")
SUITES = ("constater_titre_pret",)
SUR_PLACE = DECISIONS + SUITES


def agent_de(request: HttpRequest) -> Agent:
    """Return the agent who is signed in; the views' right has been checked."""
    return cast("Agent", request.user)


def poste_de(request: HttpRequest) -> Guichet | None:
    """Return the counter kept in the session, if the agent may still hold it."""
    choisi = request.session.get(CLE_POSTE)
    return next((g for g in guichets_de(agent_de(request)) if g.pk == choisi), None) if choisi else None


def exiger_passage(request: HttpRequest, pk: int, droit: Droit = Droit.RECEVOIR) -> Passage:
    """Return a visit of the agent's sites, or 404."""
    passage = passage_visible(agent_de(request), pk, droit)
    if passage is None:
        raise Http404
    return passage


def exiger_demande(request: HttpRequest, pk: int) -> Demande:
    """Return the demande of a visit under way at this agent's counter, or 404; refuse a visit already ended.

    Raises:
        ErreurMetier: ``passage_ferme`` (409).
    """
    passage = exiger_passage(request, pk)
    if passage.demande is None:
        raise Http404
    if passage.etat != Passage.Etat.RECU or passage.agent_id != agent_de(request).pk:
        raise ErreurMetier("passage_ferme", "Ce passage n’est plus en cours à votre guichet.", statut=409)
    return passage.demande


def rendre_ecran(
    request: HttpRequest,
    *,
    erreur: ErreurMetier | None = None,
    form: FormulaireRemise | None = None,
    statut: int = 200,
) -> HttpResponse:
    """Render the counter's screen; after a refusal, with its sentence and its status."""
    guichet, passage = poste_de(request), passage_de(agent_de(request))
    if guichet is None and passage is not None:
        guichet = passage.guichet
    if guichet is None:
        return vers("guichet:poste")
    contexte = contexte_file(request, guichet, passage) | contexte_passage(request, passage, form)
    contexte |= {"erreur": erreur, "regles": None if passage else regles_de(guichet.site)}
    return render(request, "guichet/guichet.html", contexte, status=erreur.statut if erreur else statut)


def contexte_file(request: HttpRequest, guichet: Guichet, passage: Passage | None) -> dict[str, Any]:
    """Return what the polled part shows: who waits, and since when the present visit lasts."""
    instant = maintenant()
    lignes = lignes_attente(guichet.site, guichet.files.all(), maintenant=instant)
    duree = minutes_entre(passage.recu_le or passage.appele_le, instant) if passage else 0
    return {
        "guichet": guichet,
        "site": guichet.site,
        "lignes": lignes,
        "passage": passage,
        "duree": duree,
        "version": version_attente(lignes, passage, duree),
    }


def contexte_passage(request: HttpRequest, passage: Passage | None, form: FormulaireRemise | None) -> dict[str, Any]:
    """Return what stands beside a person being received; nothing of the file before that."""
    if passage is None or passage.demande is None or passage.etat != Passage.Etat.RECU:
        return {"demande": None}
    demande = passage.demande
    possibles = {t.nom: t for t in actions_possibles(demande, acteur_agent(agent_de(request)))}
    if "remettre" in possibles and form is None:
        form = FormulaireRemise(initial={"signature_nom": demande.usager.nom_complet})
    pieces = pieces_au_guichet(demande)
    return {
        "demande": demande,
        "pieces": pieces,
        "reste": any(p.a_verifier and p.statut != "facultative" for p in pieces),
        "actions": [possibles[nom] for nom in DECISIONS if nom in possibles and _se_decide_ici(nom, demande)],
        "suites": [possibles[nom] for nom in SUITES if nom in possibles],
        "form": form if "remettre" in possibles else None,
        "acte": dernier_acte(demande, Acte.Genre.DECISION),
    }


def _se_decide_ici(nom: str, demande: Demande) -> bool:
    """At the counter only a plein-droit motif is granted; the rest is decided in the dossier."""
    return nom != "accorder" or demande.motif.plein_droit
