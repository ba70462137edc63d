"""Lives of demandes at known instants, for the tests of the figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import time_machine

from demandes.models import Demande, Motif, Prefecture, Service, Site
from statistiques.calculs.periode import Periode
from statistiques.selectors import Selection
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import amener_a

JOUR = INSTANT.date()  # Monday 4 March 2030
MARS = Periode(date(2030, 3, 1), date(2030, 3, 31))
# Days after the deposit when each state is reached; the appointment is three days after it is booked, at 9:00.
VIE = (
    (0, "deposee"),
    (2, "complete"),
    (3, "convoquee"),
    (4, "rdv_pris"),
    (7, "recue"),
    (10, "en_instruction"),
    (12, "accordee"),
    (22, "a_remettre"),
    (25, "remise"),
)


def vivre(voyageur: time_machine.Traveller, jusqu_a: str, *, lenteur: int = 1, **champs: Any) -> Demande:
    """Let a demande live from the frozen instant to a state, each delay multiplied but that of the appointment.

    The clock stays where the life ends.
    """
    demande: Demande = DemandeFactory(**({"motif": MotifFactory(pieces=0)} | champs))
    voyageur.move_to(INSTANT)
    pris = timedelta()
    for jours, etat in VIE:
        delai = timedelta(days=jours * lenteur)
        if etat == "rdv_pris":
            pris = delai
        elif etat == "recue":
            delai = pris + timedelta(days=3)
        voyageur.move_to(INSTANT + delai)
        demande = amener_a(demande, etat)
        if etat == jusqu_a:
            return demande
    raise AssertionError(jusqu_a)


def deposee(instant: datetime, voyageur: time_machine.Traveller, **champs: Any) -> Demande:
    """Deposit a demande at an instant, where the clock stays."""
    voyageur.move_to(instant)
    return amener_a(DemandeFactory(**({"motif": MotifFactory(pieces=0)} | champs)), "deposee")


def selection(
    prefecture: Prefecture,
    periode: Periode = MARS,
    *,
    services: list[Service] | None = None,
    sites: list[Site] | None = None,
    motif: Motif | None = None,
) -> Selection:
    """Return a selection; every site of the préfecture unless told."""
    gardes = Site.objects.filter(prefecture=prefecture).order_by("pk") if sites is None else sites
    return Selection(
        prefecture,
        periode,
        None if services is None else tuple(s.pk for s in services),
        tuple(s.pk for s in gardes),
        motif,
    )
