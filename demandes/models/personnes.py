"""People: usagers. Those who help them are in `accompagnement`."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

DATE_NAISSANCE = r"^(19|20)\d\d-(0\d|1[0-2])-([0-2]\d|3[01])$"


class Usager(models.Model):
    """A person who asks for something. The birth date is text: civil status may not know day or month."""

    class Langue(models.TextChoices):
        FRANCAIS = "fr", "Français"
        ANGLAIS = "en", "English"
        ARABE = "ar", "العربية"
        ESPAGNOL = "es", "Español"
        PORTUGAIS = "pt", "Português"
        RUSSE = "ru", "Русский"
        TURC = "tr", "Türkçe"
        CHINOIS = "zh", "中文"

    nom = models.CharField("nom de famille", max_length=100)
    nom_usage = models.CharField("nom d’usage", max_length=100, blank=True)
    prenoms = models.CharField("prénoms", max_length=150)
    date_naissance = models.CharField("date de naissance", max_length=10)
    commune_naissance = models.CharField("lieu de naissance", max_length=120, blank=True)
    nationalite = models.CharField("nationalité", max_length=60, blank=True)
    numero_etranger = models.CharField("numéro étranger (AGDREF)", max_length=10, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    adresse = models.CharField(max_length=250, blank=True)
    code_postal = models.CharField(max_length=5, blank=True)
    commune = models.CharField(max_length=80, blank=True)
    langue = models.CharField(max_length=5, choices=Langue, default=Langue.FRANCAIS)
    cree_le = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "usager"
        ordering = ["nom", "prenoms", "pk"]
        indexes = [
            models.Index(fields=["nom", "date_naissance"], name="usager_identite"),
            # The search by the first letters of a name, whatever their case.
            models.Index(OpClass(Upper("nom"), name="text_pattern_ops"), name="usager_nom_debut"),
            models.Index(OpClass(Upper("nom_usage"), name="text_pattern_ops"), name="usager_nom_usage_debut"),
            models.Index(fields=["numero_etranger"], condition=~Q(numero_etranger=""), name="usager_etranger"),
        ]
        constraints = [
            models.CheckConstraint(
                name="usager_date_naissance",
                condition=Q(date_naissance__regex=DATE_NAISSANCE) | Q(date_naissance=""),
                violation_error_message="La date de naissance s’écrit JJ/MM/AAAA.",
                violation_error_code="date_naissance",
            ),
            models.CheckConstraint(
                name="usager_numero_etranger",
                condition=Q(numero_etranger__regex=r"^\d{9,10}$") | Q(numero_etranger=""),
                violation_error_message="Le numéro étranger compte 10 chiffres (9 sur d’anciens titres).",
                violation_error_code="numero_etranger",
            ),
        ]

    def __str__(self) -> str:
        return f"Usager {self.pk}"

    @property
    def nom_complet(self) -> str:
        """Nom de famille in capitals then given names, as letters write it (CRPA L111-3)."""
        return f"{self.nom.upper()} {self.prenoms}".strip()
