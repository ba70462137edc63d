"""The persons of a family who come on one visit: one ticket, one row for each of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Demande
from guichet.models.passage import Passage


class Venue(models.Model):
    """One person of a visit that a family makes together: who is expected, and what came of it."""

    class Etat(models.TextChoices):
        ATTENDUE = "attendue", "Attendue"
        RECUE = "recue", "Reçue"
        FINIE = "finie", "Finie"
        ABSENTE = "absente", "Pas venue"

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="venues", db_index=False)
    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="venues")
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.ATTENDUE)

    class Meta:
        verbose_name = "venue d’une personne de la famille"
        verbose_name_plural = "venues des personnes d’une famille"
        ordering = ["passage", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["passage", "demande"], name="venue_unique"),
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(etat__in=["attendue", "recue"]),
                name="venue_une_par_demande",
                violation_error_message="Cette personne est déjà enregistrée.",
                violation_error_code="deja_arrive",
            ),
        ]

    def __str__(self) -> str:
        return f"Venue {self.pk}"
