"""From which connection places were taken and given back behind links; erased after thirty days."""

from __future__ import annotations

from django.db import models

from demandes.models import Convocation
from planning.models.creneau import Creneau


class TraceConnexion(models.Model):
    """A place taken, or given back, by a person: the keyed hash of their connection, never its address."""

    class Geste(models.TextChoices):
        PRISE = "prise", "Prise"
        RENDUE = "rendue", "Rendue"

    empreinte = models.CharField(max_length=64)
    convocation = models.ForeignKey(Convocation, on_delete=models.CASCADE, related_name="traces")
    creneau = models.ForeignKey(Creneau, on_delete=models.CASCADE, related_name="traces", verbose_name="créneau")
    geste = models.CharField(max_length=6, choices=Geste)
    le = models.DateTimeField("le", db_index=True)

    class Meta:
        verbose_name = "trace de connexion"
        verbose_name_plural = "traces de connexion"
        ordering = ["le", "pk"]

    def __str__(self) -> str:
        return f"Trace {self.pk}"
