"""A circuit breaker shared by the workers: a provider that fails again and again is left alone for a while.

Nygard, Release It!, § 5.2: closed, it lets through; after some failures in a row it opens; once its time is over, what
goes through closes it or opens it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from planipref.commun.models import Disjoncteur

ECHECS_MAX = 5
REPOS = timedelta(minutes=2)


def ferme_a(fournisseur: str, maintenant: datetime) -> datetime | None:
    """Return when a provider may be tried again; None when it may now."""
    jusqu_a = Disjoncteur.objects.filter(fournisseur=fournisseur).values_list("ouvert_jusqu_a", flat=True).first()
    return jusqu_a if jusqu_a is not None and jusqu_a > maintenant else None


def noter_succes(fournisseur: str) -> None:
    """Close the circuit: the provider answers."""
    Disjoncteur.objects.filter(fournisseur=fournisseur).exclude(echecs=0).update(echecs=0, ouvert_jusqu_a=None)


def noter_echec(fournisseur: str, maintenant: datetime) -> None:
    """Count a failure; the fifth in a row opens the circuit, as does each one after it."""
    Disjoncteur.objects.get_or_create(fournisseur=fournisseur)
    Disjoncteur.objects.filter(fournisseur=fournisseur).update(echecs=F("echecs") + 1)
    trop = Disjoncteur.objects.filter(fournisseur=fournisseur, echecs__gte=ECHECS_MAX)
    trop.update(ouvert_jusqu_a=maintenant + REPOS)
