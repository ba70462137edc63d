"""Files given out to agents by the machine: what it proposes for a service, and whether it does so each night."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Service


class PropositionDossiers(models.Model):
    """Who would follow the files of a service that nobody follows: searched, read, applied and undone as one act."""

    class Etat(models.TextChoices):
        PROPOSEE = "proposee", "Proposée"
        APPLIQUEE = "appliquee", "Appliquée"
        DEFAITE = "defaite", "Défaite"

    class Calcul(models.TextChoices):
        DEMANDE = "demande", "Demandé"
        EN_COURS = "en_cours", "En cours"
        FINI = "fini", "Fini"
        ECHEC = "echec", "Échec"

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="propositions_dossiers")
    etat = models.CharField("état", max_length=9, choices=Etat, default=Etat.PROPOSEE)
    automatique = models.BooleanField("faite la nuit, sans que personne ne la demande", default=False)
    demandee_le = models.DateTimeField("demandée le")
    calcul = models.CharField(max_length=8, choices=Calcul, default=Calcul.DEMANDE)
    calcul_le = models.DateTimeField("dernier signe du calcul")
    arreter = models.BooleanField("arrêt demandé", default=False)
    graine = models.PositiveIntegerField(default=0)
    secondes = models.FloatField("secondes de calcul", default=0)
    # [[demande, agent or null, reason, other agents who could, agents kept away]]: numbers and codes only.
    lignes = models.JSONField(default=list, blank=True)
    # [[agent, minutes before, minutes after, capacity]].
    charges = models.JSONField(default=list, blank=True)
    # Demandes really given: those that somebody took or ended meanwhile are not among them.
    donnees = models.JSONField("demandes confiées", default=list, blank=True)
    appliquee_par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    appliquee_le = models.DateTimeField("appliquée le", null=True, blank=True)

    class Meta:
        verbose_name = "proposition d’attribution des dossiers"
        verbose_name_plural = "propositions d’attribution des dossiers"
        ordering = ["service", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(calcul__in=["demande", "en_cours"]),
                name="proposition_dossiers_une_a_la_fois",
            ),
            models.CheckConstraint(
                name="proposition_dossiers_appliquee", condition=Q(etat="proposee") | Q(appliquee_le__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Proposition {self.pk}"

    @property
    def calcule(self) -> bool:
        """Whether the machine is at it, or about to be."""
        return self.calcul in (self.Calcul.DEMANDE, self.Calcul.EN_COURS)

    @property
    def applicable(self) -> bool:
        """Whether it may be applied now."""
        return self.etat == self.Etat.PROPOSEE and self.calcul == self.Calcul.FINI


class RegleDossiers(models.Model):
    """Whether the files of a service, or of the whole country, are given out each night; empty: the value above."""

    # No index of its own: `regle_dossiers_unique` is one.
    service = models.ForeignKey(
        Service,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="regles_dossiers",
        db_index=False,
        help_text="Vide : la règle nationale.",
    )
    automatique = models.BooleanField("les dossiers sont confiés chaque nuit", null=True, blank=True)
    horizon_jours = models.PositiveSmallIntegerField("jours ouvrés de travail à répartir", null=True, blank=True)

    class Meta:
        verbose_name = "règle d’attribution des dossiers"
        verbose_name_plural = "règles d’attribution des dossiers"
        ordering = ["service", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service"],
                nulls_distinct=False,
                name="regle_dossiers_unique",
                violation_error_message="Ce service, ou le pays, a déjà sa règle.",
                violation_error_code="service",
            ),
            models.CheckConstraint(
                name="regle_dossiers_horizon_jours",
                condition=Q(horizon_jours__isnull=True) | Q(horizon_jours__gte=1, horizon_jours__lte=60),
                violation_error_message="Une valeur de 1 à 60.",
                violation_error_code="horizon_jours",
            ),
        ]

    def __str__(self) -> str:
        return f"Règle {self.pk}"
