"""What the counter's screen shows, shared by the page and by the acts that come back to it refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.text import slugify

from demandes.acteur import Acteur
from demandes.cycle import Etat, Transition
from demandes.droits import Droit
from demandes.models import Acte, Agent, Demande, Deport
from demandes.services.motivation import motivation_usuelle
from demandes.services.transitions import actions_possibles
from demandes.views.agents import acteur_de, agent_de
from guichet.forms.accueil import FormulaireNumero, FormulaireNumeroOuNom
from guichet.forms.mouvements import FormulairePause, FormulaireTransfert
from guichet.forms.remise import FormulaireRemise
from guichet.forms.suite import FormulaireRetour, FormulaireScan
from guichet.models import Passage, PriseEmpreintes, Venue
from guichet.selectors import (
    PieceAuGuichet,
    demande_des_empreintes,
    demandes_recues,
    dernier_acte,
    destinations,
    empreintes_de,
    guichets_de,
    lignes_attente,
    minutes_entre,
    numero_en_stock,
    passage_de,
    passage_pour_agir,
    passage_visible,
    pause_de,
    pieces_au_guichet,
    prochain_rendez_vous,
    regles_de,
    suspendus_de,
    venues_de,
)
from guichet.selectors_version import version_de_la_salle
from guichet.services.suite import creneaux_au_guichet, peut_revenir
from guichet.services.venues import SANS_ISSUE
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr
from planipref.commun.horloge import maintenant
from planipref.commun.reponses import vers
from planning.models import Guichet, RendezVous
from planning.selectors_besoins import besoins_du_rendez_vous

Lecture = Callable[[Agent, int, Droit], Passage | None]
CLE_POSTE = "guichet_poste"
# What the counter may do to a demande on the spot, beside `recevoir` and `remettre`: the first button is the main one.
DECISIONS = ("constater_completude", "accorder", "instruire")
SUITES = ("constater_titre_pret",)
SUR_PLACE = DECISIONS + SUITES


def poste_de(request: HttpRequest) -> Guichet | None:
    """Return the counter kept in the session, if the agent may still hold it."""
    choisi = request.session.get(CLE_POSTE)
    return next((g for g in guichets_de(agent_de(request)) if g.pk == choisi), None) if choisi else None


def exiger_passage(
    request: HttpRequest, pk: int, droit: Droit = Droit.RECEVOIR, *, lire: Lecture = passage_pour_agir
) -> Passage:
    """Return a visit of the agent's sites, or 404; with what an act needs of it, unless more is to be read."""
    passage = lire(agent_de(request), pk, droit)
    if passage is None:
        raise Http404
    return passage


def exiger_demande(request: HttpRequest, pk: int) -> Demande:
    """Return the demande of a visit under way at this agent's counter: see `exiger_personne`."""
    return exiger_personne(request, pk)[1]


def exiger_personne(request: HttpRequest, pk: int, numero: str = "") -> tuple[Passage, Demande]:
    """Return a visit under way at this agent's counter and its demande, or 404; refuse a visit already ended.

    Of a family, the one whose number is given, else whose number the form sends.

    Raises:
        ErreurMetier: ``passage_ferme`` (409).
    """
    passage = exiger_passage(request, pk, lire=passage_visible)
    if passage.demande is None:
        raise Http404
    if passage.etat != Passage.Etat.RECU or passage.agent_id != agent_de(request).pk:
        raise ErreurMetier("passage_ferme", "Ce passage n’est plus en cours à votre guichet.", statut=409)
    dit = numero or request.POST.get("numero", passage.demande.numero)
    demande = next((d for d in demandes_recues(passage, venues_de(passage)) if d.numero == dit), None)
    if demande is None:
        raise Http404
    return passage, demande


