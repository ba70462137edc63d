"""Leave and other absences of agents, as typed; the posts that they leave are given up in the same act."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent
from demandes.services.journal import journaliser
from demandes.services.notifications import ecrire_a_l_agent
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape
from planning.calculs.demi_journees import instants
from planning.models import Absence, DemandeConge
from planning.services.postes import (
    Rendus,
    liberer_les_postes,
    publier_apres,
    rendre_les_postes,
    verrouiller_agents,
    verrouiller_pour_rendre,
)

JOURNEE, MATIN, APRES_MIDI = "journee", "matin", "apres_midi"


@dataclass(frozen=True)
class Jours:
    """Days away, as typed.

    Args:
        du: first day.
        au: last day, included.
        partie: ``journee``, ``matin`` or ``apres_midi``; the two last for one day only.
    """

    du: date
    au: date
    partie: str = JOURNEE

    def periode(self, fuseau: str) -> TimestamptzRange:
        """Return the instants, in a timezone.

        Raises:
            ErreurMetier: ``fin_avant_debut`` on ``au``; ``partie`` on ``partie``.
        """
        if self.au < self.du:
            raise ErreurMetier("fin_avant_debut", "Le dernier jour vient après le premier.", champ="au")
        if self.partie != JOURNEE and self.au != self.du:
            message = "Une demi-journée ne va pas avec plusieurs jours : saisissez-les à part."
            raise ErreurMetier("partie", message, champ="partie")
        depuis_midi, jusqu_a_midi = self.partie == APRES_MIDI, self.partie == MATIN
        debut, fin = instants(self.du, self.au, depuis_midi=depuis_midi, jusqu_a_midi=jusqu_a_midi, fuseau=fuseau)
        return TimestamptzRange(debut, fin)


@acte
def saisir_absence(
    agent: Agent, *, prefecture_id: int, genre: str, periode: TimestamptzRange, par: Acteur, maintenant: datetime
) -> int:
    """Write an absence, and give up the posts that the agent held then and that have not begun.

    Args:
        agent: who is away.
        prefecture_id: préfecture where the agent works and whose planner types it.
        genre: see `Absence.Genre`.
        periode: instants.
        par: agent who types it.
        maintenant: instant.

    Returns:
        How many posts were given up: their week is to be mended.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``chevauchement`` on ``du``; ``deja_tenu``, a post has begun.
    """
    exiger(agent, prefecture_id, par)
    absence = Absence(agent=agent, genre=genre, pendant=periode)
    liberes = poser(absence, maintenant=maintenant)
    if liberes:
        publier_apres([agent.pk])
    noter("saisie", absence, prefecture_id, par, maintenant, liberes=liberes)
    return liberes


@etape
def poser(absence: Absence, *, maintenant: datetime) -> int:
    """Write an absence, new or changed, and give up the posts that the agent held then and that have not begun.

    The posts of days that it does not cover any more are held again, where they may be. One that passes to another
    agent is removed from the former.

    Returns:
        How many posts were given up.

    Raises:
        ErreurMetier: ``chevauchement`` on ``du``; ``deja_tenu``, a post has begun.
    """
    avant = Absence.objects.filter(pk=absence.pk).first() if absence.pk else None
    if avant is None:
        verrouiller_agents([absence.agent_id])
    else:
        verrouiller_pour_rendre({absence.agent_id, avant.agent_id}, maintenant=maintenant)
    passe = avant is not None and avant.agent_id != absence.agent_id
    try:
        with transaction.atomic():
            liberes = liberer_les_postes(absence.agent_id, absence.pendant, maintenant=maintenant)
            _ecrire(absence, nouvelle=passe)
    except IntegrityError as erreur:
        raise _traduire(erreur) from erreur
    if avant is not None and (passe or avant.pendant != absence.pendant):
        rendre_les_postes(avant.agent_id, avant.pendant, maintenant=maintenant)
    return liberes


def _ecrire(absence: Absence, *, nouvelle: bool) -> None:
    """Save an absence; as a new row instead of the one known, which a request for leave of its agent may name."""
    if not nouvelle:
        absence.save()
        return
    Absence.objects.filter(pk=absence.pk).delete()
    copie = copy(absence)
    copie.pk = None
    copie.save(force_insert=True)
    absence.pk = copie.pk


@etape
def enlever(absence: Absence, *, maintenant: datetime) -> Rendus:
    """Remove an absence: the agent holds again the posts of the plans in force that it had given up."""
    verrouiller_pour_rendre([absence.agent_id], maintenant=maintenant)
    absence.delete()
    return rendre_les_postes(absence.agent_id, absence.pendant, maintenant=maintenant)


@acte
def supprimer_absence(absence: Absence, *, prefecture_id: int, par: Acteur, maintenant: datetime) -> Rendus:
    """Remove an absence typed here; one that was imported is removed where it comes from.

    Returns:
        The posts that the agent holds again, and the half-days of the plan that stay to be mended.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``importee``.
    """
    exiger(absence.agent, prefecture_id, par)
    if absence.source != Absence.Source.SAISIE:
        raise ErreurMetier("importee", "Cette absence importée se retire dans l’outil d’origine.", statut=409)
    noter("supprimee", absence, prefecture_id, par, maintenant)
    accordees = DemandeConge.objects.filter(absence=absence, etat=DemandeConge.Etat.ACCEPTEE)
    if accordees.update(etat=DemandeConge.Etat.RETIREE, reponse="Le congé accordé a été supprimé."):
        ecrire_a_l_agent(absence.agent, "conge_supprime", cle=str(absence.pk), maintenant=maintenant)
    rendus = enlever(absence, maintenant=maintenant)
    if rendus.rendus:
        publier_apres([absence.agent_id])
    return rendus


def exiger(agent: Agent, prefecture_id: int, par: Acteur) -> None:
    """Refuse the absences of who does not work in a préfecture any more, and who does not plan there.

    Raises:
        DroitRefuse: 403.
    """
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture_id):
        raise DroitRefuse
    if not agent.attributions.en_vigueur().filter(prefecture=prefecture_id).exists():
        raise DroitRefuse


def _traduire(erreur: IntegrityError) -> ErreurMetier:
    if contrainte(erreur) == "absence_agent_affecte":
        message = "L’agent tient un poste déjà commencé : faites débuter l’absence à la demi-journée suivante."
        return ErreurMetier("deja_tenu", message, champ="du")
    return ErreurMetier("chevauchement", "Cet agent est déjà absent à ces dates.", champ="du")


@etape
def noter(quoi: str, absence: Absence, prefecture_id: int, par: Acteur, maintenant: datetime, **charge: int) -> None:
    """Tell the journal what became of an absence."""
    journaliser(
        f"planning:absence_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=prefecture_id,
        charge={"absence_id": absence.pk, **charge},
    )
