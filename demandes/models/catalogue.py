"""The catalogue: what can be asked for, with the law's delays as data. National rows, local overrides."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from demandes.cycle import Regles
from demandes.models import declencheurs
from demandes.models.organisation import Prefecture, Service
from demandes.querysets import MotifQuerySet
from demandes.querysets_reglages import PieceRequiseQuerySet, QuestionQuerySet


class Motif(models.Model):
    """A kind of demande, national. Law is data: delay, silence rule and recourse carry their article."""

    class UniteDelai(models.TextChoices):
        MOIS = "mois", gettext_noop("mois")
        JOURS = "jours", gettext_noop("jours")
        JOURS_OUVRES = "jours_ouvres", gettext_noop("jours ouvrés")
        JOURS_FRANCS = "jours_francs", gettext_noop("jours francs")

    class Silence(models.TextChoices):
        REJET = "rejet", "rejet implicite"
        ACCEPTATION = "acceptation", "acceptation implicite"

    class ModeAccueil(models.TextChoices):
        RDV = "rdv", "Sur rendez-vous"
        SANS_RDV = "sans_rdv", "Sans rendez-vous"
        LES_DEUX = "les_deux", "Avec ou sans rendez-vous"

    class Examen(models.TextChoices):
        MEDECIN = "medecin", "Chez un médecin agréé"
        COMMISSION = "commission", "Devant la commission médicale"

    code = models.CharField(max_length=20, unique=True)
    libelle = models.CharField("libellé", max_length=200)
    libelle_court = models.CharField("libellé court", max_length=80)
    description = models.TextField()
    genre_service = models.CharField("service", max_length=24, choices=Service.Genre)
    etapes = ArrayField(models.PositiveSmallIntegerField(), verbose_name="étapes")
    plein_droit = models.BooleanField(default=False)
    quatre_yeux = models.BooleanField("quatre yeux", default=False)
    guichet_minutes = models.PositiveSmallIntegerField("minutes au guichet")
    mode_accueil = models.CharField("mode d’accueil", max_length=10, choices=ModeAccueil)
    delai_valeur = models.PositiveSmallIntegerField("délai légal", null=True, blank=True)
    delai_unite = models.CharField("unité du délai", max_length=14, choices=UniteDelai, blank=True)
    delai_fondement = models.CharField("fondement du délai", max_length=200, blank=True)
    delai_base = models.CharField(
        "point de départ du délai",
        max_length=200,
        blank=True,
        help_text="Vide : la réception de la demande. Sinon un fait que PlaniPref ignore : pas d’échéance calculée.",
    )
    silence = models.CharField(max_length=12, choices=Silence, blank=True)
    silence_fondement = models.CharField("fondement du silence", max_length=200, blank=True)
    recours = models.JSONField(default=dict, blank=True)
    titre_remis = models.BooleanField("un titre est remis", default=False)
    taxe = models.JSONField(null=True, blank=True)
    depot_en_ligne = models.BooleanField("dépôt en ligne", default=True)
    orientation = models.TextField(blank=True)
    examen = models.CharField("examen médical", max_length=10, choices=Examen, blank=True, default="", db_default="")
    fiche = models.CharField("fiche service-public.fr", max_length=12, blank=True)
    fiches_liees = models.JSONField("fiches liées", default=list, blank=True)
    fenetre_depot = models.JSONField("fenêtre de dépôt", null=True, blank=True)
    validite_convocation_jours = models.PositiveSmallIntegerField(default=30)
    delai_completude_jours = models.PositiveSmallIntegerField(default=30)
    doutes = models.JSONField(default=list, blank=True)
    actif = models.BooleanField(default=True)

    objects = MotifQuerySet.as_manager()

    class Meta:
        verbose_name = "motif"
        ordering = ["genre_service", "code"]
        constraints = [
            models.CheckConstraint(
                name="motif_etapes_connues",
                condition=Q(etapes__contained_by=[1, 2, 3, 4]) & Q(etapes__len__gt=0),
                violation_error_message="Les étapes d’un motif sont prises parmi 1, 2, 3 et 4.",
                violation_error_code="etapes",
            ),
            models.CheckConstraint(
                name="motif_delai_coherent",
                condition=(Q(delai_valeur__isnull=True) & Q(delai_unite="") & Q(silence=""))
                | (Q(delai_valeur__isnull=False, delai_valeur__gt=0) & ~Q(delai_unite="")),
                violation_error_message="Un délai a une valeur et une unité ; sans délai, pas de règle du silence.",
                violation_error_code="delai",
            ),
        ]
        triggers = [declencheurs.modification_notee("motif", ajouts=False)]

    def __str__(self) -> str:
        return self.libelle

    @property
    def regles(self) -> Regles:
        """What the table of transitions needs to know."""
        return Regles(frozenset(self.etapes), self.plein_droit, examen=bool(self.examen))


class ParametrageMotif(models.Model):
    """A préfecture's overrides, field by field; empty means the national value."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.CASCADE, related_name="parametrages")
    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="parametrages")
    actif = models.BooleanField(null=True, blank=True)
    guichet_minutes = models.PositiveSmallIntegerField("minutes au guichet", null=True, blank=True)
    mode_accueil = models.CharField("mode d’accueil", max_length=10, choices=Motif.ModeAccueil, blank=True)
    validite_convocation_jours = models.PositiveSmallIntegerField(null=True, blank=True)
    delai_completude_jours = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "paramétrage local d’un motif"
        verbose_name_plural = "paramétrages locaux des motifs"
        ordering = ["prefecture", "motif"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "motif"], name="parametrage_unique"),
        ]
        triggers = [declencheurs.modification_notee("parametragemotif")]

    def __str__(self) -> str:
        return f"{self.prefecture_id} {self.motif_id}"


