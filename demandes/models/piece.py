"""Files given by the public: untrusted until scanned. The pieces of a demande, and what is joined to a message."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q

from demandes.models.catalogue import PieceRequise
from demandes.models.demande import Demande, Message
from demandes.models.organisation import Agent
from demandes.querysets import PieceJointeQuerySet, PieceQuerySet


def reserve_des_pieces() -> Storage:
    """Return the private store of the pieces, as the settings name it."""
    return storages["pieces"]


def chemin(recu: Any, _nom: str) -> str:
    """Name the stored file by random key only: the usager's own file name is never trusted."""
    cle = recu.demande.cle
    return f"{cle.hex[:2]}/{cle}/{recu.cle}.{recu.extension}"


class FichierRecu(models.Model):
    """What is kept of a file given by the public, whatever it was given for."""

    class Scan(models.TextChoices):
        EN_ATTENTE = "en_attente", "Analyse en attente"
        SAINE = "saine", "Saine"
        INFECTEE = "infectee", "Infectée"
        ILLISIBLE = "illisible", "Illisible"

    class Avis(models.TextChoices):
        FLOUE = "floue", "Photo floue"
        SOMBRE = "sombre", "Photo trop sombre"

    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fichier = models.FileField(storage=reserve_des_pieces, upload_to=chemin, max_length=200, blank=True)
    nom_origine = models.CharField("nom d’origine", max_length=150, blank=True)
    extension = models.CharField(max_length=5)
    type_contenu = models.CharField("type de contenu", max_length=60)
    taille = models.PositiveIntegerField(help_text="En octets.")
    nb_pages = models.PositiveSmallIntegerField("pages", default=1, db_default=1)
    avis = models.CharField("avis sur la photo", max_length=8, choices=Avis, blank=True, default="", db_default="")
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=10, choices=Scan, default=Scan.EN_ATTENTE)
    deposee_le = models.DateTimeField("déposée le")

    class Meta:
        abstract = True

    @property
    def est_servie(self) -> bool:
        """Say whether the file may be shown: only once it is known to be harmless."""
        return self.scan == self.Scan.SAINE and bool(self.fichier)

    @property
    def rangs(self) -> range:
        """Ranks of the pages, when there are several."""
        return range(1, self.nb_pages + 1) if self.nb_pages > 1 else range(0)


class Piece(FichierRecu):
    """One stored file given for one required piece."""

    class Verdict(models.TextChoices):
        A_VERIFIER = "a_verifier", "À vérifier"
        CONFORME = "conforme", "Conforme"
        NON_CONFORME = "non_conforme", "Non conforme"

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="pieces")
    piece_requise = models.ForeignKey(PieceRequise, on_delete=models.PROTECT, related_name="pieces")
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.A_VERIFIER)
    raison = models.CharField("raison de non-conformité", max_length=300, blank=True)
    verifiee_par = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="pieces_verifiees"
    )
    verifiee_le = models.DateTimeField("vérifiée le", null=True, blank=True)
    vue_au_guichet = models.BooleanField("original vu au guichet", default=False)
    remplacee_le = models.DateTimeField("remplacée le", null=True, blank=True)

    objects = PieceQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce"
        ordering = ["piece_requise__ordre", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["demande", "piece_requise"],
                condition=Q(remplacee_le__isnull=True),
                name="piece_courante_unique",
            ),
            models.CheckConstraint(
                name="piece_non_conforme_motivee",
                condition=~Q(verdict="non_conforme") | ~Q(raison=""),
                violation_error_message="Une pièce non conforme porte sa raison.",
                violation_error_code="raison",
            ),
            models.CheckConstraint(
                name="piece_conforme_saine",
                condition=~Q(verdict="conforme") | Q(scan="saine"),
                violation_error_message="Une pièce ne peut être conforme avant d’être analysée.",
                violation_error_code="scan",
            ),
        ]

    def __str__(self) -> str:
        return f"Pièce {self.pk}"

    @property
    def nom_public(self) -> str:
        """Name given to the file when it is saved: what it is, never what the usager called it."""
        return f"{self.piece_requise.code}.{self.extension}"

    @property
    def a_marquer(self) -> bool:
        """Say whether it is only shown under a mark."""
        return self.piece_requise.identite


class PieceJointe(FichierRecu):
    """A file joined to a message, by the usager or by the service."""

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="pieces_jointes")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="piece_jointe")

    objects = PieceJointeQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Pièce jointe {self.pk}"

    @property
    def nom_public(self) -> str:
        """Name given to the file when it is saved."""
        return f"message-{self.message_id}.{self.extension}"

    @property
    def a_marquer(self) -> bool:
        """Say whether it is only shown under a mark: what people join without being asked is often their identity."""
        return self.message.est_de_l_usager
