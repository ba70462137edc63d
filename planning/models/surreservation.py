"""What is learned of who comes, day after day, and how far a site may over- or under-book."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Prefecture, Site
from planning.querysets import ModelePresenceQuerySet


class ModelePresence(models.Model):
    """Who is expected to come, learned in a préfecture from the days before one; one version a day, all kept."""

    # No index of its own: `modele_presence_unique` starts with the préfecture.
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="modeles_presence", db_index=False
    )
    jour = models.DateField("appris des jours avant le")
    faits = models.PositiveIntegerField("rendez-vous appris")
    # [[name, value, coefficient]]: see `planning.calculs.presence`.
    coefficients = models.JSONField()
    # [[appointments, mean of what was expected, share who came]], by tenth, on days that the model had not seen.
    calibration = models.JSONField(default=list)

    objects = ModelePresenceQuerySet.as_manager()

    class Meta:
        verbose_name = "modèle de présence"
        verbose_name_plural = "modèles de présence"
        ordering = ["prefecture", "-jour"]
        constraints = [models.UniqueConstraint(fields=["prefecture", "jour"], name="modele_presence_unique")]

    def __str__(self) -> str:
        return f"Modèle {self.prefecture_id} {self.jour}"


class RegleSurreservation(models.Model):
    """How far over- and under-booking may go, at a site or in the whole country; an empty field keeps the one above."""

    # No index of its own: `regle_surreservation_unique` is one.
    site = models.ForeignKey(
        Site,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="regles_surreservation",
        db_index=False,
        help_text="Vide : la règle nationale.",
    )
    active = models.BooleanField("sur- et sous-réservation proposées", null=True, blank=True)
    surplus_max = models.PositiveSmallIntegerField("places de plus par créneau, au plus", null=True, blank=True)
    retrait_max = models.PositiveSmallIntegerField("places de moins par créneau, au plus", null=True, blank=True)
    attente_max = models.PositiveSmallIntegerField(
        "attente moyenne admise, en minutes par personne", null=True, blank=True
    )
    depassement_max = models.PositiveSmallIntegerField(
        "dépassement admis par ouverture, en minutes de guichet", null=True, blank=True
    )
    poids_attente = models.FloatField("poids d’une minute d’attente", null=True, blank=True)
    poids_inoccupation = models.FloatField("poids d’une minute de guichet inoccupé", null=True, blank=True)
    poids_depassement = models.FloatField("poids d’une minute de dépassement", null=True, blank=True)

    class Meta:
        verbose_name = "règle de surréservation"
        verbose_name_plural = "règles de surréservation"
        ordering = ["site", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                nulls_distinct=False,
                name="regle_surreservation_unique",
                violation_error_message="Ce site, ou le pays, a déjà sa règle.",
                violation_error_code="site",
            ),
            models.CheckConstraint(
                name="regle_surreservation_places",
                condition=(Q(surplus_max__isnull=True) | Q(surplus_max__lte=20))
                & (Q(retrait_max__isnull=True) | Q(retrait_max__lte=20)),
                violation_error_message="Vingt places de plus ou de moins, au plus.",
                violation_error_code="surplus_max",
            ),
            models.CheckConstraint(
                name="regle_surreservation_poids",
                condition=(Q(poids_attente__isnull=True) | Q(poids_attente__gte=0, poids_attente__lte=100))
                & (Q(poids_inoccupation__isnull=True) | Q(poids_inoccupation__gte=0, poids_inoccupation__lte=100))
                & (Q(poids_depassement__isnull=True) | Q(poids_depassement__gte=0, poids_depassement__lte=100)),
                violation_error_message="Un poids va de 0 à 100.",
                violation_error_code="poids_attente",
            ),
        ]

    def __str__(self) -> str:
        return str(self.site) if self.site else "Règle nationale"
