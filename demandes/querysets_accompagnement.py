"""Reads of organisations, aidants and mandates. Always in a total order."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from demandes.models import Agent, Aidant, AlerteOrganisme, Mandat, Organisme


class OrganismeQuerySet(models.QuerySet["Organisme"]):
    """Reads of organisations."""

    def visibles_par(self, agent: Agent, *droits: Enum) -> OrganismeQuerySet:
        """Organisations that help in a préfecture where the agent holds one of the rights."""
        tenues = [pk for pk, tenus in agent.droits_par_prefecture.items() if tenus.intersection(droits)]
        return self.filter(prefectures__in=tenues).distinct().order_by("nom", "pk")


class AidantQuerySet(models.QuerySet["Aidant"]):
    """Reads of aidants."""

    def ouverts(self, jour: date) -> AidantQuerySet:
        """Aidants who may act on a day."""
        return self.filter(actif=True, organisme__actif=True, agent__is_active=True, pendant__contains=jour)

    def avec_compte(self) -> AidantQuerySet:
        """Load the account and the organisation."""
        return self.select_related("agent", "organisme").order_by("organisme", "pk")


class MandatQuerySet(models.QuerySet["Mandat"]):
    """Reads of mandates."""

    def en_cours(self, jour: date) -> MandatQuerySet:
        """Mandates that open a file on a day: signed, not revoked, within their dates."""
        return self.filter(signe_le__isnull=False, revoque_le__isnull=True, pendant__contains=jour)

    def a_signer(self, jour: date) -> MandatQuerySet:
        """Mandates that wait for the person's agreement."""
        return self.filter(signe_le__isnull=True, revoque_le__isnull=True, pendant__endswith__gt=jour)

    def finis(self, jour: date) -> MandatQuerySet:
        """Mandates revoked, refused or past their end."""
        return self.filter(Q(revoque_le__isnull=False) | Q(pendant__endswith__lte=jour))

    def ouverts(self, jour: date) -> MandatQuerySet:
        """Mandates that run or wait to be signed: those that a quota counts."""
        return self.filter(revoque_le__isnull=True, pendant__endswith__gt=jour)

    def visibles_par_l_organisme(self, organisme_id: int) -> MandatQuerySet:
        """Mandates that an organisation may see.

        One asked for on a demande already there, not signed yet, stays hidden: it would tell that the demande exists.
        """
        montres = Q(signe_le__isnull=False) | Q(ouvre_la_demande=True)
        return self.filter(montres, organisme=organisme_id)

    def avec_liste(self) -> MandatQuerySet:
        """Load what a row of the aidants' worklist shows, the latest files first."""
        return self.select_related(
            "usager", "demande__motif", "demande__prefecture", "demande__service", "aidant__agent"
        ).order_by("-demande__modifiee_le", "-pk")

    def avec_parties(self) -> MandatQuerySet:
        """Load who gave it, who holds it, and the file."""
        return self.select_related(
            "usager", "organisme", "aidant__agent", "demande__motif", "demande__prefecture", "demande__service"
        )

    def suivis(self, jour: date) -> MandatQuerySet:
        """Mandates that run, as the person they come from sees them."""
        return self.en_cours(jour).select_related("organisme").order_by("pk")

    def du_dossier(self, demande_id: int) -> MandatQuerySet:
        """Mandates of a demande that were signed, newest first."""
        return (
            self.filter(demande=demande_id, signe_le__isnull=False)
            .select_related("organisme", "aidant__agent")
            .order_by("-pk")
        )

    def par_empreinte(self, empreinte: str) -> MandatQuerySet:
        """The mandate behind a link's hash, with what its page shows."""
        return self.filter(empreinte=empreinte).avec_parties()

    def recherche(self, texte: str) -> MandatQuerySet:
        """Filter by number of the demande, or first letters of a name."""
        texte = texte.strip()
        nommes = Q(usager__nom__istartswith=texte) | Q(usager__nom_usage__istartswith=texte)
        return self.filter(nommes | Q(demande__numero=texte.upper())) if texte else self


class AlerteOrganismeQuerySet(models.QuerySet["AlerteOrganisme"]):
    """Reads of alerts."""

    def recentes(self, depuis: datetime) -> AlerteOrganismeQuerySet:
        """Alerts since an instant, the latest first."""
        return self.filter(derniere_le__gte=depuis).order_by("-derniere_le", "-pk")