def rendre_ecran(
    request: HttpRequest,
    *,
    erreur: ErreurMetier | None = None,
    form: FormulaireDsfr | None = None,
    numero: str = "",
    transfert: FormulaireTransfert | None = None,
    pause: FormulairePause | None = None,
    rattachement: FormulaireNumero | None = None,
    trouvees: Sequence[Demande] = (),
    statut: int = 200,
) -> HttpResponse:
    """Render the counter's screen; after a refusal, with its sentence and its status, or the form to correct.

    Of the forms about one person, `form` is the one refused, and `numero` says whose; `trouvees` are the demandes of
    the name looked for.
    """
    guichet, passage, deports = poste_de(request), passage_de(agent_de(request)), agent_de(request).deports_tenus
    if guichet is None and passage is not None:
        guichet = passage.guichet
    if guichet is None:
        return vers("guichet:poste")
    version = version_de_l_ecran(guichet, maintenant=maintenant())
    contexte = contexte_file(guichet, passage, version, deports) | contexte_passage(request, passage, form, numero)
    contexte |= {"a_des_erreurs": any((form, transfert, pause, rattachement)), "erreur": erreur}
    contexte |= {"en_pause": None if passage else pause_de(agent_de(request).pk)}
    contexte |= {"transfert": transfert or (formulaire_transfert(passage) if passage else None)}
    contexte |= {"pause": pause or FormulairePause(), "rattachement": rattachement or FormulaireNumeroOuNom()}
    contexte |= {"trouvees": trouvees, "besoins": besoins_du_rendez_vous(passage.rendez_vous_id if passage else None)}
    return render(request, "guichet/guichet.html", contexte, status=erreur.statut if erreur else statut)


def contexte_file(guichet: Guichet, passage: Passage | None, version: str, deports: Sequence[Deport]) -> dict[str, Any]:
    """Return what the polled part shows: who waits, and since when the present visit lasts.

    Args:
        guichet: counter.
        passage: the visit that its agent holds.
        version: read before, so that what comes meanwhile is sent at the next poll.
        deports: whom its agent must not handle.
    """
    instant = maintenant()
    regles = regles_de(guichet.site)
    lignes = lignes_attente(guichet.site, guichet, regles, deports=deports, maintenant=instant)
    suspendus = suspendus_de(guichet.site, maintenant=instant)
    debut = passage and (passage.appele_le if passage.etat == Passage.Etat.APPELE else passage.recu_le)
    duree = minutes_entre(debut, instant) if debut else 0
    return {
        "guichet": guichet,
        "site": guichet.site,
        "regles": regles,
        "lignes": lignes,
        "suspendus": suspendus,
        "passage": passage,
        "duree": duree,
        "version": version,
    }


def formulaire_transfert(passage: Passage, donnees: QueryDict | None = None) -> FormulaireTransfert:
    """Return the form that sends a visit on."""
    files, guichets = destinations(passage, maintenant=maintenant())
    return FormulaireTransfert(donnees, passage=passage, files=files, guichets=guichets)


def retour(request: HttpRequest) -> HttpResponse:
    """Go back to the screen, at the person whom the form was about."""
    reponse = vers("guichet:guichet")
    if numero := request.POST.get("numero", ""):
        reponse["Location"] += f"#{slugify(numero)}"
    return reponse


def refuser(request: HttpRequest, erreur: ErreurMetier) -> HttpResponse:
    """Show a refusal on the screen, where the agent can go on; a missing right or an unknown object has its page."""
    if isinstance(erreur, DroitRefuse) or erreur.statut == 404:
        raise erreur
    return rendre_ecran(request, erreur=erreur)


def version_de_l_ecran(guichet: Guichet, *, maintenant: datetime) -> str:
    """Return the version of the queue of a counter (one query)."""
    return f"{guichet.pk}-{version_de_la_salle(guichet.site, maintenant=maintenant)}"


@dataclass(frozen=True)
class Personne:
    """What stands beside one person being received.

    Args:
        demande: theirs.
        passage: the visit.
        pieces: checklist.
        reste: whether called-for pieces are still to check.
        actions: what may be done on the spot.
        suites: what may follow.
        form: hand-over of the title, when it waits.
        acte: the decision, once made.
        empreintes: when they were taken, if they were.
        a_des_empreintes: whether fingerprints are to be taken and may be noted now.
        scan: adds a scan to one of the pieces, when they are open.
        retour: gives the next appointment, or moves it, when the state allows it and a slot is free.
        revient: the next appointment, once given.
        finissable: of a family, whether the agent may say that nothing more is done for them today.
    """

    demande: Demande
    passage: Passage
    pieces: list[PieceAuGuichet]
    reste: bool
    actions: list[Transition]
    suites: list[Transition]
    form: FormulaireRemise | None
    acte: Acte | None
    empreintes: PriseEmpreintes | None
    a_des_empreintes: bool
    scan: FormulaireScan | None
    retour: FormulaireRetour | None
    revient: RendezVous | None
    finissable: bool

    @property
    def peut_accorder(self) -> bool:
        """Whether the agent may grant now."""
        return any(t.nom == "accorder" for t in self.actions)


