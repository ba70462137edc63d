"""Counters, queues, people's presence and the weekly openings."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateRangeField,
    DateTimeRangeField,
    IntegerRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from demandes.models import Agent, Motif, Prefecture, Site
from planning.models import declencheurs
from planning.querysets import FileGuichetQuerySet, PlageOuvertureQuerySet


class MinutesDuJour(Func):
    """Half-open range of minutes since midnight between two times."""

    template = (
        "int4range((extract(hour from %(debut)s) * 60 + extract(minute from %(debut)s))::int, "
        "(extract(hour from %(fin)s) * 60 + extract(minute from %(fin)s))::int)"
    )
    output_field = IntegerRangeField()

    def as_sql(self, compiler, connection, **contexte):  # type: ignore[no-untyped-def, override]
        """Write the range of the two time columns."""
        debut, du_debut = compiler.compile(self.source_expressions[0])
        fin, de_la_fin = compiler.compile(self.source_expressions[1])
        # Each time stands twice in the template; `full_clean` puts values where the constraint has columns.
        return self.template % {"debut": debut, "fin": fin}, [*du_debut, *du_debut, *de_la_fin, *de_la_fin]


class FileGuichet(models.Model):
    """A queue: motifs served by the same counters of a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="files")
    code = models.SlugField(max_length=30)
    nom = models.CharField(max_length=80)
    lettre = models.CharField("lettre du ticket", max_length=1)
    motifs = models.ManyToManyField(Motif, related_name="files")
    remises = models.BooleanField("remises de titres", default=False)
    sensible = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Un même agent n’y reste pas toute la semaine (rotation contre la fraude).",
    )
    pas_minutes = models.PositiveSmallIntegerField("durée d’un créneau, en minutes", default=15)
    rythme = models.PositiveSmallIntegerField(
        "durée des visites, en % de la durée prévue",
        default=100,
        db_default=100,
        help_text="120 : les visites durent un cinquième de plus ; 6 guichets ouvrent 5 places.",
    )
    actif = models.BooleanField(default=True)

    objects = FileGuichetQuerySet.as_manager()

    class Meta:
        verbose_name = "file d’attente"
        verbose_name_plural = "files d’attente"
        ordering = ["site", "lettre", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "code"], name="file_code_unique"),
            models.UniqueConstraint(fields=["site", "lettre"], name="file_lettre_unique"),
            models.CheckConstraint(
                name="file_pas_positif",
                condition=Q(pas_minutes__gte=5) & Q(pas_minutes__lte=120),
                violation_error_message="Un créneau dure de 5 à 120 minutes.",
                violation_error_code="pas_minutes",
            ),
            models.CheckConstraint(
                name="file_rythme",
                condition=Q(rythme__gte=50) & Q(rythme__lte=200),
                violation_error_message="La durée des visites va de la moitié au double de la durée prévue.",
                violation_error_code="rythme",
            ),
        ]

    def __str__(self) -> str:
        return self.nom


class Guichet(models.Model):
    """A counter of a site."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="guichets")
    numero = models.PositiveSmallIntegerField("numéro")
    files = models.ManyToManyField(FileGuichet, related_name="guichets")
    actif = models.BooleanField(default=True)

    class Meta:
        verbose_name = "guichet"
        ordering = ["site", "numero"]
        constraints = [models.UniqueConstraint(fields=["site", "numero"], name="guichet_numero_unique")]

    def __str__(self) -> str:
        return f"Guichet {self.numero}"


class Habilitation(models.Model):
    """An agent's right to serve a queue, with level and dates."""

    class Niveau(models.IntegerChoices):
        DEBUTANT = 1, "Débutant"
        CONFIRME = 2, "Confirmé"
        REFERENT = 3, "Référent"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="habilitations")
    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, related_name="habilitations")
    niveau = models.PositiveSmallIntegerField(choices=Niveau, default=Niveau.CONFIRME)
    pendant = DateRangeField("période")

    class Meta:
        verbose_name = "habilitation"
        ordering = ["file", "agent", "pk"]
        constraints = [
            ExclusionConstraint(
                name="habilitation_sans_chevauchement",
                expressions=[
                    ("agent", RangeOperators.EQUAL),
                    ("file", RangeOperators.EQUAL),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Cet agent est déjà habilité à ces dates.",
                violation_error_code="chevauchement",
            )
        ]
        triggers = [declencheurs.habilitation_tenue()]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.file_id}"


class Absence(models.Model):
    """Leave, training or sickness of an agent, typed or imported."""

    class Genre(models.TextChoices):
        CONGE = "conge", "Congé"
        MALADIE = "maladie", "Maladie"
        FORMATION = "formation", "Formation"
        AUTRE = "autre", "Autre"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="absences")
    genre = models.CharField(max_length=10, choices=Genre)
    pendant = DateTimeRangeField("période")
    source = models.CharField(max_length=10, default="saisie")
    reference = models.CharField("référence externe", max_length=80, blank=True)

    class Meta:
        verbose_name = "absence"
        ordering = ["agent", "pk"]
        constraints = [
            ExclusionConstraint(
                name="absence_sans_chevauchement",
                expressions=[("agent", RangeOperators.EQUAL), ("pendant", RangeOperators.OVERLAPS)],
                violation_error_message="Cet agent est déjà absent à ces dates.",
                violation_error_code="chevauchement",
            ),
            models.UniqueConstraint(
                fields=["source", "reference"], condition=~Q(reference=""), name="absence_reference_unique"
            ),
        ]
        triggers = [declencheurs.absence_sans_affectation()]

    def __str__(self) -> str:
        return f"Absence {self.pk}"


