"""Letters printed and posted together, and what became of the messages that did not arrive."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import declencheurs_messages
from demandes.models.journal import Notification
from demandes.models.organisation import Agent, Prefecture, Service
from demandes.models.piece import reserve_des_pieces
from demandes.querysets_courrier import LotCourrierQuerySet


def chemin_lot(lot: LotCourrier, nom: str) -> str:
    """Name the stored PDF of a batch: at random, and it does not outlive its posting."""
    return f"courriers/{nom}"


class LotCourrier(models.Model):
    """Letters of one service, printed together, then posted or given back to wait."""

    class Etat(models.TextChoices):
        PREPARE = "prepare", "Préparé"
        POSTE = "poste", "Posté"
        ABANDONNE = "abandonne", "Abandonné"

    # `db_index=False`: the unique number starts with the same column.
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="lots_courrier", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="lots_courrier")
    numero = models.PositiveIntegerField("numéro")
    nb_lettres = models.PositiveSmallIntegerField("lettres")
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.PREPARE)
    cree_par = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="lots_prepares")
    cree_le = models.DateTimeField("créé le")
    termine_par = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="lots_termines", verbose_name="terminé par"
    )
    termine_le = models.DateTimeField("terminé le", null=True, blank=True)
    # The PDF is made by the worker; it holds links that open files, and goes when the batch ends.
    pdf = models.FileField(storage=reserve_des_pieces, upload_to=chemin_lot, max_length=200, blank=True)
    nb_composees = models.PositiveSmallIntegerField("lettres composées", default=0)
    compose_le = models.DateTimeField("en composition, signe de vie le", null=True, blank=True)

    objects = LotCourrierQuerySet.as_manager()

    class Meta:
        verbose_name = "lot de courrier"
        verbose_name_plural = "lots de courrier"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "numero"], name="lot_courrier_numero_unique"),
            models.CheckConstraint(
                name="lot_courrier_termine",
                condition=Q(etat="prepare", termine_le__isnull=True, termine_par__isnull=True)
                | (~Q(etat="prepare") & Q(termine_le__isnull=False, termine_par__isnull=False, pdf="")),
                violation_error_message="Un lot terminé dit quand et par qui, et ne garde pas son PDF.",
                violation_error_code="termine_le",
            ),
        ]

    def __str__(self) -> str:
        return f"Lot {self.numero}"


class SuiteNonRemise(models.Model):
    """What an agent did about a message that did not arrive; there is one, and it ends the task."""

    class Issue(models.TextChoices):
        RENVOYEE = "renvoyee", "Renvoyé"
        LETTRE = "lettre", "Envoyé par lettre"
        PREVENU = "prevenu", "Prévenu autrement"

    notification = models.OneToOneField(Notification, on_delete=models.PROTECT, related_name="suite")
    issue = models.CharField(max_length=10, choices=Issue)
    note = models.CharField(max_length=300, blank=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="suites_non_remises")
    le = models.DateTimeField()

    class Meta:
        verbose_name = "suite d’un message non remis"
        verbose_name_plural = "suites des messages non remis"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="suite_non_remise_note",
                condition=~Q(issue="prevenu") | ~Q(note=""),
                violation_error_message="Dites comment la personne a été prévenue.",
                violation_error_code="note",
            )
        ]
        triggers = [declencheurs_messages.suite_tenue()]

    def __str__(self) -> str:
        return f"{self.issue} {self.notification_id}"