def contexte_passage(
    request: HttpRequest, passage: Passage | None, form: FormulaireDsfr | None, numero: str
) -> dict[str, Any]:
    """Return what stands beside who is being received; nothing of the file before that.

    Args:
        request: of the agent.
        passage: the visit at the counter.
        form: form of one person refused, to show again.
        numero: whose it is.
    """
    if passage is None:
        return {"personnes": [], "venues": [], "d_un_autre_service": []}
    venues = venues_de(passage)
    if passage.etat != Passage.Etat.RECU:
        return {"personnes": [], "venues": venues, "d_un_autre_service": []}
    ouvertes = {v.demande_id for v in venues if v.etat == Venue.Etat.RECUE}
    par = acteur_de(request)
    recues = demandes_recues(passage, venues)
    lisibles = [d for d in recues if par.peut_sur(Droit.CONSULTER, d)]
    personnes = [
        _personne(d, passage, par, form if d.numero == numero else None, finissable=d.pk in ouvertes) for d in lisibles
    ]
    return {"personnes": personnes, "venues": venues, "d_un_autre_service": [d for d in recues if d not in lisibles]}


def _personne(
    demande: Demande, passage: Passage, par: Acteur, refuse: FormulaireDsfr | None, *, finissable: bool
) -> Personne:
    possibles = {t.nom: t for t in actions_possibles(demande, par)}
    form = refuse if isinstance(refuse, FormulaireRemise) else None
    if "remettre" in possibles and form is None:
        form = FormulaireRemise(
            initial={"signature_nom": demande.usager.nom_complet},
            auto_id=f"remise-{demande.pk}_%s",
            en_stock=numero_en_stock(demande),
        )
    pieces = pieces_au_guichet(demande)
    scan = refuse if isinstance(refuse, FormulaireScan) else formulaire_scan(demande, pieces)
    revient = prochain_rendez_vous(demande) if demande.etat in (Etat.A_REMETTRE, Etat.RDV_PRIS) else None
    retour = refuse if isinstance(refuse, FormulaireRetour) else None
    if retour is None and peut_revenir(demande, passage.site, par):
        retour = formulaire_retour(demande, passage, revient=revient)
    return Personne(
        demande,
        passage,
        pieces,
        reste=any(p.a_verifier and p.statut != "facultative" for p in pieces),
        actions=[possibles[nom] for nom in DECISIONS if nom in possibles and se_decide_ici(nom, demande)],
        suites=[possibles[nom] for nom in SUITES if nom in possibles],
        form=form if "remettre" in possibles else None,
        acte=dernier_acte(demande, Acte.Genre.DECISION),
        empreintes=(empreintes := empreintes_de(demande)),
        a_des_empreintes=empreintes is None and _a_des_empreintes(demande, par),
        scan=scan,
        retour=retour,
        revient=revient,
        finissable=finissable and demande.etat in SANS_ISSUE,
    )


def _a_des_empreintes(demande: Demande, par: Acteur) -> bool:
    faite = demande.etat in (Etat.REMISE, Etat.SANS_SUITE, Etat.CLOTUREE)
    return not faite and par.peut_sur(Droit.VERIFIER, demande) and demande_des_empreintes(demande)


def formulaire_scan(demande: Demande, pieces: list[PieceAuGuichet], *donnees: Any) -> FormulaireScan | None:
    """Return the form that adds a scan; None when no piece takes one."""
    ouvertes = any(p.a_numeriser for p in pieces)
    return FormulaireScan(*donnees, demande=demande, pieces=pieces) if ouvertes else None


def formulaire_retour(
    demande: Demande, passage: Passage, donnees: QueryDict | None = None, *, revient: RendezVous | None
) -> FormulaireRetour:
    """Return the form that gives the next appointment, at the site of the visit, or moves the one that there is."""
    creneaux = creneaux_au_guichet(demande, passage.site, maintenant=maintenant())
    initial = {"motivation": motivation_usuelle(demande)}
    return FormulaireRetour(donnees, demande=demande, creneaux=creneaux, deplace=revient is not None, initial=initial)


def exiger_decision_ici(nom: str, demande: Demande) -> None:
    """Refuse at the counter what is decided in the dossier.

    Raises:
        ErreurMetier: ``pas_ici`` (409).
    """
    if not se_decide_ici(nom, demande):
        raise ErreurMetier("pas_ici", "Cette demande se décide dans son dossier, pas au guichet.", statut=409)


def se_decide_ici(nom: str, demande: Demande) -> bool:
    """At the counter only a plein-droit motif is granted; the rest is decided in the dossier."""
    return nom != "accorder" or demande.motif.plein_droit
