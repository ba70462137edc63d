"""Reads of the changeover from the former booking module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import models

from demandes.models import AncienneAdresse, Bascule, Motif, Prefecture
from planipref.commun.horloge import aujourdhui

SEGMENTS_MAX = 12


def module_actuel(motif: Motif, prefecture: Prefecture, *, maintenant: datetime) -> Bascule | None:
    """Return where a motif is still booked elsewhere; None when it is served here, from the midnight of the préfecture.

    Args:
        motif: what.
        prefecture: where.
        maintenant: instant.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    ailleurs = Bascule.objects.filter(motif=motif, prefecture=prefecture, du__gt=jour)
    return ailleurs.select_related("prefecture").first()


def bascules_de(prefecture: Prefecture) -> models.QuerySet[Bascule]:
    """Return the changeovers of a préfecture, by day."""
    return Bascule.objects.filter(prefecture=prefecture).select_related("motif").order_by("du", "motif__libelle", "pk")


def adresses_de(prefecture: Prefecture) -> models.QuerySet[AncienneAdresse]:
    """Return the old addresses of a préfecture."""
    adresses = AncienneAdresse.objects.filter(prefecture=prefecture)
    return adresses.select_related("motif").order_by("chemin", "pk")


def destinations(chemin: str, departement: str = "") -> list[AncienneAdresse]:
    """Return where an old address leads: the longest known beginnings of it, one for each préfecture (one query).

    Args:
        chemin: path asked for.
        departement: of the préfecture, when the address says it.
    """
    segments = [s for s in chemin.split("/") if s][:SEGMENTS_MAX]
    debuts = ["/" + "/".join(segments[:n]) for n in range(2, len(segments) + 1)]
    connues = AncienneAdresse.objects.filter(chemin__in=debuts, motif__actif=True).select_related("motif", "prefecture")
    if departement:
        connues = connues.filter(prefecture__departement=departement)
    plus_longues: dict[int, AncienneAdresse] = {}
    for adresse in sorted(connues.order_by("pk"), key=lambda a: len(a.chemin)):
        plus_longues[adresse.prefecture_id] = adresse
    return sorted(plus_longues.values(), key=lambda a: a.prefecture.departement)


@dataclass(frozen=True)
class Destination:
    """Where somebody who followed an old address goes.

    Args:
        ancienne: the address, with its motif and préfecture.
        bascule: the changeover to come; None when the démarche is served here.
        actuelle: until then, where it is done.
    """

    ancienne: AncienneAdresse
    bascule: Bascule | None
    actuelle: str = ""


def destinations_du_jour(chemin: str, departement: str = "", *, maintenant: datetime) -> list[Destination]:
    """Return where an old address leads now; see `destinations`.

    Args:
        chemin: path asked for.
        departement: of the préfecture, when the address says it.
        maintenant: instant.
    """
    lues = []
    for ancienne in destinations(chemin, departement):
        bascule = module_actuel(ancienne.motif, ancienne.prefecture, maintenant=maintenant)
        lues.append(Destination(ancienne, bascule, _sans_retour(bascule) if bascule else ""))
    return lues


def _sans_retour(bascule: Bascule) -> str:
    """Return the address of the present module; the front page of its site when that address is itself sent here."""
    decoupee = urlsplit(bascule.adresse)
    if destinations(decoupee.path, bascule.prefecture.departement):
        return f"https://{decoupee.hostname}/"
    return bascule.adresse
