"""Reads of the public catalogue: search, open préfectures, and delays observed in the real data."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F

from demandes.models import Decision, Motif, Prefecture, Service

CAS_MINIMUM = 5  # below, a median says little and might point at someone
FENETRE = timedelta(days=365)


class Mediane(Aggregate):
    """Median of an interval, by PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class DelaiObserve:
    """How long a préfecture took, deposit to decision, over the last twelve months.

    Args:
        prefecture: its name.
        jours: median, in days.
        nombre: decisions counted.
    """

    prefecture: str
    jours: int
    nombre: int


def chercher_motifs(texte: str, service: str) -> list[Motif]:
    """Return the motifs in use whose words hold all those typed, accents and case apart."""
    motifs = Motif.objects.actifs().order_by("genre_service", "libelle", "pk")
    if service in Service.Genre.values:
        motifs = motifs.filter(genre_service=service)
    mots = _plat(texte).split()
    return [
        m
        for m in motifs
        if all(mot in _plat(f"{m.libelle} {m.libelle_court} {m.description} {m.code}") for mot in mots)
    ]


def motif_public(code: str) -> Motif | None:
    """Return a motif in use, with its pieces and questions."""
    return Motif.objects.actifs().avec_formulaire().filter(code=code).first()


def prefectures_ouvertes(motif: Motif) -> list[Prefecture]:
    """Return the préfectures that take this motif and have its service."""
    ouvertes = Prefecture.objects.ouvertes_au_motif(motif).filter(services__genre=motif.genre_service)
    return list(ouvertes.order_by("departement"))


def delais_observes(motif: Motif, *, maintenant: datetime) -> list[DelaiObserve]:
    """Return the median delay by préfecture, only where there are cases enough."""
    duree = ExpressionWrapper(F("prise_le") - F("demande__deposee_le"), output_field=DurationField())
    lignes = (
        Decision.objects.filter(demande__motif=motif, prise_le__gte=maintenant - FENETRE)
        .order_by("demande__prefecture__departement")
        .values_list("demande__prefecture__nom")
        .annotate(mediane=Mediane(duree), nombre=Count("pk"))
        .filter(nombre__gte=CAS_MINIMUM)
    )
    return [DelaiObserve(nom, max(0, round(m / timedelta(days=1))), n) for nom, m, n in lignes]


def _plat(texte: str) -> str:
    decompose = unicodedata.normalize("NFD", texte.replace("’", "'").lower())
    return "".join(c for c in decompose if not unicodedata.combining(c))
