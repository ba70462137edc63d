"""From which connection places were taken and given back behind links; erased after thirty days."""

from __future__ import annotations

from django.db import models

from demandes.models import Convocation, Prefecture
from planning.models.creneau import Creneau


class TraceConnexion(models.Model):
    """A place taken, or given back, by a person: the keyed hash of their connection, never its address."""

    class Geste(models.TextChoices):
        PRISE = "prise", "Prise"
        RENDUE = "rendue", "Rendue"

    empreinte = models.CharField(max_length=64)
    # That of the demande: signals are looked for in one préfecture at a time. None on a trace that a process not yet
    # restarted wrote during an update: nothing reads it.
    prefecture = models.ForeignKey(
        Prefecture,
        on_delete=models.CASCADE,
        related_name="traces",
        null=True,
        db_index=False,
        verbose_name="préfecture",
    )  # `trace_prefecture` starts with it
    convocation = models.ForeignKey(Convocation, on_delete=models.CASCADE, related_name="traces")
    creneau = models.ForeignKey(Creneau, on_delete=models.CASCADE, related_name="traces", verbose_name="créneau")
    geste = models.CharField(max_length=6, choices=Geste)
    le = models.DateTimeField("le", db_index=True)

    class Meta:
        verbose_name = "trace de connexion"
        verbose_name_plural = "traces de connexion"
        ordering = ["le", "pk"]
        indexes = [models.Index(fields=["prefecture", "le"], name="trace_prefecture")]

    def __str__(self) -> str:
        return f"Trace {self.pk}"
