"""Searches in the background, one after the other: claimed by a worker, followed, taken again when it died.

A row that asks for one has `calcul`, `calcul_le`, `arreter` and `secondes`: see `PlanSemaine`, `PropositionDossiers`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from planipref.commun.horloge import maintenant
from planipref.commun.transactions import acte
from planning.calculs.affectation.moteur import Avancement
from planning.models import PlanSemaine, PropositionDossiers

DEMANDE, EN_COURS = "demande", "en_cours"
# A worker that has been silent for so long beyond its time is dead: its search is taken again.
SILENCE = timedelta(minutes=2)
Recherche = PlanSemaine | PropositionDossiers


def chercher_demandes(modele: type[Recherche], depuis: str, chercher: Callable[[Any], None]) -> int:
    """Do the searches that wait, that which has waited longest first.

    Args:
        modele: of the rows that ask for one.
        depuis: name of the field that says since when each waits.
        chercher: does one and writes what it found.

    Returns:
        How many were done.
    """
    perdues = modele.objects.filter(calcul=EN_COURS, calcul_le__lt=maintenant() - SILENCE)
    perdues.update(calcul=DEMANDE)
    faites = 0
    while (recherche := _prendre(modele, depuis)) is not None:
        chercher(recherche)
        faites += 1
    return faites


@acte
def _prendre(modele: type[Recherche], depuis: str) -> Recherche | None:
    """Claim the search that has waited longest."""
    attendent = modele.objects.filter(calcul=DEMANDE).order_by(depuis, "pk")
    prise = attendent.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if prise is not None:
        modele.objects.filter(pk=prise.pk).update(calcul=EN_COURS, calcul_le=maintenant())
    return prise


def suivre(recherche: Recherche, *champs: str) -> Callable[[Avancement], bool]:
    """Return what writes where a search stands, and stops it when a manager asks, or when its row is gone.

    Args:
        recherche: its row.
        champs: what is kept of the progress beside the seconds.
    """
    lignes = type(recherche).objects.filter(pk=recherche.pk, calcul=EN_COURS)

    def noter(avancement: Avancement) -> bool:
        faits = {champ: getattr(avancement, champ) for champ in ("secondes", *champs)}
        lignes.update(**faits, calcul_le=maintenant())
        return lignes.filter(arreter=False).exists()

    return noter


def tirer_graine() -> int:
    """Draw the seed of a search."""
    return secrets.randbelow(2**31)
