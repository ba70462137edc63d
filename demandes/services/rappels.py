"""Reminders that speak of no appointment: pieces still missing, and legal time limits that the service must keep."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product

from django.db.models import QuerySet

from demandes.calculs.rappels import ReglesMessages
from demandes.droits import Droit
from demandes.models import Agent, Demande, DemandeComplement, Notification, Prefecture
from demandes.services.notifications import ecrire_a_l_agent, notifier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte

VEILLE = 1
# A day that the worker missed is caught up with the next one.
RETARDS = (0, 1)


def rappeler_les_pieces(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> int:
    """Remind of the missing pieces whose last day is near; idempotent.

    Args:
        prefecture: whose demandes.
        regles: its rules.
        maintenant: instant.

    Returns:
        How many reminders were written.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    ecrits = 0
    for jours, retard in product(regles.pieces, RETARDS):
        if jours > retard:
            attendus = _attendus(prefecture, jour, jours - retard)
            ecrits += sum(_rappeler_les_pieces(c, jours, maintenant) for c in attendus)
    return ecrits


def _attendus(prefecture: Prefecture, jour: date, reste: int) -> QuerySet[DemandeComplement]:
    """Return what is waited for whose last day is that many days after today."""
    attendus = DemandeComplement.objects.filter(
        clos_le__isnull=True,
        produit_le__isnull=True,
        limite=jour + timedelta(days=reste),
        demande__prefecture=prefecture,
        demande__etat="a_completer",
    )
    return attendus.select_related("demande__usager", "demande__prefecture").order_by("pk")


@acte
def _rappeler_les_pieces(complement: DemandeComplement, jours: int, maintenant: datetime) -> bool:
    cle = f"{complement.pk}:j{jours}"
    if Notification.objects.filter(cle=f"rappel_pieces:{cle}").exists():
        return False
    contexte = {"complement_id": complement.pk}
    return notifier(complement.demande, "rappel_pieces", maintenant=maintenant, cle=cle, contexte=contexte) is not None


def alerter_des_delais(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> int:
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
