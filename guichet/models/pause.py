"""An agent's pause: the counter calls nobody, and says why."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from demandes.models import Agent
from planning.models import Guichet


class Pause(models.Model):
    """A stretch during which an agent calls nobody to their counter."""

    class Raison(models.TextChoices):
        REPOS = "repos", "Pause"
        REUNION = "reunion", "Réunion"
        RENFORT = "renfort", "Aide à un collègue"
        DOSSIERS = "dossiers", "Travail sur dossiers"
        PANNE = "panne", "Panne du poste"
        AUTRE = "autre", "Autre raison"

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="pauses", db_index=False)
    guichet = models.ForeignKey(Guichet, on_delete=models.PROTECT, related_name="pauses")
    raison = models.CharField(max_length=8, choices=Raison)
    debut = models.DateTimeField("début")
    fin = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "pause"
        ordering = ["agent", "pk"]
        indexes = [models.Index(fields=["agent", "debut"], name="pause_agent")]
        constraints = [
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(fin__isnull=True),
                name="pause_ouverte_unique",
                violation_error_message="Vous êtes déjà en pause.",
                violation_error_code="en_pause",
            ),
            models.CheckConstraint(
                name="pause_fin_apres_debut",
                condition=Q(fin__isnull=True) | Q(fin__gte=F("debut")),
                violation_error_message="Une pause finit après son début.",
                violation_error_code="fin",
            ),
        ]

    def __str__(self) -> str:
        return f"Pause {self.pk}"
