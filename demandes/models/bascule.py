"""Leaving the former booking module: from which day a démarche is served here, and where its old addresses lead."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import declencheurs
from demandes.models.catalogue import Motif
from demandes.models.organisation import Prefecture


class Bascule(models.Model):
    """The day from which a préfecture serves a motif here; until then its present module does. Without a row: here."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="bascules", db_index=False)
    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="bascules", verbose_name="démarche")
    du = models.DateField("servie ici à partir du")
    adresse = models.CharField("adresse du module actuel", max_length=300)

    class Meta:
        verbose_name = "bascule d’une démarche"
        verbose_name_plural = "bascules des démarches"
        ordering = ["prefecture", "du", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "motif"], name="bascule_unique"),
            models.CheckConstraint(
                name="bascule_adresse",
                condition=Q(adresse__regex=r"^https://[a-z0-9.-]+(/[^\s\\]*)?$"),
                violation_error_message="L’adresse commence par https:// et nomme un site, sans compte ni port.",
                violation_error_code="adresse",
            ),
        ]
        triggers = [declencheurs.modification_notee("bascule")]

    def __str__(self) -> str:
        return f"Bascule {self.pk}"


class AncienneAdresse(models.Model):
    """A path of the former module, and what follows it: the motif that was booked there."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="anciennes_adresses", db_index=False
    )
    chemin = models.CharField("début de l’ancienne adresse", max_length=200)
    motif = models.ForeignKey(
        Motif, on_delete=models.CASCADE, related_name="anciennes_adresses", verbose_name="démarche"
    )

    class Meta:
        verbose_name = "ancienne adresse"
        verbose_name_plural = "anciennes adresses"
        ordering = ["prefecture", "chemin"]
        indexes = [models.Index(fields=["chemin"], name="ancienne_adresse_chemin")]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "chemin"],
                name="ancienne_adresse_unique",
                violation_error_message="Cette adresse mène déjà à une démarche.",
                violation_error_code="chemin",
            ),
            models.CheckConstraint(
                name="ancienne_adresse_chemin",
                condition=Q(chemin__regex=r"^/(booking|rdvpref)(/[A-Za-z0-9_.-]+)+$"),
                violation_error_message="Écrivez le chemin sans le site : /booking/create/12345, ou /rdvpref/…",
                violation_error_code="chemin",
            ),
        ]
        triggers = [declencheurs.modification_notee("ancienneadresse")]

    def __str__(self) -> str:
        return self.chemin
