"""Reads of medical agendas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from planning.models import AgendaMedical


class AgendaMedicalQuerySet(models.QuerySet["AgendaMedical"]):
    """Reads of medical agendas."""

    def avec_lieu(self) -> AgendaMedicalQuerySet:
        """Load the queue, its site and its doctors."""
        return (
            self.select_related("file__site__prefecture")
            .prefetch_related("medecins")
            .order_by("file__site__nom", "file", "pk")
        )

    def du_medecin(self, medecin_id: int) -> AgendaMedicalQuerySet:
        """Agendas in use where a doctor sits."""
        return self.filter(medecins=medecin_id, file__actif=True).avec_lieu()

    def de_la_prefecture(self, prefecture_id: int) -> AgendaMedicalQuerySet:
        """Agendas of a préfecture."""
        return self.filter(file__site__prefecture=prefecture_id).avec_lieu()
