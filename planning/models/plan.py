"""The plan of a week: drafts that the machine or a hand makes, and what the machine should know to make them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from demandes.models import Agent, Site
from planning.models.service import Affectation, FileGuichet
from planning.querysets import PlanSemaineQuerySet


class RegimeTravail(models.Model):
    """An agent's contract share, half-days and hours, days of telework and the queue they like, between two dates."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="regimes")
    quotite = models.PositiveSmallIntegerField("quotité, en pour cent", default=100)
    teletravail = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name="demi-journées de télétravail"
    )
    libres = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        db_default=[],
        blank=True,
        verbose_name="demi-journées non travaillées",
    )
    arrivee = models.TimeField("arrive au plus tôt à", null=True, blank=True)
    depart = models.TimeField("part au plus tard à", null=True, blank=True)
    preference = models.ForeignKey(FileGuichet, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    pendant = DateRangeField("période")

    class Meta:
        verbose_name = "régime de travail"
        verbose_name_plural = "régimes de travail"
        ordering = ["agent", "pk"]
        constraints = [
            ExclusionConstraint(
                name="regime_sans_chevauchement",
                expressions=[("agent", RangeOperators.EQUAL), ("pendant", RangeOperators.OVERLAPS)],
                violation_error_message="Cet agent a déjà un régime de travail à ces dates.",
                violation_error_code="chevauchement",
            ),
            models.CheckConstraint(
                name="regime_quotite",
                condition=Q(quotite__gte=10) & Q(quotite__lte=100),
                violation_error_message="Une quotité va de 10 à 100 %.",
                violation_error_code="quotite",
            ),
            models.CheckConstraint(
                name="regime_teletravail",
                condition=Q(teletravail__contained_by=list(range(12))),
                violation_error_message="Les demi-journées vont du lundi matin au samedi après-midi.",
                violation_error_code="teletravail",
            ),
            models.CheckConstraint(
                name="regime_libres",
                condition=Q(libres__contained_by=list(range(12))),
                violation_error_message="Les demi-journées vont du lundi matin au samedi après-midi.",
                violation_error_code="libres",
            ),
            models.CheckConstraint(
                name="regime_heures",
                condition=Q(arrivee__isnull=True) | Q(depart__isnull=True) | Q(depart__gt=F("arrivee")),
                violation_error_message="L’heure de départ vient après l’heure d’arrivée.",
                violation_error_code="depart",
            ),
        ]

    def __str__(self) -> str:
        return f"Régime {self.pk}"


class ReglesPlanning(models.Model):
    """What a site asks of a week; a site without a row has the national values."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="regles_planning")
    agents_accueil = models.PositiveSmallIntegerField("agents à l’accueil quand le site est ouvert", default=1)
    agents_arriere = models.PositiveSmallIntegerField("agents à l’arrière-guichet", default=0)
    max_guichet = models.PositiveSmallIntegerField("demi-journées de guichet par semaine, au plus", default=8)
    max_sensible = models.PositiveSmallIntegerField("demi-journées par semaine sur une file sensible", default=3)
    echanges_automatiques = models.BooleanField(
        "un échange accepté par le collègue se fait sans le chef de service", default=False, db_default=False
    )

    class Meta:
        verbose_name = "règles du planning"
        verbose_name_plural = "règles du planning"
        ordering = ["site"]

    def __str__(self) -> str:
        return f"Règles {self.site_id}"


class PlanSemaine(models.Model):
    """A plan of a site's week: a draft, the one in force, or one that was."""

    class Etat(models.TextChoices):
        BROUILLON = "brouillon", "Brouillon"
        PUBLIE = "publie", "Publié"
        REMPLACE = "remplace", "Remplacé"

    class Calcul(models.TextChoices):
        AUCUN = "", "Aucun"
        DEMANDE = "demande", "Demandé"
        EN_COURS = "en_cours", "En cours"
        FINI = "fini", "Fini"
        ECHEC = "echec", "Échec"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="plans")
    lundi = models.DateField()
    nom = models.CharField(max_length=60)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.BROUILLON)
    cree_le = models.DateTimeField("créé le")
    calcul = models.CharField(max_length=8, choices=Calcul, default=Calcul.AUCUN, blank=True)
    calcul_le = models.DateTimeField("calcul demandé le", null=True, blank=True)
    arreter = models.BooleanField("arrêt demandé", default=False)
    reparation = models.BooleanField("répare un plan publié", default=False)
    graine = models.PositiveIntegerField(default=0)
    secondes = models.FloatField("secondes de calcul", default=0)
    objectif = models.IntegerField("coût", null=True, blank=True)
    borne = models.IntegerField("coût minimum prouvé", null=True, blank=True)

    objects = PlanSemaineQuerySet.as_manager()

    class Meta:
        verbose_name = "plan de semaine"
        verbose_name_plural = "plans de semaine"
        ordering = ["site", "lundi", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "lundi"], condition=Q(etat="publie"), name="plan_publie_unique"),
            models.CheckConstraint(name="plan_un_lundi", condition=Q(lundi__iso_week_day=1)),
        ]

    def __str__(self) -> str:
        return f"Plan {self.pk}"

    @property
    def calcule(self) -> bool:
        """Whether the machine is at it, or about to be."""
        return self.calcul in (self.Calcul.DEMANDE, self.Calcul.EN_COURS)

    @property
    def retouchable(self) -> bool:
        """Whether a hand may change it now."""
        return self.etat == self.Etat.BROUILLON and not self.calcule


