"""The organisation: préfectures, sites, services, agents and what each agent may do where."""

from __future__ import annotations

from datetime import time
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from django.apps import apps
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from demandes.droits import LIBELLES_ROLES, Role
from demandes.models import declencheurs
from demandes.querysets import AgentQuerySet, AttributionQuerySet, PrefectureQuerySet, SiteQuerySet
from planipref.commun.horloge import maintenant

if TYPE_CHECKING:
    from demandes.models import Aidant, Deport


class Prefecture(models.Model):
    """A département's préfecture; every demande, right and journal belongs to one."""

    class Taille(models.TextChoices):
        PETITE = "petite", "Petite"
        MOYENNE = "moyenne", "Moyenne"
        TRES_GRANDE = "tres_grande", "Très grande"

    departement = models.CharField("département", max_length=3, unique=True)
    nom = models.CharField(max_length=120)
    article = models.CharField("avec l’article", max_length=120, help_text="Par exemple « du Bas-Rhin ».")
    fuseau = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")
    taille = models.CharField(max_length=12, choices=Taille, default=Taille.MOYENNE)
    calendrier_feries = models.CharField("calendrier des jours fériés", max_length=10, default="FR")
    adresse = models.CharField(max_length=250)
    courriel = models.EmailField()
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    tribunal_nom = models.CharField("tribunal administratif", max_length=120)
    tribunal_adresse = models.CharField("adresse du tribunal", max_length=250, blank=True)

    objects = PrefectureQuerySet.as_manager()

    class Meta:
        verbose_name = "préfecture"
        ordering = ["departement"]

    def __str__(self) -> str:
        return self.nom


class Site(models.Model):
    """A place where usagers come: the préfecture, a sous-préfecture, or where doctors examine them."""

    class Genre(models.TextChoices):
        PREFECTURE = "prefecture", "Préfecture"
        SOUS_PREFECTURE = "sous_prefecture", "Sous-préfecture"
        MEDICAL = "visite_medicale", "Lieu d’examen médical"

    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="sites")
    code = models.SlugField(unique=True)
    nom = models.CharField(max_length=120)
    genre = models.CharField(max_length=16, choices=Genre)
    adresse = models.CharField(max_length=250)
    code_postal = models.CharField(max_length=5, blank=True)
    commune = models.CharField(max_length=80)
    insee = models.CharField("code INSEE", max_length=5)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    acces = models.TextField("accès", blank=True)
    horaires = models.JSONField(default=list, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    sans_marche = models.BooleanField(
        "accès sans marche", null=True, blank=True, help_text="Vide : on ne sait pas, la page n’en dit rien."
    )

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = "site"
        ordering = ["prefecture", "genre", "nom"]
        constraints = [
            models.CheckConstraint(
                name="site_sur_terre",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                violation_error_message="Une latitude de -90 à 90 et une longitude de -180 à 180, ou aucune des deux.",
                violation_error_code="latitude",
            ),
        ]

    def __str__(self) -> str:
        return self.nom

    @property
    def lieu(self) -> str:
        """Name and address in one line, without what is not known."""
        return ", ".join(filter(None, (self.nom, self.adresse.strip(), f"{self.code_postal} {self.commune}".strip())))

    @property
    def carte(self) -> str:
        """Address of a map of the place; empty when where it is on Earth is not known."""
        if self.latitude is None or self.longitude is None:
            return ""
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=17/{self.latitude}/{self.longitude}"

    def heures_du_jour(self, jour: int) -> list[tuple[time, time]]:
        """Return when the place is open on a day of the week, 1 for Monday."""
        du_jour = (h for h in self.horaires if jour in h["jours"])
        return sorted((time.fromisoformat(h["debut"]), time.fromisoformat(h["fin"])) for h in du_jour)


class Service(models.Model):
    """A service of a préfecture; receipts and acts carry its address (CRPA R112-5)."""

    class Genre(models.TextChoices):
        ETRANGERS = "etrangers", gettext_noop("Étrangers")
        REGLEMENTATION_ROUTIERE = "reglementation_routiere", gettext_noop("Réglementation routière")
        REGLEMENTATION = "reglementation", gettext_noop("Réglementation")
        COMMUNICATION = "communication", gettext_noop("Communication")

    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="services")
    genre = models.CharField(max_length=24, choices=Genre)
    nom = models.CharField(max_length=160)
    adresse = models.CharField(max_length=250)
    courriel = models.EmailField()
    telephone = models.CharField("téléphone", max_length=20)

    class Meta:
        verbose_name = "service"
        ordering = ["prefecture", "genre"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "genre"], name="service_unique_par_genre"),
        ]

    def __str__(self) -> str:
        return self.nom


