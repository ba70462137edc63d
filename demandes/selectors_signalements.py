"""Reads of the signals, of their thresholds, and of the connections that many share for a good reason."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from demandes.acteur import Acteur
from demandes.calculs.signalements import ReglesSignalements
from demandes.droits import Droit
from demandes.models import AdresseConnue, Agent, Demande, Prefecture, RegleSignalements, Signalement
from demandes.selectors_deports import deports_de
from demandes.selectors_valeurs import valeurs_posees, valeurs_propres

CHAMPS = [c.name for c in fields(ReglesSignalements)]


def seuils_des_prefectures(prefectures: Collection[int]) -> dict[int, ReglesSignalements]:
    """Return the thresholds of some préfectures, field by field (one query)."""
    posees = valeurs_posees(RegleSignalements.objects.all(), prefectures, CHAMPS, ou="prefecture")
    return {pk: ReglesSignalements(**posees[pk]) for pk in prefectures}


def seuils_au_dessus(prefecture_id: int | None) -> ReglesSignalements:
    """Return the thresholds that hold where a scope says nothing."""
    if prefecture_id is None:
        return ReglesSignalements()
    return ReglesSignalements(**valeurs_posees(RegleSignalements.objects.all(), [], CHAMPS, ou="prefecture")[None])


def seuils_de(prefecture_id: int | None) -> dict[str, Any]:
    """Return what a scope itself has set (one query)."""
    return valeurs_propres(RegleSignalements.objects.all(), prefecture_id, CHAMPS, ou="prefecture")


def connexions_connues(prefecture_id: int, jour: date) -> set[str]:
    """Return the hashes of the connections that many share for a good reason (one query)."""
    connues = AdresseConnue.objects.filter(prefecture=prefecture_id, jusqu_au__gte=jour)
    return set(connues.order_by("pk").values_list("cle", flat=True))


@dataclass(frozen=True)
class SignalementLu:
    """A signal as an agent reads it.

    Args:
        signalement: it.
        demandes: those of its demandes that the agent may see.
        ailleurs: how many others are followed elsewhere.
    """

    signalement: Signalement
    demandes: list[Demande]
    ailleurs: int


def signalements_visibles(par: Acteur, etat: str) -> QuerySet[Signalement]:
    """Return the signals of a state that concern a demande the agent may check or examine, the last fact first."""
    return _visibles(par).filter(etat=etat).order_by("-dernier_le", "-pk")


def lire_signalement(par: Acteur, pk: int) -> SignalementLu | None:
    """Return a signal that concerns a demande the agent may check or examine."""
    return next(iter(lire_signalements(_visibles(par).filter(pk=pk), par)), None)


def lire_signalements(signalements: QuerySet[Signalement], par: Acteur) -> list[SignalementLu]:
    """Return signals as an agent reads them (three queries)."""
    siennes = Demande.objects.instruites_par(par).select_related("motif").order_by("pk")
    lus = signalements.prefetch_related(
        Prefetch("demandes", siennes, to_attr="vues"),
        Prefetch("demandes", Demande.objects.only("pk").order_by("pk"), to_attr="toutes"),
    )
    return [SignalementLu(s, s.vues, len(s.toutes) - len(s.vues)) for s in lus]


def derniere_recherche(agent: Agent) -> datetime | None:
    """Return since when every préfecture of an agent has been looked into; None when one has not yet (one query)."""
    prefectures = Prefecture.objects.visibles_par(agent).order_by("pk")
    faites = list(prefectures.values_list("recherche_signalements__faite_le", flat=True))
    return min(faites, default=None) if all(faites) else None


def _visibles(par: Acteur) -> QuerySet[Signalement]:
    """Signals of demandes that the agent may check or examine, none of whose persons they declared not to handle."""
    prefectures = {p for (p, _), droits in par.droits.items() if droits & {Droit.VERIFIER, Droit.INSTRUIRE}}
    concernes = Demande.objects.instruites_par(par).filter(signalements=OuterRef("pk"))
    siens = Signalement.objects.filter(Exists(concernes), prefecture__in=prefectures)  # in the order of its index
    visibles = siens.select_related("traite_par", "prefecture")
    if deports := deports_de(par):
        visibles = visibles.exclude(Exists(Demande.objects.visees(deports).filter(signalements=OuterRef("pk"))))
    return visibles
