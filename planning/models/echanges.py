"""What agents ask for: leave, and a half-day swapped with a colleague."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from demandes.models import Agent, Prefecture
from planning.models.plan import PlanSemaine
from planning.models.service import Absence

MOT_MAX = 300


class DemandeConge(models.Model):
    """Days that an agent asks for; once accepted they are an absence like another."""

    class Etat(models.TextChoices):
        ENVOYEE = "envoyee", "En attente de réponse"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"
        RETIREE = "retiree", "Retirée"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="demandes_conge")
    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="demandes_conge")
    genre = models.CharField(max_length=10, choices=Absence.Genre)
    pendant = DateTimeRangeField("période")
    mot = models.CharField(max_length=MOT_MAX, blank=True)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.ENVOYEE)
    cree_le = models.DateTimeField("créée le")
    reponse = models.CharField("réponse", max_length=MOT_MAX, blank=True)
    repondue_par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    repondue_le = models.DateTimeField("répondue le", null=True, blank=True)
    absence = models.OneToOneField(Absence, on_delete=models.SET_NULL, null=True, blank=True, related_name="demande")

    class Meta:
        verbose_name = "demande de congé"
        verbose_name_plural = "demandes de congé"
        ordering = ["prefecture", "pk"]
        constraints = [
            ExclusionConstraint(
                name="demande_conge_sans_chevauchement",
                expressions=[("agent", RangeOperators.EQUAL), ("pendant", RangeOperators.OVERLAPS)],
                condition=Q(etat="envoyee"),
                violation_error_message="Une autre de vos demandes attend déjà une réponse pour ces dates.",
                violation_error_code="du",
            ),
            models.CheckConstraint(
                name="demande_conge_repondue",
                condition=Q(etat__in=["envoyee", "retiree"]) | Q(repondue_par__isnull=False, repondue_le__isnull=False),
            ),
            models.CheckConstraint(
                name="demande_conge_refus_dit",
                condition=~Q(etat="refusee") | ~Q(reponse=""),
                violation_error_message="Dites pourquoi vous refusez.",
                violation_error_code="reponse",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande de congé {self.pk}"


class EchangePlaces(models.Model):
    """A half-day of the plan in force that an agent would give to a colleague, for one of theirs or for nothing."""

    class Etat(models.TextChoices):
        PROPOSE = "propose", "Attend le collègue"
        ACCEPTE = "accepte", "Attend le chef de service"
        VALIDE = "valide", "Fait"
        DECLINE = "decline", "Décliné par le collègue"
        REFUSE = "refuse", "Refusé par le chef de service"
        RETIRE = "retire", "Retiré"

    plan = models.ForeignKey(PlanSemaine, on_delete=models.CASCADE, related_name="echanges")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="echanges_proposes")
    demi_journee = models.PositiveSmallIntegerField("demi-journée donnée")
    collegue = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="echanges_recus")
    rendue = models.PositiveSmallIntegerField("demi-journée prise en échange", null=True, blank=True)
    mot = models.CharField(max_length=MOT_MAX, blank=True)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.PROPOSE)
    cree_le = models.DateTimeField("proposé le")
    reponse = models.CharField("réponse", max_length=MOT_MAX, blank=True)
    repondu_par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    repondu_le = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta:
        verbose_name = "échange de demi-journées"
        verbose_name_plural = "échanges de demi-journées"
        ordering = ["plan", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "agent", "demi_journee"],
                condition=Q(etat__in=["propose", "accepte"]),
                name="echange_ouvert_unique",
            ),
            models.UniqueConstraint(
                fields=["plan", "collegue", "rendue"],
                condition=Q(etat__in=["propose", "accepte"], rendue__isnull=False),
                name="echange_rendu_unique",
            ),
            models.CheckConstraint(name="echange_a_deux", condition=~Q(agent=F("collegue"))),
            models.CheckConstraint(
                name="echange_demi_journees",
                condition=Q(demi_journee__lte=11) & (Q(rendue__isnull=True) | Q(rendue__lte=11)),
            ),
            models.CheckConstraint(
                name="echange_repondu",
                condition=~Q(etat__in=["valide", "refuse"]) | Q(repondu_par__isnull=False, repondu_le__isnull=False),
            ),
            models.CheckConstraint(name="echange_refus_dit", condition=~Q(etat="refuse") | ~Q(reponse="")),
        ]

    def __str__(self) -> str:
        return f"Échange {self.pk}"

    @property
    def ouvert(self) -> bool:
        """Whether it waits for an answer."""
        return self.etat in (self.Etat.PROPOSE, self.Etat.ACCEPTE)
