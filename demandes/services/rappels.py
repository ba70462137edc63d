"""Reminders that speak of no appointment: pieces still missing, and legal time limits that the service must keep."""

from __future__ import annotations

from collections.abc import Iterator
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


def rappeler_les_pieces(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Remind of the missing pieces whose last day is near; idempotent.

    Args:
        prefecture: whose demandes.
        regles: its rules.
        maintenant: instant.

    Yields:
        For each person, whether a reminder was written.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    for jours, retard in product(regles.pieces, RETARDS):
        if jours > retard:
            attendus = {f"{c.pk}:j{jours}": c for c in _attendus(prefecture, jour, jours - retard)}
            faits = Notification.objects.filter(cle__in=[f"rappel_pieces:{cle}" for cle in attendus])
            for fait in faits.order_by("pk").values_list("cle", flat=True):
                del attendus[fait.removeprefix("rappel_pieces:")]
            yield from (_rappeler_les_pieces(c, cle, maintenant) for cle, c in attendus.items())


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
def _rappeler_les_pieces(complement: DemandeComplement, cle: str, maintenant: datetime) -> bool:
    if Notification.objects.filter(cle=f"rappel_pieces:{cle}").exists():
        return False
    contexte = {"complement_id": complement.pk}
    return notifier(complement.demande, "rappel_pieces", maintenant=maintenant, cle=cle, contexte=contexte) is not None


def alerter_des_delais(prefecture: Prefecture, regles: ReglesMessages, maintenant: datetime) -> Iterator[bool]:
    """Tell who leads a service that legal time limits are near: that many days before, then the day before; idempotent.

    Args:
        prefecture: whose agents.
        regles: its rules.
        maintenant: instant.

    Yields:
        For each agent, whether they were told.
    """
    if not regles.delais_jours:
        return
    aujourd_hui = aujourdhui(prefecture.fuseau, maintenant)
    for retard in RETARDS:
        jour = aujourd_hui - timedelta(days=retard)
        echeances = [jour + timedelta(days=n) for n in (regles.delais_jours, VEILLE)]
        proches = Demande.objects.en_cours().filter(prefecture=prefecture, echeance__in=echeances)
        if not proches.exists():
            continue
        for agent in Agent.objects.qui_peuvent(Droit.PLANIFIER, prefecture.pk).order_by("pk"):
            if proches.visibles_par(agent).exists():
                yield _alerter(agent, f"{agent.pk}:{jour}", maintenant)


@acte
def _alerter(agent: Agent, cle: str, maintenant: datetime) -> bool:
    return ecrire_a_l_agent(agent, "delais_proches", cle=cle, maintenant=maintenant)
