"""Tables of the common tools: the token bucket and the demonstration mailbox."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Seau(models.Model):
    """One token bucket; the table is made UNLOGGED by its migration (losing it on a crash is harmless)."""

    cle = models.CharField(max_length=64, primary_key=True)
    jetons = models.FloatField()
    maj = models.DateTimeField(db_default=Now())
    refuse = models.BooleanField(db_default=False)

    class Meta:
        verbose_name = "seau de jetons"
        verbose_name_plural = "seaux de jetons"

    def __str__(self) -> str:
        return self.cle[:8]


class MessageBoite(models.Model):
    """One mail or SMS of the demonstration mailbox (never used with a real SMTP server)."""

    cle = models.CharField(max_length=200, unique=True)
    canal = models.CharField(max_length=20)
    destinataire = models.CharField(max_length=254)
    objet = models.CharField(max_length=300, blank=True)
    texte = models.TextField()
    html = models.TextField(blank=True)
    pieces_jointes = models.JSONField(default=list)
    recu_le = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "message de la boîte de démonstration"
        verbose_name_plural = "messages de la boîte de démonstration"
        ordering = ["-recu_le", "-pk"]

    def __str__(self) -> str:
        return self.cle


class Disjoncteur(models.Model):
    """How an outside provider does: see `planipref.commun.disjoncteur`."""

    fournisseur = models.CharField(max_length=20, primary_key=True)
    echecs = models.PositiveIntegerField("échecs de suite", default=0)
    ouvert_jusqu_a = models.DateTimeField("laissé en repos jusqu’à", null=True, blank=True)

    class Meta:
        verbose_name = "disjoncteur"
        verbose_name_plural = "disjoncteurs"

    def __str__(self) -> str:
        return self.fournisseur
