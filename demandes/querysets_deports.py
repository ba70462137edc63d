"""Reads of déports, and the one rule that says which demandes they aim at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from demandes.models import Deport


class DeportQuerySet(models.QuerySet["Deport"]):
    """Reads of déports."""

    def en_vigueur(self, jour: date) -> DeportQuerySet:
        """Déports that hold on a day, oldest first."""
        return self.filter(Q(jusqu_au__isnull=True) | Q(jusqu_au__gte=jour)).order_by("pk")


def visees(deports: Iterable[Deport], chemin: str = "") -> Q:
    """Return the filter of the demandes that some déports aim at; without any, nothing matches.

    The foreigner's number is the same; or the family name, without accents, case nor spaces, and the birth date are;
    or the number of the demande is.

    Args:
        deports: of one agent.
        chemin: what leads to the demande from what is filtered, as ``demande__``.
    """
    filtre = Q(pk__in=[])
    for deport in deports:
        if deport.numero_demande:
            filtre |= Q(**{f"{chemin}numero": deport.numero_demande})
        elif deport.numero_etranger:
            filtre |= Q(**{f"{chemin}usager__numero_etranger": deport.numero_etranger})
        else:
            filtre |= Q(
                **{
                    f"{chemin}usager__cle_identite__startswith": f"{deport.cle_nom}|",
                    f"{chemin}usager__date_naissance": deport.date_naissance,
                }
            )
    return filtre
