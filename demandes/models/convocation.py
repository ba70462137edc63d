"""The convocation: an agent's nominative authorisation to come, opened by a link whose token is never stored."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from demandes.models import declencheurs
from demandes.models.demande import Demande
from demandes.models.organisation import Agent, Site
from demandes.querysets import ConvocationQuerySet


class Convocation(models.Model):
    """One authorisation to come, for reception (step 2) or hand-over (step 4)."""

    class Objet(models.TextChoices):
        RECEPTION = "reception", "Réception"
        REMISE = "remise", "Remise du titre"

    class Etat(models.TextChoices):
        ACTIVE = "active", "Active"
        HONOREE = "honoree", "Honorée"
        REVOQUEE = "revoquee", "Révoquée"
        EXPIREE = "expiree", "Expirée"

    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The first key, once the link has changed: calendars know the appointment by it.
    cle_agenda = models.UUIDField(null=True, editable=False)
    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="convocations")
    objet = models.CharField(max_length=10, choices=Objet)
    motivation = models.TextField("pourquoi l’usager est convoqué", max_length=1000)
    sites = models.ManyToManyField(Site, related_name="convocations", verbose_name="sites possibles")
    personnes = models.PositiveSmallIntegerField("nombre de personnes", default=1)
    # Why is not kept: it may be the person's health.
    prioritaire = models.BooleanField("peut prendre les places gardées", default=False, db_default=False)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.ACTIVE, db_default="active")
    empreinte = models.CharField(max_length=64, unique=True)
    emise_par = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="convocations")
    emise_le = models.DateTimeField("émise le")
    expire_le = models.DateTimeField("expire le")
    terminee_le = models.DateTimeField("terminée le", null=True, blank=True)
    # A family convoked together has one link and one appointment: those of the convocation that the others join.
    jointe_a = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="jointes",
        db_index=False,  # the partial index below holds the few that are joined
        verbose_name="jointe à",
    )

    objects = ConvocationQuerySet.as_manager()

    class Meta:
        verbose_name = "convocation"
        ordering = ["demande", "-pk"]
        indexes = [
            models.Index(fields=["expire_le"], condition=Q(etat="active"), name="convocation_a_expirer"),
            models.Index(fields=["jointe_a"], condition=Q(jointe_a__isnull=False), name="convocation_jointes"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["demande", "objet"],
                condition=Q(etat="active"),
                name="convocation_active_unique",
                violation_error_message="Une convocation est déjà active pour cette demande.",
                violation_error_code="deja_convoquee",
            ),
            models.CheckConstraint(
                name="convocation_personnes",
                condition=Q(personnes__gte=1) & Q(personnes__lte=10),
                violation_error_message="Une convocation vaut pour 1 à 10 personnes.",
                violation_error_code="personnes",
            ),
            models.CheckConstraint(
                name="convocation_expire_apres",
                condition=Q(expire_le__gt=models.F("emise_le")),
                violation_error_message="Une convocation expire après son émission.",
                violation_error_code="expire_le",
            ),
        ]
        triggers = [declencheurs.convocation_jointe()]

    def __str__(self) -> str:
        return f"Convocation {self.pk}"

    @property
    def uid(self) -> str:
        """What names the appointment in calendars, whatever becomes of its link."""
        return f"{self.cle_agenda or self.cle}@planipref"

    @property
    def porteuse(self) -> Convocation:
        """The convocation whose link and appointment serve this one: itself, or the one that it joined."""
        return self.jointe_a or self
