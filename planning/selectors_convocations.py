"""Reads of the lots of convocations, and of the places that agents ask managers to open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from demandes.droits import Droit
from demandes.models import Agent, Demande, Prefecture, Site
from planning.models import DemandeOuverture, LigneConvocation, LotConvocations


@dataclass(frozen=True)
class LotLu:
    """A lot and where it stands.

    Args:
        lot: it.
        convoquees: persons convoked.
        reste: persons still to convoke.
        refusees: demandes refused meanwhile.
        sans_place: demandes that had no place.
    """

    lot: LotConvocations
    convoquees: int
    reste: int
    refusees: int
    sans_place: int

    @property
    def total(self) -> int:
        """How many had a place, and were to be convoked."""
        return self.convoquees + self.reste + self.refusees


def lot_visible(agent: Agent, pk: int) -> LotLu | None:
    """Return a lot of a préfecture where the agent convokes (two queries)."""
    prefectures = Prefecture.objects.visibles_par(agent, Droit.CONVOQUER)
    lot = LotConvocations.objects.filter(pk=pk, prefecture__in=prefectures).select_related("agent").first()
    return avec_comptes([lot])[0] if lot else None


def avec_comptes(lots: Sequence[LotConvocations]) -> list[LotLu]:
    """Count the lines of some lots by state (one query)."""
    lignes = LigneConvocation.objects.filter(lot__in=lots).order_by("lot", "etat")
    comptes = {(lot, etat): n for lot, etat, n in lignes.values_list("lot", "etat").annotate(n=Count("pk"))}
    etats = LigneConvocation.Etat
    ordre = (etats.CONVOQUEE, etats.A_FAIRE, etats.REFUSEE, etats.SANS_PLACE)
    return [LotLu(lot, *(comptes.get((lot.pk, etat), 0) for etat in ordre)) for lot in lots]


def lignes_a_expliquer(lot: LotConvocations, agent: Agent) -> list[LigneConvocation]:
    """Return the lines of a lot that convoked nobody, but for the files that the agent may not see (one query)."""
    visibles = Demande.objects.visibles_par(agent).filter(lignes_convocation__lot=lot)
    restees = lot.lignes.filter(etat__in=[LigneConvocation.Etat.REFUSEE, LigneConvocation.Etat.SANS_PLACE])
    lues = restees.filter(demande__in=visibles.values("pk")).select_related("demande__usager", "demande__motif")
    return list(lues.order_by("etat", "pk"))


def ouverture_planifiee(agent: Agent, pk: int) -> DemandeOuverture | None:
    """Return a request for a queue that the agent manages."""
    sites = Site.objects.visibles_par(agent, Droit.PLANIFIER)
    demandes = DemandeOuverture.objects.filter(pk=pk, file__site__in=sites)
    return demandes.select_related("file__site__prefecture", "demandee_par").first()
