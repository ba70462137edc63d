"""What a webmestre sets: overrides of pieces and questions, rules of eligibility and routing, and their history."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from demandes.models import declencheurs
from demandes.models.catalogue import Motif, PieceRequise, Question
from demandes.models.organisation import Agent, Prefecture, Service
from demandes.querysets_reglages import ModificationQuerySet, RegleAiguillageQuerySet, RegleEligibiliteQuerySet


class Surcharge(models.Model):
    """A préfecture's override of a requirement, field by field; null means the national value."""

    actif = models.BooleanField("demandé ici", null=True, blank=True)
    obligatoire = models.BooleanField(null=True, blank=True)
    condition_propre = models.BooleanField("condition propre à la préfecture", default=False)
    condition = models.JSONField(null=True, blank=True)

    class Meta:
        abstract = True


class ParametragePiece(Surcharge):
    """A préfecture's override of a piece."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="parametrages_pieces", db_index=False
    )
    piece_requise = models.ForeignKey(PieceRequise, on_delete=models.CASCADE, related_name="parametrages")

    class Meta:
        verbose_name = "paramétrage local d’une pièce"
        verbose_name_plural = "paramétrages locaux des pièces"
        ordering = ["prefecture", "piece_requise"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "piece_requise"], name="parametrage_piece_unique"),
        ]
        triggers = [declencheurs.modification_notee("parametragepiece")]

    def __str__(self) -> str:
        return f"{self.prefecture_id} {self.piece_requise_id}"


class ParametrageQuestion(Surcharge):
    """A préfecture's override of a question."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="parametrages_questions", db_index=False
    )
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="parametrages")

    class Meta:
        verbose_name = "paramétrage local d’une question"
        verbose_name_plural = "paramétrages locaux des questions"
        ordering = ["prefecture", "question"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "question"], name="parametrage_question_unique"),
        ]
        triggers = [declencheurs.modification_notee("parametragequestion")]

    def __str__(self) -> str:
        return f"{self.prefecture_id} {self.question_id}"


class RegleEligibilite(models.Model):
    """When a motif is not for somebody: national without préfecture; a local rule adds to it, or replaces one."""

    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="regles_eligibilite", db_index=False)
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, null=True, blank=True, related_name="regles_eligibilite"
    )
    remplace = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="remplacantes", db_index=False
    )
    condition = models.JSONField("condition de non-éligibilité")
    message = models.TextField("message à l’usager", help_text="Pourquoi cette démarche n’est pas pour lui.")
    ailleurs = models.TextField("où aller", blank=True, help_text="La démarche ou le service qui convient.")
    bloquante = models.BooleanField(default=False, help_text="Refuse le dépôt ; sinon elle avertit seulement.")
    ordre = models.PositiveSmallIntegerField(default=0)
    actif = models.BooleanField(default=True)

    objects = RegleEligibiliteQuerySet.as_manager()

    class Meta:
        verbose_name = "règle d’éligibilité"
        verbose_name_plural = "règles d’éligibilité"
        ordering = ["motif", "ordre", "pk"]
        indexes = [models.Index(fields=["motif", "prefecture"], name="regle_eligibilite_motif")]
        constraints = [
            models.UniqueConstraint(fields=["remplace", "prefecture"], name="regle_eligibilite_remplacee_une_fois"),
            models.CheckConstraint(
                name="regle_eligibilite_remplace_ici",
                condition=Q(remplace__isnull=True) | Q(prefecture__isnull=False),
                violation_error_message="Seule une règle locale en remplace une nationale.",
                violation_error_code="remplace",
            ),
        ]
        triggers = [declencheurs.modification_notee("regleeligibilite")]

    def __str__(self) -> str:
        return self.message[:80]


class RegleAiguillage(models.Model):
    """Where a demande goes once deposited: the first rule in use whose condition holds wins."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="regles_aiguillage", db_index=False
    )
    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, null=True, blank=True, related_name="regles_aiguillage")
    libelle = models.CharField("nom de la règle", max_length=120)
    condition = models.JSONField(null=True, blank=True)
    # Identifiers of sites of the préfecture: one row says all, so that its history undoes all. Sites are never deleted.
    sites_ids = ArrayField(models.BigIntegerField(), verbose_name="sites proposés", default=list, blank=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="aiguillages")
    ordre = models.PositiveSmallIntegerField(default=0)
    actif = models.BooleanField(default=True)

    objects = RegleAiguillageQuerySet.as_manager()

    class Meta:
        verbose_name = "règle d’aiguillage"
        verbose_name_plural = "règles d’aiguillage"
        ordering = ["prefecture", "ordre", "pk"]
        indexes = [models.Index(fields=["prefecture", "ordre"], name="regle_aiguillage_ordre")]
        constraints = [
            models.CheckConstraint(
                name="regle_aiguillage_a_un_but",
                condition=Q(service__isnull=False) | Q(sites_ids__len__gt=0),
                violation_error_message="Une règle d’aiguillage propose un site ou un service.",
                violation_error_code="but",
            ),
        ]
        triggers = [declencheurs.modification_notee("regleaiguillage")]

    def __str__(self) -> str:
        return self.libelle


class Modification(models.Model):
    """One change of a setting, written by a trigger whoever made it: what it was, what it became, who, when."""

    class Operation(models.TextChoices):
        INSERT = "insert", "Ajout"
        UPDATE = "update", "Changement"
        DELETE = "delete", "Suppression"

    modele = models.CharField("modèle", max_length=24)
    objet_id = models.BigIntegerField("objet")
    operation = models.CharField("opération", max_length=6, choices=Operation)
    avant = models.JSONField(null=True)
    apres = models.JSONField("après", null=True)
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, null=True, related_name="modifications", db_index=False
    )
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="modifications", db_index=False)
    annule = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="annulations", db_index=False)
    le = models.DateTimeField(db_default=Now())

    objects = ModificationQuerySet.as_manager()

    class Meta:
        verbose_name = "modification du paramétrage"
        verbose_name_plural = "modifications du paramétrage"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["prefecture", "-id"], name="modification_liste"),
            models.Index(fields=["modele", "objet_id", "-id"], name="modification_objet"),
        ]

    def __str__(self) -> str:
        return f"{self.modele} {self.objet_id} {self.operation}"
