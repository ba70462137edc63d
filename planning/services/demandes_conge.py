"""Leave that agents ask for: sent, taken back, accepted or refused with a word."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Prefecture
from demandes.services.journal import journaliser
from demandes.services.notifications import ecrire_a_l_agent
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.models import Absence, DemandeConge
from planning.services.conges import exiger, noter, poser
from planning.services.postes import publier_apres

Etat = DemandeConge.Etat


@acte
def demander_conge(
    agent: Agent,
    prefecture: Prefecture,
    *,
    genre: str,
    periode: TimestamptzRange,
    mot: str,
    par: Acteur,
    maintenant: datetime,
) -> DemandeConge:
    """Ask for leave, for oneself.

    Args:
        agent: who asks.
        prefecture: where they work.
        genre: see `Absence.Genre`.
        periode: instants.
        mot: a word for the manager.
        par: the same agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``passe``, ``deja_absent``, ``deja_demande`` on ``du``.
    """
    if par.pk != agent.pk or not par.peut(Droit.CONSULTER, prefecture_id=prefecture.pk):
        raise DroitRefuse
    if periode.lower is None or periode.lower <= maintenant:
        raise ErreurMetier("passe", "Ces jours ont commencé : voyez avec votre chef de service.", champ="du")
    if Absence.objects.filter(agent=agent, pendant__overlap=periode).exists():
        raise ErreurMetier("deja_absent", "Vous êtes déjà absent à ces dates.", champ="du")
    try:
        with transaction.atomic():
            demande = DemandeConge.objects.create(
                agent=agent, prefecture=prefecture, genre=genre, pendant=periode, mot=mot.strip(), cree_le=maintenant
            )
    except IntegrityError as erreur:
        if contrainte(erreur) != "demande_conge_sans_chevauchement":
            raise
        message = "Une autre de vos demandes attend déjà une réponse pour ces dates."
        raise ErreurMetier("deja_demande", message, champ="du") from erreur
    _noter("demande", demande, par, maintenant)
    return demande


@acte
def retirer_conge(demande: DemandeConge, *, par: Acteur, maintenant: datetime) -> None:
    """Take back a request that waits for its answer.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``deja_repondue`` (409).
    """
    if par.pk != demande.agent_id or not par.est_agent:
        raise DroitRefuse
    fraiche = _verrouiller(demande)
    fraiche.etat = Etat.RETIREE
    fraiche.save(update_fields=["etat"])
    _noter("retire", fraiche, par, maintenant)


@acte
def accepter_conge(demande: DemandeConge, *, reponse: str, par: Acteur, maintenant: datetime) -> int:
    """Accept a request: it becomes an absence, as one that is typed.

    Returns:
        How many posts were given up: their week is to be mended.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``deja_repondue`` (409); ``chevauchement``, ``deja_tenu``.
    """
    _exiger(demande, par)
    fraiche = _verrouiller(demande)
    absence = Absence(agent_id=fraiche.agent_id, genre=fraiche.genre, pendant=fraiche.pendant)
    liberes = poser(absence, maintenant=maintenant)
    if liberes:
        publier_apres([fraiche.agent_id])
    noter("saisie", absence, fraiche.prefecture_id, par, maintenant, liberes=liberes)
    fraiche.absence = absence
    _repondre(fraiche, Etat.ACCEPTEE, reponse, par, maintenant)
    return liberes


@acte
def refuser_conge(demande: DemandeConge, *, reponse: str, par: Acteur, maintenant: datetime) -> None:
    """Refuse a request, with a word.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``deja_repondue`` (409); ``reponse`` on its field.
    """
    _exiger(demande, par)
    if not reponse.strip():
        raise ErreurMetier("reponse", "Dites pourquoi vous refusez.", champ="reponse")
    _repondre(_verrouiller(demande), Etat.REFUSEE, reponse, par, maintenant)


@etape
def _verrouiller(demande: DemandeConge) -> DemandeConge:
    fraiche = DemandeConge.objects.select_related("agent").select_for_update(of=("self",)).get(pk=demande.pk)
    if fraiche.etat != Etat.ENVOYEE:
        raise ErreurMetier("deja_repondue", "Cette demande n’attend plus de réponse.", statut=409)
    return fraiche


def _repondre(conge: DemandeConge, etat: DemandeConge.Etat, reponse: str, par: Acteur, maintenant: datetime) -> None:
    conge.etat, conge.reponse = etat, reponse.strip()
    conge.repondue_par_id, conge.repondue_le = par.pk, maintenant
    conge.save()
    _noter(etat.value, conge, par, maintenant)
    ecrire_a_l_agent(conge.agent, f"conge_{etat.value}", cle=str(conge.pk), maintenant=maintenant)


def _exiger(demande: DemandeConge, par: Acteur) -> None:
    """Refuse to who could not type that absence, and to who asks for it."""
    exiger(demande.agent, demande.prefecture_id, par)
    if par.pk == demande.agent_id:
        raise DroitRefuse


def _noter(quoi: str, demande: DemandeConge, par: Acteur, maintenant: datetime) -> None:
    journaliser(
        f"planning:conge_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=demande.prefecture_id,
        charge={"demande_conge_id": demande.pk},
    )
