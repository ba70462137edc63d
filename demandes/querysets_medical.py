"""Reads of agréé doctors, their agréments and their opinions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from demandes.models import Agrement, AvisMedical, Medecin


class MedecinQuerySet(models.QuerySet["Medecin"]):
    """Reads of doctors."""

    def par_empreinte(self, empreinte: str) -> MedecinQuerySet:
        """The doctor whose link has this hash."""
        return self.filter(empreinte=empreinte).exclude(empreinte="").select_related("prefecture")

    def agrees(self, jour: date) -> MedecinQuerySet:
        """Doctors in activity whose agrément holds on a day."""
        return self.filter(actif=True, agrements__pendant__contains=jour)

    def de_la_prefecture(self, prefecture_id: int) -> MedecinQuerySet:
        """Doctors of a préfecture's list."""
        return self.filter(prefecture=prefecture_id).order_by("nom", "prenom", "pk")


class AgrementQuerySet(models.QuerySet["Agrement"]):
    """Reads of agréments."""

    def en_vigueur(self, jour: date) -> AgrementQuerySet:
        """Agréments that hold on a day."""
        return self.filter(pendant__contains=jour)

    def des_medecins(self, medecins: Iterable[int]) -> AgrementQuerySet:
        """Agréments of some doctors, oldest first."""
        return self.filter(medecin__in=list(medecins)).order_by("pendant", "pk")


class AvisMedicalQuerySet(models.QuerySet["AvisMedical"]):
    """Reads of opinions."""

    def rendus(self) -> AvisMedicalQuerySet:
        """Opinions that every doctor asked for has signed, newest examination first."""
        return self.filter(rendu_le__isnull=False).order_by("-examine_le", "-pk")

    def en_attente(self) -> AvisMedicalQuerySet:
        """Opinions that wait for a signature."""
        return self.filter(rendu_le__isnull=True)

    def avec_signatures(self) -> AvisMedicalQuerySet:
        """Load who signed, and the act."""
        return self.select_related("acte").prefetch_related("signatures__medecin", "signatures__agrement")
