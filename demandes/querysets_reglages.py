"""Reads of what a préfecture sets: requirements with their local override, rules, and the history of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import FilteredRelation, Q

if TYPE_CHECKING:
    from demandes.models import Modification, PieceRequise, Question, RegleAiguillage, RegleEligibilite


def _avec_local(requete: models.QuerySet, prefecture_id: int | None) -> models.QuerySet:  # type: ignore[type-arg]
    """Load, in the same query, the override of a préfecture as ``local``."""
    ici = FilteredRelation("parametrages", condition=Q(parametrages__prefecture=prefecture_id or 0))
    # The plugin of mypy does not know filtered relations.
    avec: models.QuerySet[Any] = requete.annotate(local=ici)
    return avec.select_related("local")


class PieceRequiseQuerySet(models.QuerySet["PieceRequise"]):
    """Reads of the pieces that the texts ask for."""

    def avec_local(self, prefecture_id: int | None) -> PieceRequiseQuerySet:
        """Load the override of a préfecture."""
        return _avec_local(self, prefecture_id)  # type: ignore[return-value]


class QuestionQuerySet(models.QuerySet["Question"]):
    """Reads of the questions."""

    def avec_local(self, prefecture_id: int | None) -> QuestionQuerySet:
        """Load the override of a préfecture."""
        return _avec_local(self, prefecture_id)  # type: ignore[return-value]


class RegleEligibiliteQuerySet(models.QuerySet["RegleEligibilite"]):
    """Reads of the rules of eligibility."""

    def pour(self, motif_id: int, prefecture_id: int | None) -> RegleEligibiliteQuerySet:
        """National rules of a motif and those of a préfecture, in order."""
        return self.filter(Q(prefecture=None) | Q(prefecture=prefecture_id), motif=motif_id).order_by("ordre", "pk")


class RegleAiguillageQuerySet(models.QuerySet["RegleAiguillage"]):
    """Reads of the rules of routing."""

    def de_la_prefecture(self, prefecture_id: int) -> RegleAiguillageQuerySet:
        """Rules of a préfecture, in order."""
        return self.filter(prefecture=prefecture_id).select_related("motif", "service").order_by("ordre", "pk")

    def pour(self, motif_id: int, prefecture_id: int) -> RegleAiguillageQuerySet:
        """Rules in use for a motif in a préfecture, in order."""
        du_motif = Q(motif=None) | Q(motif=motif_id)
        return self.de_la_prefecture(prefecture_id).filter(du_motif, actif=True)


class ModificationQuerySet(models.QuerySet["Modification"]):
    """Reads of the history."""

    def de(self, prefecture_id: int | None) -> ModificationQuerySet:
        """Changes of a préfecture, or of the national values; the last first."""
        return self.filter(prefecture=prefecture_id).select_related("agent").order_by("-pk")

    def du_meme_objet(self, modification: Modification) -> ModificationQuerySet:
        """Changes of the same thing, the last first."""
        return self.filter(modele=modification.modele, objet_id=modification.objet_id).order_by("-pk")
