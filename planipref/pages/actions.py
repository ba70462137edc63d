"""The acts an agent may do on a file, one row each: form, service, words. The cycle says which are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demandes.acteur import Acteur
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.forms.instruction import (
    FormulaireAccord,
    FormulaireComplements,
    FormulaireConvocation,
    FormulaireRefus,
    FormulaireVide,
)
from demandes.models import Convocation, Demande
from demandes.selectors import parametres_motif
from demandes.services import completude, convocation, decision, suites
from demandes.services.transitions import actions_possibles, exiger_droit
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr
from planipref.commun.horloge import aujourdhui
from planipref.pages.convocation import exiger_file_commune, options_convocation, prets_a_venir
from planning.services import reservation

Execution = Callable[[Demande, dict[str, Any], Acteur, datetime], object]


@dataclass(frozen=True)
class Action:
    """One act offered to agents.

    Args:
        transition: its row in `demandes.cycle.TABLE`.
        executer: calls the service.
        fait: what the page says once it is done.
        formulaire: what it asks for.
        libelle: words of the button, when those of the table speak to the usager.
        a_confirmer: whether a page of its own asks first, because it cannot be undone.
        avertissement: what the agent must know before.
    """

    transition: str
    executer: Execution
    fait: str
    formulaire: type[FormulaireDsfr] = FormulaireVide
    libelle: str = ""
    a_confirmer: bool = False
    avertissement: str = ""

    @property
    def hook(self) -> str:
        """`data-action` of the button, and last part of the address."""
        return PAR_NOM[self.transition].hook

    @property
    def intitule(self) -> str:
        """Words of the button."""
        return self.libelle or PAR_NOM[self.transition].libelle


def _convoquer(demande: Demande, donnees: dict[str, Any], par: Acteur, instant: datetime) -> object:
    sites = [s for s in demande.prefecture.sites.all() if s.pk in donnees["sites"]]
    choisies = donnees.get("avec") or []
    avec = [d for d in prets_a_venir(demande, par) if d.pk in choisies]
    exiger_file_commune([demande, *avec], sites)
    reste = {c: donnees[c] for c in ("motivation", "personnes", "prioritaire")}
    return convocation.convoquer(demande, sites=sites, avec=avec, par=par, maintenant=instant, **reste)


def _annuler(demande: Demande, _: dict[str, Any], par: Acteur, instant: datetime) -> object:
    active = demande.convocations.actives().filter(objet=Convocation.Objet.RECEPTION).first()
    if active is None:
        raise ErreurMetier("rien_a_deplacer", "Il n’y a pas de rendez-vous à annuler.", statut=409)
    return reservation.annuler(active, par=par, maintenant=instant)


ACTIONS: tuple[Action, ...] = (
    Action(
        "constater_completude",
        lambda d, _, p, m: completude.constater_completude(d, par=p, maintenant=m),
        "Le dossier est complet. L’usager est prévenu.",
    ),
    Action(
        "demander_complements",
        lambda d, v, p, m: completude.demander_complements(d, **v, par=p, maintenant=m),
        "Les pièces manquantes sont demandées à l’usager.",
        FormulaireComplements,
    ),
    Action(
        "completer",
        lambda d, _, p, m: completude.completer(d, par=p, maintenant=m),
        "Les pièces demandées sont là : le dossier est de nouveau à vérifier.",
        libelle="Pièces reçues : reprendre la vérification",
    ),
    Action("convoquer", _convoquer, "L’usager reçoit un lien pour choisir son rendez-vous.", FormulaireConvocation),
    Action(
        "instruire",
        lambda d, _, p, m: decision.instruire(d, par=p, maintenant=m),
        "Le dossier est en instruction.",
    ),
    Action(
        "accorder",
        lambda d, v, p, m: decision.accorder(d, **v, par=p, maintenant=m),
        "La demande est accordée. La décision part à l’usager.",
        FormulaireAccord,
        avertissement="Vous signez la décision au nom du préfet.",
    ),
    Action(
        "refuser",
        lambda d, v, p, m: decision.refuser(d, **v, par=p, maintenant=m),
        "La demande est refusée. La décision part à l’usager.",
        FormulaireRefus,
        avertissement="Vous signez la décision au nom du préfet.",
    ),
    Action(
        "constater_titre_pret",
        lambda d, _, p, m: suites.constater_titre_pret(d, par=p, maintenant=m),
        "Le titre est prêt : convoquez l’usager pour le lui remettre.",
    ),
    Action(
        "cloturer",
        lambda d, _, p, m: suites.cloturer(d, par=p, maintenant=m),
        "Le dossier est clôturé.",
    ),
    Action(
        "annuler",
        _annuler,
        "Le rendez-vous est annulé. L’usager peut en prendre un autre avec le même lien.",
        a_confirmer=True,
        avertissement="L’usager perd son créneau. Son lien reste valable : il peut en choisir un autre.",
    ),
    Action(
        "revoquer_convocation",
        lambda d, _, p, m: convocation.revoquer_convocation(d, par=p, maintenant=m),
        "La convocation est révoquée. L’usager est prévenu.",
        a_confirmer=True,
        avertissement="Le lien de l’usager ne marchera plus, et son rendez-vous éventuel sera annulé.",
    ),
    Action(
        "classer_incomplete",
        lambda d, _, p, m: completude.classer_incomplete(d, par=p, maintenant=m),
        "La demande est classée sans suite. L’usager est prévenu.",
        a_confirmer=True,
        avertissement="La date limite doit être passée. On ne revient pas en arrière.",
    ),
    Action(
        "retirer",
        lambda d, _, p, m: suites.retirer(d, par=p, maintenant=m),
        "La demande est retirée. L’usager est prévenu.",
        a_confirmer=True,
        avertissement="À la demande de l’usager seulement : la demande sera sans suite. On ne revient pas en arrière.",
    ),
)
PAR_TRANSITION = {a.transition: a for a in ACTIONS}
HOOKS = tuple(dict.fromkeys(a.hook for a in ACTIONS))


def offertes(demande: Demande, par: Acteur, *, convoquee_pour_remise: bool) -> list[Action]:
    """Return the acts that this agent may do now, in the order of the page.

    Args:
        demande: with its motif loaded.
        par: agent.
        convoquee_pour_remise: whether a live convocation for the hand-over exists already.
    """
    possibles = {t.nom for t in actions_possibles(demande, par)}
    if peut_convoquer_pour_remise(demande, par):
        possibles.add("revoquer_convocation" if convoquee_pour_remise else "convoquer")
    if completude.reste_a_constater(demande) and par.peut_sur(Droit.VERIFIER, demande):
        possibles.add("constater_completude")
    return [a for a in ACTIONS if a.transition in possibles]


def peut_convoquer_pour_remise(demande: Demande, par: Acteur) -> bool:
    """Say whether the agent may convoke for the hand-over, or revoke it: neither changes the state."""
    return demande.etat == Etat.A_REMETTRE and par.peut_sur(Droit.CONVOQUER, demande)


def action_demandee(demande: Demande, hook: str, par: Acteur) -> Action:
    """Return the act behind an address: of two with one hook, the one that the state allows.

    Raises:
        DroitRefuse: 403, the agent may do none of them.
    """
    candidates = [a for a in ACTIONS if a.hook == hook]
    permises = [a for a in candidates if demande.etat in PAR_NOM[a.transition].depuis]
    action = (permises or candidates)[0]
    exiger_droit(demande, PAR_NOM[action.transition], par)
    return action


def exiger_possible(demande: Demande, action: Action, par: Acteur, *, maintenant: datetime) -> None:
    """Refuse to show the form of an act that the state doesn't allow.

    Raises:
        ErreurMetier: ``transition_interdite`` (409).
    """
    convoquee = demande.etat == Etat.A_REMETTRE and demande.convocations.pour_remise(maintenant).exists()
    if action not in offertes(demande, par, convoquee_pour_remise=convoquee):
        raise ErreurMetier(
            "transition_interdite",
            f"« {action.intitule} » n’est pas possible : la demande est « {demande.get_etat_display()} ».",
            statut=409,
        )


def formulaire_de(
    action: Action, demande: Demande, par: Acteur, *, maintenant: datetime, donnees: Any = None
) -> FormulaireDsfr:
    """Return the form of an act, filled in with what is usual for this motif, or bound to what was sent."""
    options: dict[str, Any] = {"auto_id": f"{action.hook}-%s"}
    if action.formulaire is FormulaireConvocation:
        options |= options_convocation(demande, par, maintenant=maintenant)
    elif action.formulaire is FormulaireComplements:
        jours = parametres_motif(demande.motif, demande.prefecture).delai_completude_jours
        options["initial"] = {"limite": aujourdhui(demande.prefecture.fuseau, maintenant) + timedelta(days=jours)}
    return action.formulaire(donnees, **options)
