"""Fingerprints taken at the counter: only that they were, when and by whom; the prints themselves go to the AGDREF."""

from __future__ import annotations

from django.db import models

from demandes.models import Agent, Demande
from guichet.models.passage import Passage


class PriseEmpreintes(models.Model):
    """The fingerprints of the person of a demande, taken once."""

    demande = models.OneToOneField(Demande, on_delete=models.PROTECT, related_name="prise_empreintes")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="prises_empreintes")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="prises_empreintes")
    prises_le = models.DateTimeField("prises le")

    class Meta:
        verbose_name = "prise d’empreintes"
        verbose_name_plural = "prises d’empreintes"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Empreintes {self.pk}"
