"""Leave and other absences of agents, as typed; the posts that they leave are given up in the same act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from psycopg.types.range import TimestamptzRange

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent
from demandes.services.journal import journaliser
from planipref.commun.contraintes import contrainte
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte
from planning.models import Absence, Affectation
from planning.services.lecture_semaine import COUPURE

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
        zone = ZoneInfo(fuseau)
        debut = datetime.combine(self.du, COUPURE if self.partie == APRES_MIDI else time(0), tzinfo=zone)
        lendemain = datetime.combine(self.au + timedelta(days=1), time(0), tzinfo=zone)
        fin = datetime.combine(self.au, COUPURE, tzinfo=zone) if self.partie == MATIN else lendemain
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
    _exiger(agent, prefecture_id, par)
    postes = Affectation.objects.filter(agent=agent, pendant__overlap=periode, pendant__startswith__gt=maintenant)
    liberes, _ = postes.delete()
    try:
        with transaction.atomic():
            absence = Absence.objects.create(agent=agent, genre=genre, pendant=periode)
    except IntegrityError as erreur:
        raise _traduire(erreur) from erreur
    _noter("saisie", absence, prefecture_id, par, maintenant, liberes=liberes)
    return liberes


@acte
def supprimer_absence(absence: Absence, *, prefecture_id: int, par: Acteur, maintenant: datetime) -> None:
    """Remove an absence typed here; one that was imported is removed where it comes from.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``importee``.
    """
    _exiger(absence.agent, prefecture_id, par)
    if absence.source != "saisie":
        raise ErreurMetier("importee", "Cette absence importée se retire dans l’outil d’origine.", statut=409)
    _noter("supprimee", absence, prefecture_id, par, maintenant)
    absence.delete()


def _exiger(agent: Agent, prefecture_id: int, par: Acteur) -> None:
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture_id):
        raise DroitRefuse
    if not agent.attributions.en_vigueur().filter(prefecture=prefecture_id).exists():
        raise DroitRefuse


def _traduire(erreur: IntegrityError) -> ErreurMetier:
    if contrainte(erreur) == "absence_agent_affecte":
        message = "L’agent tient un poste déjà commencé : faites débuter l’absence à la demi-journée suivante."
        return ErreurMetier("deja_tenu", message, champ="du")
    return ErreurMetier("chevauchement", "Cet agent est déjà absent à ces dates.", champ="du")


def _noter(quoi: str, absence: Absence, prefecture_id: int, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        f"planning:absence_{quoi}",
        par=par,
        maintenant=maintenant,
        prefecture_id=prefecture_id,
        charge={"absence_id": absence.pk, **charge},
    )
