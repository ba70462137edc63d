"""The decision and the acts: what the administration answers, signed and verifiable."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from demandes.models import declencheurs, declencheurs_medical
from demandes.models.demande import Demande
from demandes.models.organisation import Agent, Delegation
from demandes.models.piece import reserve_des_pieces
from demandes.querysets import ActeQuerySet


def chemin_acte(acte: Acte, _nom: str) -> str:
    """Name the stored PDF by its verification code."""
    return f"actes/{acte.code[:2]}/{acte.code}.pdf"


class Decision(models.Model):
    """The one decision of a demande, by an agent who holds a delegation at its date."""

    class Sens(models.TextChoices):
        ACCORD = "accord", "Accord"
        REFUS = "refus", "Refus"

    demande = models.OneToOneField(Demande, on_delete=models.PROTECT, related_name="decision")
    sens = models.CharField(max_length=6, choices=Sens)
    motifs_droit = models.TextField("motifs de droit", blank=True)
    motifs_fait = models.TextField("motifs de fait", blank=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="decisions")
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="decisions")
    au_guichet = models.BooleanField("prise au guichet", default=False)
    prise_le = models.DateTimeField("prise le")

    class Meta:
        verbose_name = "décision"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_refus_motive",
                condition=Q(sens="accord") | (~Q(motifs_droit="") & ~Q(motifs_fait="")),
                violation_error_message="Un refus est motivé en droit et en fait (CRPA L211-5).",
                violation_error_code="motifs",
            )
        ]
        triggers = [
            declencheurs.quatre_yeux(),
            declencheurs.decision_rendue(),
            declencheurs_medical.decision_sur_avis(),
        ]

    def __str__(self) -> str:
        return f"Décision {self.pk}"


class Acte(models.Model):
    """A document given to the usager: its content frozen as data, its PDF produced once and sealed."""

    class Genre(models.TextChoices):
        ACCUSE_RECEPTION = "accuse_reception", gettext_noop("Accusé de réception")
        DEMANDE_PIECES = "demande_pieces", gettext_noop("Demande de pièces")
        DECISION = "decision", gettext_noop("Décision")
        REMISE = "remise", gettext_noop("Attestation de remise")
        SANS_CRENEAU = "sans_creneau", gettext_noop("Attestation d’absence de créneau")
        AVIS_MEDICAL = "avis_medical", gettext_noop("Avis médical")

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="actes")
    genre = models.CharField(max_length=18, choices=Genre)
    contenu = models.JSONField(help_text="Ce que dit l’acte, figé à sa date.")
    code = models.CharField("code de vérification", max_length=19, unique=True)
    cree_le = models.DateTimeField("créé le")
    pdf = models.FileField(storage=reserve_des_pieces, upload_to=chemin_acte, max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    produit_le = models.DateTimeField("produit le", null=True, blank=True)

    objects = ActeQuerySet.as_manager()

    class Meta:
        verbose_name = "acte"
        ordering = ["demande", "pk"]

    def __str__(self) -> str:
        return f"{self.genre} {self.code}"
