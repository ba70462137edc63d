"""The rules of the order of call, national or of one site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Site
from guichet.calculs.ordre import Retard

MINUTES_MAX, APPELS_MAX = 240, 5


class RegleAppel(models.Model):
    """What the order of call weighs, at a site or in the whole country; an empty field leaves the value above."""

    class Retards(models.TextChoices):
        GARDE = Retard.GARDE.value, "Compte depuis son arrivée, avec l’avance d’un rendez-vous"
        PERD = Retard.PERD.value, "Compte comme sans rendez-vous"

    # No index of its own: `regle_appel_unique` is one.
    site = models.ForeignKey(
        Site,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="regles_appel",
        db_index=False,
        help_text="Vide : la règle nationale.",
    )
    avance_rdv = models.PositiveSmallIntegerField(
        "avance d’un rendez-vous, en minutes",
        null=True,
        blank=True,
        help_text="Un rendez-vous passe avant ceux qui sont venus sans, sauf s’ils étaient là plus longtemps avant.",
    )
    tolerance_retard = models.PositiveSmallIntegerField("retard admis, en minutes", null=True, blank=True)
    retard = models.CharField("au-delà de ce retard", max_length=5, choices=Retards, blank=True)
    avance_priorite = models.PositiveSmallIntegerField(
        "avance d’une personne prioritaire, en minutes", null=True, blank=True
    )
    appels_avant_absence = models.PositiveSmallIntegerField(
        "appels avant de noter une absence",
        null=True,
        blank=True,
        help_text="Une personne appelée moins de fois ne peut être notée absente ni remise en attente.",
    )
    garde_guichet = models.PositiveSmallIntegerField(
        "garde pour le guichet voulu, en minutes",
        null=True,
        blank=True,
        help_text="Après un envoi vers un guichet, les autres peuvent appeler la personne passé ce temps.",
    )
    avance_max = models.PositiveSmallIntegerField(
        "arrivée la plus tôt à la borne, en minutes",
        null=True,
        blank=True,
        help_text="Avant, la borne dit à quelle heure revenir. L’accueil peut toujours enregistrer l’arrivée.",
    )

    class Meta:
        verbose_name = "règle d’appel"
        verbose_name_plural = "règles d’appel"
        ordering = ["site", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                nulls_distinct=False,
                name="regle_appel_unique",
                violation_error_message="Ce site, ou le pays, a déjà sa règle.",
                violation_error_code="site",
            ),
            # Each bounds how long somebody may be passed: see `guichet.calculs.ordre`.
            models.CheckConstraint(
                name="regle_appel_bornee",
                condition=(Q(avance_rdv__isnull=True) | Q(avance_rdv__lte=MINUTES_MAX))
                & (Q(tolerance_retard__isnull=True) | Q(tolerance_retard__lte=MINUTES_MAX))
                & (Q(avance_priorite__isnull=True) | Q(avance_priorite__lte=MINUTES_MAX))
                & (Q(garde_guichet__isnull=True) | Q(garde_guichet__lte=MINUTES_MAX))
                & (Q(avance_max__isnull=True) | Q(avance_max__lte=MINUTES_MAX)),
                violation_error_message="Chaque durée est de quatre heures (240 minutes) au plus.",
                violation_error_code="minutes",
            ),
            models.CheckConstraint(
                name="regle_appel_appels",
                condition=Q(appels_avant_absence__isnull=True)
                | (Q(appels_avant_absence__gte=1) & Q(appels_avant_absence__lte=APPELS_MAX)),
                violation_error_message="De 1 à 5 appels.",
                violation_error_code="appels_avant_absence",
            ),
        ]

    def __str__(self) -> str:
        return str(self.site) if self.site else "Règle nationale"
