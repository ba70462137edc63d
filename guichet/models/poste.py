"""Public devices of a site."""

from __future__ import annotations

from django.db import models

from demandes.models import Site


class PosteAffichage(models.Model):
    """A public display or a kiosk, known by the hash of its token."""

    class Genre(models.TextChoices):
        AFFICHAGE = "affichage", "Écran d’appel"
        BORNE = "borne", "Borne d’accueil"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="postes")
    genre = models.CharField(max_length=10, choices=Genre)
    nom = models.CharField(max_length=80)
    empreinte = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = "poste d’affichage"
        verbose_name_plural = "postes d’affichage"
        ordering = ["site", "nom"]

    def __str__(self) -> str:
        return self.nom