class AgentManager(UserManager.from_queryset(AgentQuerySet)):  # type: ignore[misc]
    """Creation of accounts, with the reads of agents."""


class Agent(AbstractUser):
    """An agent of the State; the authentication user. Rights come from `Attribution` only."""

    qualite = models.CharField("qualité", max_length=120, blank=True)
    anonymat = models.BooleanField(
        default=False, help_text="Nom remplacé par un numéro sur les courriers (CRPA L111-2, sécurité publique)."
    )

    objects: ClassVar[AgentManager] = AgentManager()

    class Meta:
        verbose_name = "agent"
        ordering = ["last_name", "first_name", "pk"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def signature(self) -> str:
        """Name as letters carry it: first name, name, or a number when anonymity protects the agent."""
        return f"Agent n° {self.pk}" if self.anonymat else str(self)

    @cached_property
    def droits_par_portee(self) -> dict[tuple[int, int], frozenset[Enum]]:
        """Rights held today, by préfecture and service (0 for all its services); read once per request."""
        return self.attributions.en_vigueur().droits_par_portee()

    @property
    def droits_par_prefecture(self) -> dict[int, frozenset[Enum]]:
        """Rights held today in one service at least, by préfecture: what opens a page, not what acts on a file."""
        droits: dict[int, frozenset[Enum]] = {}
        for (prefecture_id, _), tenus in self.droits_par_portee.items():
            droits[prefecture_id] = droits.get(prefecture_id, frozenset()) | tenus
        return droits

    @cached_property
    def deports_tenus(self) -> list[Deport]:
        """Whom the agent must not handle, as they declared it and as it holds today; read once per request."""
        return list(self.deports.en_vigueur(maintenant().date()))

    @cached_property
    def compte_aidant(self) -> Aidant | None:
        """The aidant who signs in with this account, if it is one; read once per request."""
        aidants = apps.get_model("demandes", "Aidant").objects
        aidant: Aidant | None = aidants.avec_compte().filter(agent=self).first()
        return aidant

    def aidant_ouvert(self) -> bool:
        """Say whether this account is an aidant's who may act now."""
        aidant = self.compte_aidant
        return aidant is not None and aidant.est_ouvert(maintenant().date())

    def a_un_droit(self, *exiges: Enum) -> bool:
        """Say whether the agent holds one of the rights in at least one préfecture."""
        return any(d in droits for d in exiges for droits in self.droits_par_prefecture.values())


class Attribution(models.Model):
    """A role given to an agent in a préfecture, perhaps narrowed to a site or a service, with dates."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="attributions")
    role = models.CharField("rôle", max_length=16, choices=[(r.value, LIBELLES_ROLES[r]) for r in Role])
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="attributions")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="attributions")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="attributions")
    pendant = DateRangeField("période")

    objects = AttributionQuerySet.as_manager()

    class Meta:
        verbose_name = "attribution"
        ordering = ["agent", "role", "pk"]
        constraints = [
            ExclusionConstraint(
                name="attribution_sans_chevauchement",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("prefecture", RangeOperators.EQUAL),
                    (Coalesce("site", 0), RangeOperators.EQUAL),
                    (Coalesce("service", 0), RangeOperators.EQUAL),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Cet agent a déjà ce rôle à ces dates.",
                violation_error_code="chevauchement",
            )
        ]
        triggers = [declencheurs.role_sans_aidant()]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.role} {self.prefecture_id}"


class Delegation(models.Model):
    """The arrêté that lets an agent sign decisions of a préfecture, published at the RAA."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="delegations")
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="delegations")
    reference = models.CharField("référence au RAA", max_length=80)
    pendant = DateRangeField("période")

    class Meta:
        verbose_name = "délégation de signature"
        verbose_name_plural = "délégations de signature"
        ordering = ["prefecture", "agent", "pk"]
        constraints = [
            ExclusionConstraint(
                name="delegation_sans_chevauchement",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    ("prefecture", RangeOperators.EQUAL),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Cet agent a déjà une délégation à ces dates.",
                violation_error_code="chevauchement",
            )
        ]

    def __str__(self) -> str:
        return self.reference