class Fermeture(models.Model):
    """A closure of a site, or of the whole préfecture when the site is empty."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="fermetures")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, null=True, blank=True, related_name="fermetures")
    pendant = DateRangeField("période")
    libelle = models.CharField("libellé", max_length=120)

    class Meta:
        verbose_name = "fermeture"
        ordering = ["prefecture", "pk"]
        constraints = [
            ExclusionConstraint(
                name="fermeture_sans_chevauchement",
                expressions=[
                    ("prefecture", RangeOperators.EQUAL),
                    (Coalesce("site", 0), RangeOperators.EQUAL),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Une fermeture couvre déjà ces dates.",
                violation_error_code="chevauchement",
            )
        ]

    def __str__(self) -> str:
        return self.libelle


class PlageOuverture(models.Model):
    """A weekly opening of a queue's counters, from which slots are made."""

    class Jour(models.IntegerChoices):
        LUNDI = 1, "Lundi"
        MARDI = 2, "Mardi"
        MERCREDI = 3, "Mercredi"
        JEUDI = 4, "Jeudi"
        VENDREDI = 5, "Vendredi"
        SAMEDI = 6, "Samedi"

    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, related_name="plages")
    jour = models.PositiveSmallIntegerField(choices=Jour)
    debut = models.TimeField("début")
    fin = models.TimeField()
    nb_guichets = models.PositiveSmallIntegerField("guichets ouverts", default=1)
    reserve_sans_rdv = models.PositiveSmallIntegerField("places par créneau gardées sans rendez-vous", default=0)
    pendant = DateRangeField("période")

    objects = PlageOuvertureQuerySet.as_manager()

    class Meta:
        verbose_name = "plage d’ouverture"
        verbose_name_plural = "plages d’ouverture"
        ordering = ["file", "jour", "debut", "pk"]
        constraints = [
            models.CheckConstraint(
                name="plage_fin_apres_debut",
                condition=Q(fin__gt=F("debut")),
                violation_error_message="L’heure de fin vient après l’heure de début.",
                violation_error_code="fin",
            ),
            models.CheckConstraint(
                name="plage_reserve_possible",
                condition=Q(nb_guichets__gte=1) & Q(reserve_sans_rdv__lte=F("nb_guichets")),
                violation_error_message="La réserve sans rendez-vous ne dépasse pas le nombre de guichets.",
                violation_error_code="reserve_sans_rdv",
            ),
            ExclusionConstraint(
                name="plage_sans_chevauchement",
                expressions=[
                    ("file", RangeOperators.EQUAL),
                    ("jour", RangeOperators.EQUAL),
                    (MinutesDuJour(F("debut"), F("fin")), RangeOperators.OVERLAPS),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Une autre plage de cette file couvre déjà cet horaire.",
                violation_error_code="chevauchement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_jour_display()} {self.debut:%H:%M}–{self.fin:%H:%M}"


class Affectation(models.Model):
    """An agent at a post for a half-day, and how it was decided."""

    class Poste(models.TextChoices):
        GUICHET = "guichet", "Guichet"
        ACCUEIL = "accueil", "Accueil"
        ARRIERE = "arriere", "Arrière-guichet"

    class Origine(models.TextChoices):
        MANUELLE = "manuelle", "Manuelle"
        AUTOMATIQUE = "automatique", "Automatique"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="affectations")
    poste = models.CharField(max_length=8, choices=Poste)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="affectations")
    guichet = models.ForeignKey(Guichet, on_delete=models.PROTECT, null=True, blank=True, related_name="affectations")
    file = models.ForeignKey(FileGuichet, on_delete=models.PROTECT, null=True, blank=True, related_name="affectations")
    pendant = DateTimeRangeField("période")
    origine = models.CharField(max_length=12, choices=Origine, default=Origine.MANUELLE)

    class Meta:
        verbose_name = "affectation"
        ordering = ["agent", "pk"]
        constraints = [
            ExclusionConstraint(
                name="affectation_agent_unique",
                expressions=[("agent", RangeOperators.EQUAL), ("pendant", RangeOperators.OVERLAPS)],
                violation_error_message="Cet agent est déjà affecté à ce moment.",
                violation_error_code="deux_postes",
            ),
            ExclusionConstraint(
                name="affectation_guichet_unique",
                expressions=[("guichet", RangeOperators.EQUAL), ("pendant", RangeOperators.OVERLAPS)],
                condition=Q(guichet__isnull=False),
                violation_error_message="Ce guichet est déjà tenu à ce moment.",
                violation_error_code="guichet_tenu",
            ),
            models.CheckConstraint(
                name="affectation_guichet_complet",
                condition=~Q(poste="guichet") | (Q(guichet__isnull=False) & Q(file__isnull=False)),
                violation_error_message="Un poste de guichet nomme son guichet et sa file.",
                violation_error_code="guichet",
            ),
        ]
        triggers = [declencheurs.affectation_permise()]

    def __str__(self) -> str:
        return f"Affectation {self.pk}"
