"""The agenda of an agréé doctor, or of a commission: a queue whose slots need an agrément on their day."""

from __future__ import annotations

from django.db import models

from demandes.calculs.avis import signatures_voulues
from demandes.models import Agrement, Medecin
from planning.models import declencheurs_medical
from planning.models.service import FileGuichet
from planning.querysets_medical import AgendaMedicalQuerySet


class AgendaMedical(models.Model):
    """Who examines at a queue. Its site is where they receive; its openings and slots are those of any queue."""

    class Genre(models.TextChoices):
        CABINET = "cabinet", "Cabinet d’un médecin agréé"
        COMMISSION = "commission", "Commission médicale (deux médecins)"

    file = models.OneToOneField(FileGuichet, on_delete=models.PROTECT, related_name="agenda")
    genre = models.CharField(max_length=10, choices=Genre)
    medecins = models.ManyToManyField(Medecin, related_name="agendas", verbose_name="médecins")

    objects = AgendaMedicalQuerySet.as_manager()

    class Meta:
        verbose_name = "agenda médical"
        verbose_name_plural = "agendas médicaux"
        ordering = ["file", "pk"]

    def __str__(self) -> str:
        return f"Agenda {self.pk}"

    @property
    def signatures_voulues(self) -> int:
        """How many doctors sign an opinion given here."""
        return signatures_voulues(en_commission=self.en_commission)

    @property
    def en_commission(self) -> bool:
        """Say whether a commission sits here."""
        return self.genre == self.Genre.COMMISSION


class AgrementTenu(Agrement):
    """The agrément as the planning watches it: it is not shortened under slots that stand on it."""

    class Meta:
        proxy = True
        verbose_name = "agrément"
        triggers = [declencheurs_medical.agrement_tenu()]
