"""The hand-over of a title, signed for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Demande
from guichet.models.passage import Passage


class Remise(models.Model):
    """A title handed over to its holder, once."""

    demande = models.OneToOneField(Demande, on_delete=models.PROTECT, related_name="remise_titre")
    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, null=True, blank=True, related_name="remises")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="remises")
    numero_titre = models.CharField("numéro du titre", max_length=20)
    identite_verifiee = models.BooleanField("identité vérifiée")
    signature_nom = models.CharField("nom du signataire", max_length=200)
    signature_image = models.TextField("signature à l’écran (SVG ou PNG en base 64)", blank=True)
    remise_le = models.DateTimeField("remise le")

    class Meta:
        verbose_name = "remise de titre"
        verbose_name_plural = "remises de titres"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="remise_signee",
                condition=Q(identite_verifiee=True) & ~Q(signature_nom="") & ~Q(numero_titre=""),
                violation_error_message="L’identité est vérifiée et le titre signé à la remise.",
                violation_error_code="signature",
            )
        ]

    def __str__(self) -> str:
        return f"Remise {self.pk}"
