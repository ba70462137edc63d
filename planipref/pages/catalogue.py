"""Reads of the public catalogue: search, open préfectures, and delays observed in the real data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext

from demandes.calculs.recherche import Fiche, Lexique, classer, mots
from demandes.models import Decision, Motif, Prefecture, Service

CAS_MINIMUM = 5  # below, a median says little and might point at someone
FENETRE = timedelta(days=365)


class Centile(Aggregate):
    """A share of the intervals lasted this long or less, by PostgreSQL.

    Args:
        duree: expression of an interval.
        part: from 0 to 1.
    """

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()

    def __init__(self, duree: Any, *, part: float) -> None:
        super().__init__(duree, part=part)


@dataclass(frozen=True)
class DelaiObserve:
    """How long a préfecture took, deposit to decision, over the last twelve months.

    Args:
        prefecture: its name.
        jours: median, in days.
        jours_p90: nine demandes of ten took no longer, in days.
        nombre: decisions counted.
    """

    prefecture: str
    jours: int
    jours_p90: int
    nombre: int


def chercher_motifs(texte: str, service: str, *, tous: bool = False) -> list[Motif]:
    """Return the motifs in use, or all of them, that answer the words typed, in French or in the language of the page.

    Each service comes whole, where its best motif stands.
    """
    motifs = (Motif.objects.all() if tous else Motif.objects.actifs()).order_by("genre_service", "libelle", "pk")
    if service in Service.Genre.values:
        motifs = motifs.filter(genre_service=service)
    candidats = list(motifs)
    trouves = [candidats[rang] for rang in classer(texte, [_fiche(m) for m in candidats], _lexique())]
    services = list(dict.fromkeys(m.genre_service for m in trouves))
    return sorted(trouves, key=lambda m: services.index(m.genre_service))


def _fiche(motif: Motif) -> Fiche:
    return Fiche(
        titres=(motif.libelle, gettext(motif.libelle)),
        codes=(motif.code,),
        courts=(motif.libelle_court, gettext(motif.libelle_court)),
        descriptions=(motif.description, gettext(motif.description)) if motif.description else (),
        francais=(motif.libelle, motif.libelle_court),
    )


@cache
def _lexique() -> Lexique:
    lu = json.loads((Path(__file__).with_name("donnees") / "recherche.json").read_text(encoding="utf-8"))
    return Lexique(
        groupes=tuple((tuple(g["titre"]), tuple(g["mots"])) for g in lu["groupes"]),
        vides=frozenset(mots(lu["vides"])),
    )


def motif_public(code: str) -> Motif | None:
    """Return a motif in use."""
    return Motif.objects.actifs().filter(code=code).first()


def prefectures_ouvertes(motif: Motif) -> list[Prefecture]:
    """Return the préfectures that take this motif and have its service."""
    ouvertes = Prefecture.objects.ouvertes_au_motif(motif).filter(services__genre=motif.genre_service)
    return list(ouvertes.order_by("departement"))


def prefectures_a_joindre() -> QuerySet[Prefecture]:
    """Return every préfecture that uses the site, to write to."""
    return Prefecture.objects.order_by("departement")


def delais_observes(motif: Motif, *, maintenant: datetime, prefecture: Prefecture | None = None) -> list[DelaiObserve]:
    """Return the delays by préfecture, or in one, only where there are cases enough (one query)."""
    duree = ExpressionWrapper(F("prise_le") - F("demande__deposee_le"), output_field=DurationField())
    lignes = (
        Decision.objects.filter(demande__motif=motif, prise_le__gte=maintenant - FENETRE)
        .filter(*([Q(demande__prefecture=prefecture)] if prefecture else []))
        .order_by("demande__prefecture__departement")
        .values_list("demande__prefecture__nom")
        .annotate(mediane=Centile(duree, part=0.5), p90=Centile(duree, part=0.9), nombre=Count("pk"))
        .filter(nombre__gte=CAS_MINIMUM)
    )
    return [DelaiObserve(nom, _jours(mediane), _jours(p90), nombre) for nom, mediane, p90, nombre in lignes]


def _jours(duree: timedelta) -> int:
    return max(0, round(duree / timedelta(days=1)))


@dataclass(frozen=True)
class FenetreAnnoncee:
    """When a renewal is deposited, told before anything is typed.

    Args:
        debut: days before the end of the title from which it may be; 0 when the law counts in months.
        mois: the same in months; 0 when it counts in days.
        fin: days before the end until which it should be.
    """

    debut: int
    mois: int
    fin: int


def fenetre_annoncee(motif: Motif) -> FenetreAnnoncee | None:
    """Return the window of a renewal, counted from the end of a title; other windows depend on what is asked."""
    regle = motif.fenetre_depot
    if not regle or "expiration" not in regle["question"]:
        return None
    mois = regle["avant_expiration_mois_max"] or 0
    return FenetreAnnoncee(
        debut=0 if mois else regle["avant_expiration_jours_max"], mois=mois, fin=regle["avant_expiration_jours_min"]
    )
