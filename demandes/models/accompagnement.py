"""Organisations that help usagers, their named aidants, the mandates they hold, and what they take too much of."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext, gettext_noop

from demandes.acteur import GenreActeur
from demandes.droits import LIBELLES_PORTEES, Portee
from demandes.models import declencheurs
from demandes.models.organisation import Agent, Prefecture
from demandes.models.personnes import Usager
from demandes.querysets_accompagnement import (
    AidantQuerySet,
    AlerteOrganismeQuerySet,
    MandatQuerySet,
    OrganismeQuerySet,
)


class Organisme(models.Model):
    """An association, a France Services house or a doctor's practice."""

    class Genre(models.TextChoices):
        ASSOCIATION = "association", gettext_noop("Association")
        FRANCE_SERVICES = "france_services", gettext_noop("France Services")
        SERVICE_CIVIQUE = "service_civique", gettext_noop("Service civique")
        MEDECIN = "medecin", gettext_noop("Médecin agréé")

    nom = models.CharField(max_length=160)
    genre = models.CharField(max_length=16, choices=Genre)
    courriel = models.EmailField()
    actif = models.BooleanField(default=True, help_text="Suspendu, un organisme n’a plus aucun accès, tout de suite.")
    prefectures = models.ManyToManyField(
        Prefecture, related_name="organismes", blank=True, verbose_name="préfectures où il accompagne"
    )
    quota_mandats = models.PositiveIntegerField(
        "mandats en cours par aidant", null=True, blank=True, help_text="Vide : la valeur nationale."
    )
    quota_brouillons = models.PositiveIntegerField(
        "demandes ouvertes par jour", null=True, blank=True, help_text="Vide : la valeur nationale."
    )
    quota_rendez_vous = models.PositiveIntegerField(
        "rendez-vous par site et par jour", null=True, blank=True, help_text="Vide : la valeur nationale."
    )

    objects = OrganismeQuerySet.as_manager()

    class Meta:
        verbose_name = "organisme"
        ordering = ["nom", "pk"]

    def __str__(self) -> str:
        return self.nom


class Aidant(models.Model):
    """A named person of an organisation, who signs in with an account of their own and holds no role of an agent."""

    # PROTECT: the journal names this account for ever.
    agent = models.OneToOneField(Agent, on_delete=models.PROTECT, related_name="aidant", verbose_name="compte")
    organisme = models.ForeignKey(Organisme, on_delete=models.PROTECT, related_name="aidants")
    actif = models.BooleanField(default=True)
    pendant = DateRangeField("période")

    objects = AidantQuerySet.as_manager()

    class Meta:
        verbose_name = "aidant"
        ordering = ["organisme", "pk"]
        triggers = [declencheurs.aidant_sans_role()]

    def __str__(self) -> str:
        return str(self.agent)

    def est_ouvert(self, jour: date) -> bool:
        """Say whether this account may act on a day: itself, its dates and its organisation (loaded)."""
        return self.actif and self.organisme.actif and self.agent.is_active and jour in self.pendant


