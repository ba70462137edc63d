"""One person, one file: merges of usagers, each undoable, and pairs that an agent told apart."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from demandes.models.organisation import Agent
from demandes.models.personnes import Usager


class FusionUsager(models.Model):
    """A merge that an agent decided: who, when, and what it takes to undo it."""

    garde = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="fusions_recues")
    absorbe = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="fusions_subies")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="fusions")
    le = models.DateTimeField("le")
    instantane = models.JSONField(
        "instantané",
        help_text="Fiche gardée avant et après, demandes et mandats déplacés ; la fiche absorbée reste intacte.",
    )
    defaite_le = models.DateTimeField("défaite le", null=True, blank=True)
    defaite_par = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="fusions_defaites"
    )

    class Meta:
        verbose_name = "fusion d’usagers"
        verbose_name_plural = "fusions d’usagers"
        ordering = ["-le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["absorbe"], condition=Q(defaite_le__isnull=True), name="fusion_absorbe_une_fois"
            ),
            models.CheckConstraint(
                name="fusion_de_deux_usagers",
                condition=~Q(garde=F("absorbe")),
                violation_error_message="Une fusion réunit deux fiches.",
                violation_error_code="absorbe",
            ),
        ]

    def __str__(self) -> str:
        return f"Fusion {self.pk}"


class DoublonEcarte(models.Model):
    """Two usagers that look alike and that an agent knows to be two people; never proposed again."""

    premier = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="ecartes_premiers", db_index=False)
    second = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="ecartes_seconds")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="doublons_ecartes")
    le = models.DateTimeField("le")

    class Meta:
        verbose_name = "doublon écarté"
        verbose_name_plural = "doublons écartés"
        ordering = ["premier", "second"]
        constraints = [
            models.UniqueConstraint(fields=["premier", "second"], name="doublon_ecarte_unique"),
            models.CheckConstraint(
                name="doublon_ecarte_ordonne",
                condition=Q(premier__lt=F("second")),
                violation_error_message="Le premier usager est le plus ancien des deux.",
                violation_error_code="second",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.premier_id} ≠ {self.second_id}"
