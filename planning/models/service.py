"""Counters, queues, people's presence and the weekly openings."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateRangeField,
    DateTimeRangeField,
    IntegerRangeField,
    RangeOperators,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from demandes.models import Agent, Motif, Prefecture, Site
from planning.models import declencheurs
from planning.querysets import FileGuichetQuerySet


class MinutesDuJour(Func):
    """Half-open range of minutes since midnight between two times; the whole day without them."""

    template = (
        "int4range((extract(hour from (%(debut)s)::time) * 60 + extract(minute from (%(debut)s)::time))::int, "
        "(extract(hour from (%(fin)s)::time) * 60 + extract(minute from (%(fin)s)::time))::int)"
    )
    output_field = IntegerRangeField()

    def as_sql(self, compiler, connection, **contexte):  # type: ignore[no-untyped-def, override]
        """Write the range of the two time columns."""
        debut, du_debut = compiler.compile(self.source_expressions[0])
        fin, de_la_fin = compiler.compile(self.source_expressions[1])
        # Each time stands twice in the template; `full_clean` puts values where the constraint has columns.
        return self.template % {"debut": debut, "fin": fin}, [*du_debut, *du_debut, *de_la_fin, *de_la_fin]


class SemainesTenues(Func):
    """Half-open range of the weeks, odd (1) or even (0), of a recurrence."""

    template = (
        "CASE %(expressions)s WHEN 'paires' THEN int4range(0, 1) WHEN 'impaires' THEN int4range(1, 2) "
        "ELSE int4range(0, 2) END"
    )
    output_field = IntegerRangeField()


class RangsTenus(Func):
    """Half-open range of the ranks in the month of a recurrence: 4 is a fourth that is not the last, 5 one that is."""

    template = (
        "CASE %(expressions)s WHEN 'rang_1' THEN int4range(1, 2) WHEN 'rang_2' THEN int4range(2, 3) "
        "WHEN 'rang_3' THEN int4range(3, 4) WHEN 'rang_4' THEN int4range(4, 6) WHEN 'dernier' THEN int4range(5, 7) "
        "ELSE int4range(1, 7) END"
    )
    output_field = IntegerRangeField()


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
    controle_de = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="controles",
        verbose_name="file dont elle contrôle le travail",
        help_text="Quatre yeux : un même agent ne tient pas les deux dans la semaine. Du même site.",
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
                name="file_controle_autre",
                condition=Q(controle_de__isnull=True) | ~Q(controle_de=F("pk")),
                violation_error_message="Une file ne se contrôle pas elle-même.",
                violation_error_code="controle_de",
            ),
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

    def clean(self) -> None:
        """Refuse to check the work of another site."""
        if self.controle_de is not None and self.controle_de.site_id != self.site_id:
            raise ValidationError({"controle_de": "Choisissez une file du même site."})

    def sert(self, motifs: Collection[int], *, remise: bool) -> bool:
        """Say whether it serves every one of some motifs, or hands titles over, read with `motifs_servis`."""
        servis: list[int] = self.motifs_servis  # type: ignore[attr-defined]  # annotated by `des_convocations`
        return self.remises if remise else set(motifs) <= set(servis)


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

    class Source(models.TextChoices):
        SAISIE = "saisie", "Saisie"
        CASPER = "casper", "Importée de CASPER"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="absences")
    genre = models.CharField(max_length=10, choices=Genre)
    pendant = DateTimeRangeField("période")
    source = models.CharField(max_length=10, choices=Source, default=Source.SAISIE)
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

    class Recurrence(models.TextChoices):
        TOUTES = "toutes", "Chaque semaine"
        PAIRES = "paires", "Les semaines paires"
        IMPAIRES = "impaires", "Les semaines impaires"
        RANG_1 = "rang_1", "Le premier du mois"
        RANG_2 = "rang_2", "Le deuxième du mois"
        RANG_3 = "rang_3", "Le troisième du mois"
        RANG_4 = "rang_4", "Le quatrième du mois"
        DERNIER = "dernier", "Le dernier du mois"

    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, related_name="plages")
    jour = models.PositiveSmallIntegerField(choices=Jour)
    debut = models.TimeField("début")
    fin = models.TimeField()
    nb_guichets = models.PositiveSmallIntegerField("guichets ouverts", default=1)
    reserve_sans_rdv = models.PositiveSmallIntegerField("places par créneau gardées sans rendez-vous", default=0)
    recurrence = models.CharField(
        "récurrence", max_length=8, choices=Recurrence, default=Recurrence.TOUTES, db_default="toutes"
    )
    pendant = DateRangeField("période")

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
                    (SemainesTenues(F("recurrence")), RangeOperators.OVERLAPS),
                    (RangsTenus(F("recurrence")), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Une autre plage de cette file couvre déjà cet horaire.",
                violation_error_code="chevauchement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_jour_display()} {self.debut:%H:%M}–{self.fin:%H:%M}"


class HoraireExceptionnel(models.Model):
    """Hours of a queue on one day, in place of those of the week; without hours, it is closed that day."""

    file = models.ForeignKey(FileGuichet, on_delete=models.CASCADE, related_name="horaires_exceptionnels")
    jour = models.DateField()
    debut = models.TimeField("début", null=True, blank=True)
    fin = models.TimeField(null=True, blank=True)
    nb_guichets = models.PositiveSmallIntegerField("guichets ouverts", default=1)
    reserve_sans_rdv = models.PositiveSmallIntegerField("places par créneau gardées sans rendez-vous", default=0)
    libelle = models.CharField("libellé", max_length=120)

    class Meta:
        verbose_name = "horaire exceptionnel"
        verbose_name_plural = "horaires exceptionnels"
        ordering = ["file", "jour", "debut", "pk"]
        constraints = [
            models.CheckConstraint(
                name="horaire_complet",
                condition=Q(debut__isnull=True, fin__isnull=True)
                | Q(debut__isnull=False, fin__isnull=False, fin__gt=F("debut")),
                violation_error_message="L’heure de fin vient après l’heure de début.",
                violation_error_code="fin",
            ),
            models.CheckConstraint(
                name="horaire_reserve_possible",
                condition=Q(nb_guichets__gte=1) & Q(reserve_sans_rdv__lte=F("nb_guichets")),
                violation_error_message="La réserve sans rendez-vous ne dépasse pas le nombre de guichets.",
                violation_error_code="reserve_sans_rdv",
            ),
            ExclusionConstraint(
                name="horaire_sans_chevauchement",
                expressions=[
                    ("file", RangeOperators.EQUAL),
                    ("jour", RangeOperators.EQUAL),
                    (MinutesDuJour(F("debut"), F("fin")), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Un autre horaire exceptionnel de cette file couvre déjà cette heure.",
                violation_error_code="chevauchement",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.libelle} {self.jour}"


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
