"""Many convoked at once, each in an act of its own, and the places that are asked for when there are too few."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from demandes.models import Agent, Convocation, Demande, Prefecture, Site
from planning.models.service import FileGuichet


class LotConvocations(models.Model):
    """What an agent says once for many persons: why they come, and where."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="lots_convocations")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="lots_convocations")
    motivation = models.TextField("pourquoi les personnes sont convoquées", max_length=1000)
    sites = models.ManyToManyField(Site, related_name="lots_convocations", verbose_name="sites possibles")
    cree_le = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "envoi de convocations"
        verbose_name_plural = "envois de convocations"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Envoi {self.pk}"


class LigneConvocation(models.Model):
    """A demande of such a lot. While it waits its place is promised, as that of a live convocation is."""

    class Etat(models.TextChoices):
        A_FAIRE = "a_faire", "À convoquer"
        CONVOQUEE = "convoquee", "Convoquée"
        REFUSEE = "refusee", "Non convoquée"
        SANS_PLACE = "sans_place", "Sans place"

    lot = models.ForeignKey(LotConvocations, on_delete=models.CASCADE, related_name="lignes", db_index=False)
    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="lignes_convocation")
    etat = models.CharField("état", max_length=10, choices=Etat)
    raison = models.CharField("pourquoi elle n’est pas convoquée", max_length=300, blank=True)
    convocation = models.OneToOneField(
        Convocation, on_delete=models.PROTECT, null=True, blank=True, related_name="ligne_convocation"
    )

    class Meta:
        verbose_name = "ligne d’un envoi de convocations"
        verbose_name_plural = "lignes d’envois de convocations"
        ordering = ["lot", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "demande"], name="ligne_convocation_unique"),
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(etat="a_faire"),
                name="ligne_convocation_a_faire_unique",
                violation_error_message="Cette demande est déjà dans un envoi en cours.",
                violation_error_code="envoi_en_cours",
            ),
            models.CheckConstraint(
                name="ligne_convocation_convoquee",
                condition=Q(etat="convoquee", convocation__isnull=False)
                | (~Q(etat="convoquee") & Q(convocation__isnull=True)),
            ),
            models.CheckConstraint(name="ligne_convocation_refus_dit", condition=~Q(etat="refusee") | ~Q(raison="")),
        ]

    def __str__(self) -> str:
        return f"Ligne {self.pk}"


class DemandeOuverture(models.Model):
    """Places that an agent asks the managers to open, because there are too few to convoke everybody."""

    class Etat(models.TextChoices):
        OUVERTE = "ouverte", "En attente"
        SATISFAITE = "satisfaite", "Places ouvertes"
        REFUSEE = "refusee", "Refusée"

    file = models.ForeignKey(
        FileGuichet, on_delete=models.CASCADE, related_name="demandes_ouverture", verbose_name="file d’attente"
    )
    places = models.PositiveSmallIntegerField("places demandées")
    avant = models.DateField("utiles jusqu’au")
    attente = models.PositiveSmallIntegerField("personnes sans place")
    # All the places of the queue until that day when they were asked for: what has been opened since is beyond them.
    places_alors = models.PositiveIntegerField("places offertes alors")
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.OUVERTE)
    demandee_par = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="demandes_ouverture")
    demandee_le = models.DateTimeField("demandée le")
    jointe_par = models.ManyToManyField(
        Agent, related_name="ouvertures_jointes", blank=True, verbose_name="demandée aussi par"
    )
    raison = models.CharField("réponse", max_length=300, blank=True)
    repondue_par = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    repondue_le = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’ouverture de places"
        verbose_name_plural = "demandes d’ouverture de places"
        ordering = ["-demandee_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["file"],
                condition=Q(etat="ouverte"),
                name="demande_ouverture_en_cours_unique",
                violation_error_message="Des places sont déjà demandées pour cette file.",
                violation_error_code="deja_demandee",
            ),
            models.CheckConstraint(
                name="demande_ouverture_places",
                condition=Q(places__gte=1) & Q(attente__gte=1),
                violation_error_message="On demande au moins une place, pour au moins une personne.",
                violation_error_code="places",
            ),
            models.CheckConstraint(
                name="demande_ouverture_repondue",
                condition=Q(etat="ouverte", repondue_par__isnull=True, repondue_le__isnull=True)
                | (~Q(etat="ouverte") & Q(repondue_par__isnull=False, repondue_le__isnull=False)),
            ),
            models.CheckConstraint(
                name="demande_ouverture_refus_dit",
                condition=~Q(etat="refusee") | ~Q(raison=""),
                violation_error_message="Dites pourquoi vous refusez.",
                violation_error_code="raison",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande d’ouverture {self.pk}"
