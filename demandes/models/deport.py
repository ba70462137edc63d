"""A person or a demande that an agent must not handle: declared by the agent, known to nobody else."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models.organisation import Agent
from demandes.models.personnes import DATE_NAISSANCE
from demandes.querysets_deports import DeportQuerySet

_VIDE = {"numero_etranger": "", "cle_nom": "", "date_naissance": "", "numero_demande": ""}


def _seuls(*champs: str) -> Q:
    """Say that these columns are written and the others empty."""
    vides = {c: v for c, v in _VIDE.items() if c not in champs}
    ecrits = Q()
    for champ in champs:
        ecrits &= ~Q(**{champ: ""})
    return Q(**vides) & ecrits


class Deport(models.Model):
    """Whom an agent must not handle, by foreigner's number, by name and birth date, or by number of demande.

    Kept as little as possible: the name is kept as `demandes.calculs.noms` searches it, and the reason is not asked.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="deports", db_index=False)
    numero_etranger = models.CharField("numéro étranger", max_length=10, blank=True, default="")
    cle_nom = models.CharField("nom de famille, sans accent ni espace", max_length=100, blank=True, default="")
    date_naissance = models.CharField("date de naissance", max_length=10, blank=True, default="")
    numero_demande = models.CharField("numéro de demande", max_length=16, blank=True, default="")
    jusqu_au = models.DateField("jusqu’au (compris)", null=True, blank=True)
    declare_le = models.DateTimeField("déclaré le")

    objects = DeportQuerySet.as_manager()

    class Meta:
        verbose_name = "déport"
        ordering = ["agent", "pk"]
        constraints = [
            models.CheckConstraint(
                name="deport_vise",
                condition=_seuls("numero_etranger") | _seuls("cle_nom", "date_naissance") | _seuls("numero_demande"),
                violation_error_message="Un déport nomme un numéro étranger, un nom et une naissance, ou une demande.",
                violation_error_code="vise",
            ),
            models.CheckConstraint(
                name="deport_date_naissance",
                condition=Q(date_naissance__regex=DATE_NAISSANCE) | Q(date_naissance=""),
                violation_error_message="La date de naissance s’écrit JJ/MM/AAAA.",
                violation_error_code="date_naissance",
            ),
            models.UniqueConstraint(
                fields=["agent", *_VIDE],
                name="deport_unique",
                violation_error_message="Vous avez déjà déclaré ce déport.",
                violation_error_code="deja_declare",
            ),
        ]

    def __str__(self) -> str:
        return f"Déport {self.pk}"