class Mandat(models.Model):
    """The right of an organisation to act for one usager on one demande: signed, dated, limited and revocable."""

    class Signature(models.TextChoices):
        ELECTRONIQUE = "electronique", "Électronique, par un lien envoyé à la personne"
        PAPIER = "papier", "Sur papier, l’original gardé par l’organisme"

    class Situation(models.TextChoices):
        A_SIGNER = "a_signer", "À signer"
        EN_COURS = "en_cours", "En cours"
        EXPIRE = "expire", "Expiré"
        REVOQUE = "revoque", "Révoqué"
        REFUSE = "refuse", "Refusé"

    VALIDITE_PROPOSITION = timedelta(days=30)

    cle = models.UUIDField("clé du lien", default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    organisme = models.ForeignKey(Organisme, on_delete=models.PROTECT, related_name="mandats")
    usager = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="mandats")
    demande = models.ForeignKey("demandes.Demande", on_delete=models.PROTECT, related_name="mandats")
    aidant = models.ForeignKey(
        Aidant, on_delete=models.PROTECT, related_name="mandats", null=True, blank=True, verbose_name="enregistré par"
    )
    portee = ArrayField(
        models.CharField(max_length=12, choices=[(p.value, LIBELLES_PORTEES[p]) for p in Portee]),
        verbose_name="portée",
        default=list,
        db_default=models.Value([Portee.SUIVRE.value], output_field=ArrayField(models.CharField(max_length=12))),
    )
    signature = models.CharField(
        max_length=12, choices=Signature, default=Signature.ELECTRONIQUE, db_default="electronique"
    )
    signe_le = models.DateField(
        "signé le", null=True, blank=True, help_text="Jour de la signature ; l’instant et l’auteur sont au journal."
    )
    empreinte = models.CharField(
        "empreinte du lien", max_length=64, blank=True, default="", db_default="", editable=False
    )
    ouvre_la_demande = models.BooleanField("demande ouverte par l’organisme", default=False, db_default=False)
    cree_le = models.DateTimeField("créé le", db_default=Now())
    pendant = DateRangeField("période")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)
    revoque_par_genre = models.CharField(
        "révoqué par", max_length=10, blank=True, default="", db_default="",
        choices=[(g.value, g.value) for g in GenreActeur],
    )  # fmt: skip
    revoque_par_id = models.BigIntegerField("identifiant de qui a révoqué", null=True, blank=True)

    objects = MandatQuerySet.as_manager()

    class Meta:
        verbose_name = "mandat"
        ordering = ["organisme", "usager", "pk"]
        indexes = [models.Index(fields=["empreinte"], condition=~Q(empreinte=""), name="mandat_empreinte")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisme", "demande"], condition=Q(revoque_le__isnull=True), name="mandat_actif_unique"
            ),
            models.CheckConstraint(
                name="mandat_un_an_au_plus",
                condition=Q(pendant__isempty=False)  # type: ignore[arg-type]
                & Q(pendant__upper_inf=False)
                & Q(pendant__lower_inf=False)
                & LessThanOrEqual(
                    models.Func(
                        models.F("pendant"),
                        template="(upper(%(expressions)s) - lower(%(expressions)s))",
                        output_field=models.IntegerField(),
                    ),
                    366,
                ),
                violation_error_message="Un mandat dure un an au plus.",
                violation_error_code="mandat_trop_long",
            ),
            models.CheckConstraint(
                name="mandat_portee",
                condition=Q(portee__len__gt=0, portee__contained_by=[p.value for p in Portee]),
                violation_error_message="Un mandat dit ce qu’il permet : au moins une action connue.",
                violation_error_code="portee",
            ),
            models.CheckConstraint(
                name="mandat_signe_avant_de_courir",
                condition=Q(signe_le__isnull=True) | Q(pendant__startswith__gte=models.F("signe_le")),
                violation_error_message="Un mandat ne commence pas avant sa signature.",
                violation_error_code="signe_le",
            ),
        ]
        triggers = [declencheurs.mandat_du_titulaire(), declencheurs.mandat_fige()]

    def __str__(self) -> str:
        return f"Mandat {self.pk}"

    @property
    def fin(self) -> date:
        """Last day of the mandate."""
        fin: date = self.pendant.upper - timedelta(days=1)
        return fin

    def situation(self, jour: date) -> str:
        """Say where the mandate stands on a day: a value of `Situation`."""
        if self.revoque_le is not None:
            return self.Situation.REVOQUE if self.signe_le else self.Situation.REFUSE
        if jour >= self.pendant.upper:
            return self.Situation.EXPIRE
        return self.Situation.EN_COURS if self.signe_le else self.Situation.A_SIGNER

    def court(self, jour: date) -> bool:
        """Say whether the mandate opens the file on a day: signed, neither revoked nor past its end."""
        return self.situation(jour) == self.Situation.EN_COURS and jour in self.pendant

    @property
    def portees(self) -> list[str]:
        """What it allows, in words of the language of the page, in the order of the table."""
        return [gettext(LIBELLES_PORTEES[p]) for p in Portee if p.value in self.portee]


class AlerteOrganisme(models.Model):
    """A day on which an organisation neared one of its limits, or was refused more; one row, that counts."""

    class Genre(models.TextChoices):
        MANDATS = "mandats", "Mandats en cours d’un aidant"
        BROUILLONS = "brouillons", "Demandes ouvertes dans la journée"
        RENDEZ_VOUS = "rendez_vous", "Rendez-vous sur un site et un jour"

    class Niveau(models.TextChoices):
        SEUIL = "seuil", "80 % de la limite"
        REFUS = "refus", "Limite atteinte, refusé"

    organisme = models.ForeignKey(Organisme, on_delete=models.PROTECT, related_name="alertes")
    genre = models.CharField(max_length=12, choices=Genre)
    niveau = models.CharField(max_length=6, choices=Niveau)
    jour = models.DateField()
    nombre = models.PositiveIntegerField("fois", default=1)
    plafond = models.PositiveIntegerField()
    derniere_le = models.DateTimeField("dernière fois")

    objects = AlerteOrganismeQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte sur un organisme"
        verbose_name_plural = "alertes sur les organismes"
        ordering = ["-jour", "organisme", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisme", "genre", "niveau", "jour"], name="alerte_unique_par_jour"),
        ]

    def __str__(self) -> str:
        return f"{self.get_genre_display()} : {self.get_niveau_display()}"
