"""The texts of messages that a préfecture, or the country, writes in place of the software's."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.calculs.modeles_messages import OBJET_MAX
from demandes.models import declencheurs
from demandes.models.catalogue import Motif
from demandes.models.journal import Notification
from demandes.models.organisation import Prefecture
from demandes.models.personnes import Usager


class ModeleMessage(models.Model):
    """One text: of a step, on a channel, in a language; of a préfecture or of all, for a motif or for all."""

    # No index of its own: `modele_message_unique` begins with it.
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, null=True, blank=True, related_name="modeles_messages", db_index=False
    )
    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, null=True, blank=True, related_name="modeles_messages")
    etape = models.CharField("étape", max_length=40)
    canal = models.CharField(max_length=10, choices=Notification.Canal)
    langue = models.CharField(max_length=5, choices=Usager.Langue)
    objet = models.CharField(
        max_length=OBJET_MAX, blank=True, help_text="D’un courriel ou d’une lettre ; vide : celui de PlaniPref."
    )
    texte = models.TextField()

    class Meta:
        verbose_name = "modèle de message"
        verbose_name_plural = "modèles de messages"
        ordering = ["prefecture", "etape", "canal", "langue", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "etape", "canal", "langue", "motif"],
                nulls_distinct=False,
                name="modele_message_unique",
                violation_error_message="Ce message a déjà son texte.",
            ),
            models.CheckConstraint(
                name="modele_message_sms_sans_objet",
                condition=~Q(canal="sms") | Q(objet=""),
                violation_error_message="Un SMS n’a pas d’objet.",
                violation_error_code="objet",
            ),
        ]
        triggers = [declencheurs.modification_notee("modelemessage")]

    def __str__(self) -> str:
        return f"{self.etape} {self.canal} {self.langue}"
