"""What looks like appointments hoarded or sold: shown to agents, who judge. Nothing is done to anybody by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import declencheurs
from demandes.models.demande import Demande
from demandes.models.organisation import Agent, Prefecture

# Least and greatest value of each threshold.
BORNES: dict[str, tuple[int, int]] = {
    "contacts": (2, 50),
    "contacts_jours": (1, 90),
    "personnes": (2, 100),
    "cessions": (1, 50),
    "cession_minutes": (1, 120),
    "cedants": (2, 50),  # one person who gives back a place, whoever takes it, is never enough
    "rendues": (2, 50),
    "cession_jours": (1, 30),  # traces of connections live thirty days
}


class Signalement(models.Model):
    """One thing that several persons share where they should not; what they share is kept as a keyed hash only."""

    class Genre(models.TextChoices):
        TELEPHONE = "telephone", "Même téléphone"
        COURRIEL = "courriel", "Même courriel"
        CONNEXION = "connexion", "Même adresse de connexion"
        CESSION = "cession", "Places rendues puis reprises"
        AILLEURS = "ailleurs", "Places rendues, reprises ailleurs"
        REPETEE = "repetee", "Places rendues à répétition"

    class Etat(models.TextChoices):
        A_EXAMINER = "a_examiner", "À examiner"
        ECARTE = "ecarte", "Écarté"
        CONFIRME = "confirme", "Confirmé"

    # No index of its own: `signalement_unique` starts with it.
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.PROTECT, related_name="signalements", db_index=False, verbose_name="préfecture"
    )
    genre = models.CharField(max_length=10, choices=Genre)
    cle = models.CharField("empreinte", max_length=64)
    nombre = models.PositiveIntegerField("nombre")
    demandes = models.ManyToManyField(Demande, related_name="signalements", blank=True)
    premier_le = models.DateTimeField("premier fait")
    dernier_le = models.DateTimeField("dernier fait")
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.A_EXAMINER)
    note = models.CharField(max_length=500, blank=True)
    traite_par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    traite_le = models.DateTimeField("traité le", null=True, blank=True)

    class Meta:
        verbose_name = "signalement"
        ordering = ["-dernier_le", "-pk"]
        # The list of a state, in its order.
        indexes = [models.Index(fields=["prefecture", "etat", "-dernier_le", "-id"], name="signalement_liste")]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "genre", "cle"], name="signalement_unique"),
            models.CheckConstraint(
                name="signalement_traite",
                condition=Q(etat="a_examiner") | Q(traite_par__isnull=False, traite_le__isnull=False),
            ),
            models.CheckConstraint(
                name="signalement_confirme_dit",
                condition=~Q(etat="confirme") | ~Q(note=""),
                violation_error_message="Dites ce que vous avez constaté.",
                violation_error_code="note",
            ),
        ]

    def __str__(self) -> str:
        return f"Signalement {self.pk}"


class AdresseConnue(models.Model):
    """A connection that many share for a good reason, such as a France Services: its hash makes no signal."""

    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, related_name="adresses_connues", db_index=False
    )
    cle = models.CharField("empreinte", max_length=64)
    raison = models.CharField(max_length=200)
    jusqu_au = models.DateField("jusqu’au")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    le = models.DateTimeField("le")

    class Meta:
        verbose_name = "adresse partagée connue"
        verbose_name_plural = "adresses partagées connues"
        ordering = ["prefecture", "pk"]
        constraints = [models.UniqueConstraint(fields=["prefecture", "cle"], name="adresse_connue_unique")]

    def __str__(self) -> str:
        return f"Adresse {self.pk}"


class RechercheSignalements(models.Model):
    """When the signals of a préfecture were last looked for."""

    prefecture = models.OneToOneField(Prefecture, on_delete=models.CASCADE, related_name="recherche_signalements")
    faite_le = models.DateTimeField("faite le")

    class Meta:
        verbose_name = "recherche de signalements"
        verbose_name_plural = "recherches de signalements"
        ordering = ["prefecture"]

    def __str__(self) -> str:
        return f"Recherche {self.pk}"


class RegleSignalements(models.Model):
    """The thresholds of a préfecture, or those of the country; an empty field leaves the value above."""

    # No index of its own: `regle_signalements_unique` is one.
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, null=True, blank=True, related_name="regles_signalements", db_index=False
    )
    contacts = models.PositiveSmallIntegerField(
        "personnes différentes avec le même téléphone ou le même courriel", null=True, blank=True
    )
    contacts_jours = models.PositiveSmallIntegerField(
        "nombre de jours où l’on regarde leurs demandes", null=True, blank=True
    )
    personnes = models.PositiveSmallIntegerField(
        "personnes différentes pour qui une même connexion prend rendez-vous en une heure", null=True, blank=True
    )
    cessions = models.PositiveSmallIntegerField(
        "places rendues puis reprises par une autre personne, depuis une même connexion", null=True, blank=True
    )
    cession_minutes = models.PositiveSmallIntegerField("minutes, au plus, entre les deux gestes", null=True, blank=True)
    cedants = models.PositiveSmallIntegerField(
        "personnes différentes dont la place, rendue depuis une même connexion, est reprise ailleurs par d’autres",
        null=True,
        blank=True,
        help_text="Et seulement quand le hasard ne l’explique pas.",
    )
    rendues = models.PositiveSmallIntegerField(
        "places rendues par une même personne, puis reprises par d’autres",
        null=True,
        blank=True,
        help_text="Et seulement quand le hasard ne l’explique pas.",
    )
    cession_jours = models.PositiveSmallIntegerField(
        "nombre de jours où l’on regarde ces places rendues", null=True, blank=True
    )

    class Meta:
        verbose_name = "seuils des signalements"
        verbose_name_plural = "seuils des signalements"
        ordering = ["prefecture", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture"],
                nulls_distinct=False,
                name="regle_signalements_unique",
                violation_error_message="Cette préfecture, ou le pays, a déjà ses seuils.",
            ),
            *[
                models.CheckConstraint(
                    name=f"regle_signalements_{champ}",
                    condition=Q(**{f"{champ}__isnull": True})
                    | Q(**{f"{champ}__gte": least, f"{champ}__lte": greatest}),
                    violation_error_message=f"Une valeur de {least} à {greatest}.",
                    violation_error_code=champ,
                )
                for champ, (least, greatest) in BORNES.items()
            ],
        ]
        triggers = [declencheurs.modification_notee("reglesignalements")]

    def __str__(self) -> str:
        return f"Seuils {self.pk}"
