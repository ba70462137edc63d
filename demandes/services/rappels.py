"""Reminders that speak of no appointment: pieces still missing, and legal time limits that the service must keep."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.calculs.rappels import ReglesMessages
from demandes.droits import Droit
from demandes.models import Agent, Demande, DemandeComplement, Prefecture
from demandes.services.notifications import ecrire_a_l_agent, notifier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte

VEILLE = 1


def rappeler_les_pieces(prefecture: Prefecture, regles: ReglesMessages, *, maintenant: datetime) -> int:
    """Remind of the missing pieces whose last day is near; idempotent.

    Args:
        prefecture: whose demandes.
        regles: its rules.
        maintenant: instant.

    Returns:
        How many reminders were written.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    attendus = DemandeComplement.objects.filter(
        clos_le__isnull=True,
        produit_le__isnull=True,
        limite__in=[jour + timedelta(days=n) for n in regles.pieces],
        demande__prefecture=prefecture,
        demande__etat="a_completer",
    )
    lus = attendus.select_related("demande__usager", "demande__prefecture").order_by("pk")
    return sum(_rappeler_les_pieces(c, (c.limite - jour).days, maintenant) for c in lus)


@acte
def _rappeler_les_pieces(complement: DemandeComplement, jours: int, maintenant: datetime) -> bool:
    ecrit = notifier(
        complement.demande,
        "rappel_pieces",
        maintenant=maintenant,
        cle=f"{complement.pk}:j{jours}",
        contexte={"complement_id": complement.pk},
    )
    return ecrit is not None


def alerter_des_delais(prefecture: Prefecture, regles: ReglesMessages, *, maintenant: datetime) -> int:
    """Tell who leads a service that legal time limits are near: that many days before, then the day before; idempotent.

    Args:
        prefecture: whose agents.
        regles: its rules.
        maintenant: instant.

    Returns:
        How many agents were told.
    """
    if not regles.delais_jours:
        return 0
    jour = aujourdhui(prefecture.fuseau, maintenant)
    echeances = [jour + timedelta(days=n) for n in (regles.delais_jours, VEILLE)]
    proches = Demande.objects.en_cours().filter(prefecture=prefecture, echeance__in=echeances)
    if not proches.exists():
        return 0
    return sum(
        _alerter(agent, f"{agent.pk}:{jour}", maintenant)
        for agent in Agent.objects.qui_peuvent(Droit.PLANIFIER, prefecture.pk).order_by("pk")
        if proches.visibles_par(agent).exists()
    )


@acte
def _alerter(agent: Agent, cle: str, maintenant: datetime) -> bool:
    return ecrire_a_l_agent(agent, "delais_proches", cle=cle, maintenant=maintenant)
