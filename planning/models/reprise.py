"""Appointments of the booking module left behind: what its words mean here, its files, and what became of each line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Demande, Motif, Prefecture
from planning.models.creneau import Creneau, RendezVous
from planning.models.service import FileGuichet


class ReglagesReprise(models.Model):
    """How a préfecture reads the files of its former module; without a row, the columns bear our own names."""

    prefecture = models.OneToOneField(Prefecture, on_delete=models.CASCADE, related_name="reglages_reprise")
    # Name of the column in the file, by what it holds (`planning.selectors_lecture_reprise.COLONNES`).
    colonnes = models.JSONField(default=dict, blank=True)
    complet = models.BooleanField("un fichier contient tous les rendez-vous à venir", default=False)

    class Meta:
        verbose_name = "réglages de la reprise"
        verbose_name_plural = "réglages de la reprise"
        ordering = ["prefecture"]

    def __str__(self) -> str:
        return f"Reprise {self.prefecture_id}"


class MotifRepris(models.Model):
    """What an object of the former module is here: a motif, and the queue that receives for it."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="motifs_repris", db_index=False
    )  # `motif_repris_unique` starts with it
    libelle = models.CharField("motif dans l’ancien module", max_length=200)
    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="motifs_repris", verbose_name="démarche")
    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, related_name="motifs_repris")

    class Meta:
        verbose_name = "motif repris"
        verbose_name_plural = "motifs repris"
        ordering = ["prefecture", "libelle"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "libelle"],
                name="motif_repris_unique",
                violation_error_message="Ce motif a déjà un sens.",
                violation_error_code="libelle",
            ),
            models.CheckConstraint(name="motif_repris_libelle", condition=~Q(libelle="")),
        ]

    def __str__(self) -> str:
        return self.libelle


class ImportReprise(models.Model):
    """A file that a manager gave; its lines are taken over one by one in the background."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="imports_reprise")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    demande_le = models.DateTimeField("demandé le")
    # [[line, reason]] of those that could not be read; never what was written there.
    illisibles = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = "import de rendez-vous"
        verbose_name_plural = "imports de rendez-vous"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Import {self.pk}"


class LigneReprise(models.Model):
    """An appointment of the former module, known by its reference there, from one file to the next.

    Who it is of is kept only as long as it waits: once taken over or set aside, the demande says it, or nobody.
    """

    class Etat(models.TextChoices):
        ATTENTE = "attente", "En attente"
        REPRISE = "reprise", "Reprise"
        COLLISION = "collision", "À résoudre"
        ECARTEE = "ecartee", "Écartée"

    class Collision(models.TextChoices):
        SANS_CRENEAU = "sans_creneau", "Aucun créneau à cette heure"
        COMPLET = "complet", "Créneau complet"
        PAS_OUVERT = "pas_ouvert", "Créneau pas encore ouvert à la réservation"
        FERME = "ferme", "Jour fermé"
        PASSE = "passe", "Rendez-vous passé"
        DOUBLON = "doublon", "Même personne, même démarche, sur une autre ligne"
        DEJA_RDV = "deja_rdv", "Cette personne a déjà un rendez-vous ici"
        IDENTITE = "identite", "Identité incomplète, ou autre que celle de la demande"
        DEMARCHE = "demarche", "La demande de ce numéro est d’une autre démarche"
        PLUSIEURS = "plusieurs", "Plusieurs demandes possibles"
        ETAT = "etat", "La demande ne se convoque pas en ce moment"
        DROIT = "droit", "Hors de vos droits"
        DEPLACEE = "deplacee", "Déplacée dans l’ancien module"
        DISPARUE = "disparue", "Absente du dernier fichier, ou annulée"
        ERREUR = "erreur", "Erreur inattendue"

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="lignes_reprise", db_index=False
    )  # `ligne_reprise_unique` starts with it
    source = models.ForeignKey(ImportReprise, on_delete=models.PROTECT, related_name="lignes", verbose_name="import")
    # With whose rights it is tried: who gave the file, or who asked to try again.
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    rang = models.PositiveIntegerField("ligne du fichier")
    reference = models.CharField("référence dans l’ancien module", max_length=80)
    debut = models.DateTimeField("début")
    # Where the former module has it now, when it changed there after it was taken over here.
    debut_nouveau = models.DateTimeField("nouvelle heure", null=True, blank=True)
    motif = models.ForeignKey(Motif, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(FileGuichet, on_delete=models.PROTECT, related_name="+")
    personne = models.JSONField("personne", default=dict, blank=True)
    etat = models.CharField("état", max_length=9, choices=Etat, default=Etat.ATTENTE)
    collision = models.CharField(max_length=12, choices=Collision, blank=True)
    raison = models.CharField("raison de la mise à l’écart", max_length=200, blank=True)
    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, null=True, blank=True, related_name="reprises")
    rendez_vous = models.ForeignKey(RendezVous, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # The slot chosen by an agent; that of the hour of the former module otherwise.
    creneau = models.ForeignKey(Creneau, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    traitee_le = models.DateTimeField("traitée le", null=True, blank=True)

    class Meta:
        verbose_name = "rendez-vous repris"
        verbose_name_plural = "rendez-vous repris"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["id"], condition=Q(etat="attente"), name="ligne_reprise_attente"),
            models.Index(fields=["prefecture", "debut"], condition=Q(etat="collision"), name="ligne_reprise_collision"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "reference"], name="ligne_reprise_unique"),
            models.CheckConstraint(
                name="ligne_reprise_reprise",
                condition=~Q(etat="reprise") | Q(rendez_vous__isnull=False, demande__isnull=False),
            ),
            models.CheckConstraint(
                name="ligne_reprise_collision_dite",
                condition=(Q(etat="collision") & ~Q(collision="")) | (~Q(etat="collision") & Q(collision="")),
            ),
            models.CheckConstraint(name="ligne_reprise_ecartee", condition=~Q(etat="ecartee") | ~Q(raison="")),
            models.CheckConstraint(
                name="ligne_reprise_oubliee", condition=~Q(etat__in=["reprise", "ecartee"]) | Q(personne={})
            ),
        ]

    def __str__(self) -> str:
        return f"Ligne {self.pk}"

    @property
    def qui(self) -> str:
        """Whose it is, with their demande loaded."""
        if self.demande is not None:
            return self.demande.usager.nom_complet
        return f"{self.personne.get('nom', '').upper()} {self.personne.get('prenoms', '')}".strip()

    @property
    def joindre(self) -> str:
        """How to reach them, as long as the line waits."""
        return " ".join(filter(None, (self.personne.get("telephone"), self.personne.get("courriel"))))
