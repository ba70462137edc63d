"""The cards that arrive at a site: in stock, handed over, or sent back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Demande, Prefecture, Site
from guichet.models import declencheurs
from guichet.querysets import TitreQuerySet


class Titre(models.Model):
    """A card received by a préfecture, kept at one of its sites until its holder comes for it."""

    class Etat(models.TextChoices):
        EN_STOCK = "en_stock", "En stock"
        REMIS = "remis", "Remis"
        RENVOYE = "renvoye", "Renvoyé"

    class MotifRenvoi(models.TextChoices):
        NON_RETIRE = "non_retire", "Jamais retiré"
        DEPART = "depart", "Parti dans un autre département"
        DECES = "deces", "Décès du titulaire"
        ERREUR = "erreur", "Titre mal imprimé ou destiné à une autre préfecture"

    # No index of its own: `titre_numero_unique` is one.
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="titres", db_index=False)
    # No index of its own: `titre_en_stock` and `titre_sorti` hold every row.
    site = models.ForeignKey(
        Site, on_delete=models.PROTECT, related_name="titres", db_index=False, verbose_name="site où il est gardé"
    )
    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, null=True, blank=True, related_name="titres")
    numero_titre = models.CharField("numéro du titre", max_length=20)
    numero_etranger = models.CharField("numéro étranger", max_length=10)
    nom = models.CharField("nom imprimé", max_length=100, blank=True)
    prenoms = models.CharField("prénoms imprimés", max_length=150, blank=True)
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.EN_STOCK, db_default="en_stock")
    recu_le = models.DateField("reçu le")
    remis_le = models.DateTimeField("remis le", null=True, blank=True)
    renvoye_le = models.DateTimeField("renvoyé le", null=True, blank=True)
    motif_renvoi = models.CharField("motif du renvoi", max_length=12, choices=MotifRenvoi, blank=True, db_default="")
    lot = models.CharField("fichier importé", max_length=16, blank=True, db_default="")
    enregistre_par = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="titres_enregistres")
    enregistre_le = models.DateTimeField("enregistré le")

    objects = TitreQuerySet.as_manager()

    class Meta:
        verbose_name = "titre"
        ordering = ["recu_le", "pk"]
        indexes = [
            models.Index(fields=["site", "recu_le", "id"], condition=Q(etat="en_stock"), name="titre_en_stock"),
            models.Index(fields=["site", "etat", "id"], condition=~Q(etat="en_stock"), name="titre_sorti"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture", "numero_titre"],
                name="titre_numero_unique",
                violation_error_message="Ce titre est déjà enregistré.",
                violation_error_code="deja_enregistre",
            ),
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(etat="en_stock"),
                name="titre_un_en_stock",
                violation_error_message="Cette demande a déjà un titre en stock.",
                violation_error_code="demande",
            ),
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(etat="remis"),
                name="titre_un_remis",
                violation_error_message="Le titre de cette demande est déjà remis.",
                violation_error_code="demande",
            ),
            models.CheckConstraint(
                name="titre_numeros",
                condition=Q(numero_titre__regex=r"^[A-Z0-9]{1,20}$") & Q(numero_etranger__regex=r"^[0-9]{9,10}$"),
                violation_error_message="Le numéro du titre ou le numéro étranger n’a pas la bonne forme.",
                violation_error_code="numero_titre",
            ),
            models.CheckConstraint(
                name="titre_remis_a_quelqu_un",
                condition=Q(etat="remis", demande__isnull=False, remis_le__isnull=False)
                | (~Q(etat="remis") & Q(remis_le__isnull=True)),
                violation_error_message="Un titre remis a sa demande et la date de sa remise.",
                violation_error_code="remis_le",
            ),
            models.CheckConstraint(
                name="titre_renvoye_pourquoi",
                condition=(Q(etat="renvoye", renvoye_le__isnull=False) & ~Q(motif_renvoi=""))
                | (~Q(etat="renvoye") & Q(renvoye_le__isnull=True, motif_renvoi="")),
                violation_error_message="Un titre renvoyé a la date et le motif de son renvoi.",
                violation_error_code="renvoye_le",
            ),
        ]
        triggers = [declencheurs.titre_de_la_prefecture(), declencheurs.titre_sorti()]

    def __str__(self) -> str:
        return f"Titre {self.pk}"