class PieceRequise(models.Model):
    """A piece that the texts ask for, always or under a condition on the answers."""

    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="pieces_requises")
    code = models.SlugField(max_length=60)
    libelle = models.CharField("libellé", max_length=300)
    aide = models.TextField(blank=True)
    obligatoire = models.BooleanField(default=True)
    condition = models.JSONField(null=True, blank=True)
    validite_mois = models.PositiveSmallIntegerField("validité en mois", null=True, blank=True)
    formats = models.JSONField(default=list)
    indispensable = models.BooleanField(
        default=True, help_text="Son absence suspend l’instruction (CRPA L114-5, L114-5-1)."
    )
    identite = models.BooleanField("pièce d’identité", default=False)
    au_guichet = models.BooleanField("présentée au guichet seulement", default=False)
    actif = models.BooleanField("demandée", default=True, db_default=True)
    ordre = models.PositiveSmallIntegerField(default=0)

    objects = PieceRequiseQuerySet.as_manager()

    class Meta:
        verbose_name = "pièce requise"
        verbose_name_plural = "pièces requises"
        ordering = ["motif", "ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["motif", "code"], name="piece_requise_unique")]
        triggers = [declencheurs.modification_notee("piecerequise", ajouts=False)]

    def __str__(self) -> str:
        return self.libelle


class Question(models.Model):
    """A typed field of the form of a motif."""

    class Genre(models.TextChoices):
        TEXTE = "texte", "Texte court"
        TEXTE_LONG = "texte_long", "Texte long"
        DATE = "date", "Date"
        CHOIX = "choix", "Choix dans une liste"
        NOMBRE = "nombre", "Nombre"
        OUI_NON = "oui_non", "Oui ou non"
        COMMUNE = "commune", "Commune"
        TELEPHONE = "telephone", "Téléphone"

    motif = models.ForeignKey(Motif, on_delete=models.CASCADE, related_name="questions")
    code = models.SlugField(max_length=60)
    libelle = models.CharField("libellé", max_length=300)
    genre = models.CharField(max_length=12, choices=Genre)
    aide = models.TextField(blank=True)
    obligatoire = models.BooleanField(default=True)
    options = models.JSONField(default=list, blank=True)
    motif_regex = models.CharField("expression régulière", max_length=200, blank=True)
    message_regex = models.CharField("message si elle échoue", max_length=200, blank=True)
    exemple = models.CharField("exemple de réponse", max_length=40, blank=True, default="", db_default="")
    condition = models.JSONField(null=True, blank=True)
    actif = models.BooleanField("posée", default=True, db_default=True)
    ordre = models.PositiveSmallIntegerField(default=0)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "question"
        ordering = ["motif", "ordre", "pk"]
        constraints = [models.UniqueConstraint(fields=["motif", "code"], name="question_unique")]
        triggers = [declencheurs.modification_notee("question", ajouts=False)]

    def __str__(self) -> str:
        return self.libelle