class PlacePlan(models.Model):
    """An agent's post at a half-day of a plan; half-days go from 0 (Monday morning) to 11."""

    plan = models.ForeignKey(PlanSemaine, on_delete=models.CASCADE, related_name="places")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="places_planifiees")
    demi_journee = models.PositiveSmallIntegerField("demi-journée")
    poste = models.CharField(max_length=8, choices=Affectation.Poste)
    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    a_la_main = models.BooleanField("posée à la main", default=False)

    class Meta:
        verbose_name = "place d’un plan"
        verbose_name_plural = "places d’un plan"
        ordering = ["plan", "agent", "demi_journee"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "agent", "demi_journee"], name="place_unique"),
            models.CheckConstraint(name="place_demi_journee", condition=Q(demi_journee__lte=11)),
            models.CheckConstraint(
                name="place_file_au_guichet",
                condition=(Q(poste="guichet") & Q(file__isnull=False)) | (~Q(poste="guichet") & Q(file__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"Place {self.pk}"

    @property
    def dit(self) -> str:
        """Name its post."""
        return self.file.nom if self.file else str(self.get_poste_display())


class RetouchePlan(models.Model):
    """A change of a plan, by hand or by the machine: what each place was and became, to undo it and to look it up."""

    plan = models.ForeignKey(PlanSemaine, on_delete=models.CASCADE, related_name="retouches")
    # Nobody: the machine filled the draft.
    par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    le = models.DateTimeField()
    # [[agent, half-day, before, after]], each of the two a place's `[poste, file, by hand]` or null.
    changements = models.JSONField()
    defaite = models.BooleanField("défaite", default=False)

    class Meta:
        verbose_name = "retouche d’un plan"
        verbose_name_plural = "retouches d’un plan"
        ordering = ["plan", "pk"]

    def __str__(self) -> str:
        return f"Retouche {self.pk}"

    @property
    def automatique(self) -> bool:
        """Whether the machine made it."""
        return self.par_id is None

    @property
    def posees(self) -> int:
        """Places that were free before."""
        return sum(avant is None for _, _, avant, _ in self.changements)

    @property
    def retirees(self) -> int:
        """Places that are free after."""
        return sum(apres is None for _, _, _, apres in self.changements)

    @property
    def deplacees(self) -> int:
        """Places that changed of post."""
        return len(self.changements) - self.posees - self.retirees


class FluxPlanning(models.Model):
    """The secret address where an agent's calendar reads their posts."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="flux_planning")
    cle = models.UUIDField(unique=True)
    empreinte = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = "flux de planning"
        verbose_name_plural = "flux de planning"
        ordering = ["agent"]

    def __str__(self) -> str:
        return f"Flux {self.pk}"
