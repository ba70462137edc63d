"""What the leave tool CASPER writes, said in our words: its columns, its agents and its codes, by préfecture."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Prefecture
from planning.models.service import Absence


class ReglagesCasper(models.Model):
    """How a préfecture reads its leave files; without a row, the columns bear our own names."""

    prefecture = models.OneToOneField(Prefecture, on_delete=models.CASCADE, related_name="reglages_casper")
    # Name of the column in the file, by what it holds (`planning.selectors_lecture_casper.COLONNES`).
    colonnes = models.JSONField(default=dict, blank=True)
    mots_matin = models.CharField("mots pour le matin", max_length=200, default="M, matin")
    mots_apres_midi = models.CharField("mots pour l’après-midi", max_length=200, default="A, S, après-midi")
    mots_annules = models.CharField(
        "états d’une absence qui n’a pas lieu", max_length=200, default="annulé, annulée, refusé, refusée"
    )
    complet = models.BooleanField("un fichier contient toutes les absences de sa période", default=False)
    dernier_le = models.DateTimeField("dernier import le", null=True, blank=True)
    # Counts, and [line, reason] of those refused; never what was written there.
    dernier_bilan = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "réglages de CASPER"
        verbose_name_plural = "réglages de CASPER"
        ordering = ["prefecture"]

    def __str__(self) -> str:
        return f"CASPER {self.prefecture_id}"


class AgentCasper(models.Model):
    """The identifier that CASPER gives to an agent."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="agents_casper")
    identifiant = models.CharField("identifiant dans CASPER", max_length=60)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="identifiants_casper")

    class Meta:
        verbose_name = "identifiant CASPER"
        verbose_name_plural = "identifiants CASPER"
        ordering = ["prefecture", "identifiant"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "identifiant"],
                name="agent_casper_unique",
                violation_error_message="Cet identifiant désigne déjà un agent.",
                violation_error_code="identifiant",
            ),
            models.CheckConstraint(name="agent_casper_identifiant", condition=~Q(identifiant="")),
        ]

    def __str__(self) -> str:
        return f"Identifiant {self.pk}"


class CodeCasper(models.Model):
    """What a code of CASPER means here: a kind of absence, or nothing that keeps an agent away."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="codes_casper")
    code = models.CharField("code dans CASPER", max_length=40)
    genre = models.CharField("raison", max_length=10, choices=Absence.Genre, blank=True)

    class Meta:
        verbose_name = "code CASPER"
        verbose_name_plural = "codes CASPER"
        ordering = ["prefecture", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "code"],
                name="code_casper_unique",
                violation_error_message="Ce code a déjà un sens.",
                violation_error_code="code",
            ),
            models.CheckConstraint(name="code_casper_code", condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.code
