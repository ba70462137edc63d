"""Agréé doctors and their opinions on the fitness to drive: codes and dates only, no medical column exists.

Sources: code de la route R226-1 to R226-4; arrêté of 31 July 2012, amended on 3 March 2025.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThanOrEqual

from demandes.calculs.avis import (
    CATEGORIES,
    DUREE_MAX_MOIS,
    LIBELLES_SENS,
    REGLES,
    RESTRICTIONS,
    SIGNATURES,
    SIGNATURES_COMMISSION,
    Exigence,
    Sens,
    valable_jusqu_au,
)
from demandes.models import declencheurs_medical
from demandes.models.convocation import Convocation
from demandes.models.decision import Acte
from demandes.models.demande import Demande
from demandes.models.organisation import Agent, Prefecture
from demandes.querysets_medical import AgrementQuerySet, AvisMedicalQuerySet, MedecinQuerySet


class Medecin(models.Model):
    """A doctor of a préfecture's list, known by their RPPS; what they may do comes from their agréments.

    Agréé in two départements, they are on two lists: each préfecture answers for the address it writes to.
    """

    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="medecins", db_index=False)
    cle = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    empreinte = models.CharField(
        "empreinte du lien", max_length=64, blank=True, default="", db_default="", db_index=True, editable=False
    )
    prenom = models.CharField("prénom", max_length=80)
    nom = models.CharField(max_length=80)
    rpps = models.CharField("numéro RPPS", max_length=11)
    courriel = models.EmailField()
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    actif = models.BooleanField(default=True, db_default=True)

    objects = MedecinQuerySet.as_manager()

    class Meta:
        verbose_name = "médecin agréé"
        verbose_name_plural = "médecins agréés"
        ordering = ["nom", "prenom", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "rpps"], name="medecin_rpps_unique"),
            models.CheckConstraint(
                name="medecin_rpps",
                condition=Q(rpps__regex=r"^[0-9]{11}$"),
                violation_error_message="Le numéro RPPS compte 11 chiffres.",
                violation_error_code="rpps",
            ),
        ]

    def __str__(self) -> str:
        return f"Dr {self.prenom} {self.nom}"


class Agrement(models.Model):
    """The arrêté by which the prefect lets a doctor examine drivers, five years at most."""

    medecin = models.ForeignKey(Medecin, on_delete=models.PROTECT, related_name="agrements")
    reference = models.CharField("arrêté", max_length=80)
    pendant = DateRangeField("période")
    retire_le = models.DateField("retiré le", null=True, blank=True)

    objects = AgrementQuerySet.as_manager()

    class Meta:
        verbose_name = "agrément"
        ordering = ["medecin", "pk"]
        constraints = [
            ExclusionConstraint(
                name="agrement_sans_chevauchement",
                expressions=[
                    ("medecin", RangeOperators.EQUAL),
                    ("pendant", RangeOperators.OVERLAPS),
                ],
                violation_error_message="Ce médecin est déjà agréé à ces dates.",
                violation_error_code="chevauchement",
            ),
            models.CheckConstraint(
                name="agrement_cinq_ans_au_plus",
                condition=Q(pendant__lower_inf=False)
                & Q(pendant__upper_inf=False)
                & LessThanOrEqual(  # type: ignore[arg-type]
                    models.Func(F("pendant"), function="upper", output_field=models.DateField()),
                    models.Func(
                        F("pendant"),
                        template="((lower(%(expressions)s) + interval '5 years')::date)",
                        output_field=models.DateField(),
                    ),
                ),
                violation_error_message="Un agrément dure cinq ans au plus.",
                violation_error_code="cinq_ans",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def fin(self) -> date:
        """Last day."""
        fin: date = self.pendant.upper - timedelta(days=1)
        return fin


class CodeMedecin(models.Model):
    """A six-digit code mailed to a doctor who opens their page; only its hash is kept."""

    medecin = models.ForeignKey(Medecin, on_delete=models.CASCADE, related_name="codes")
    empreinte = models.CharField(max_length=64)
    expire_le = models.DateTimeField("expire le")
    utilise_le = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "code d’un médecin"
        verbose_name_plural = "codes des médecins"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Code {self.pk}"


def _coherence() -> Q:
    """Return the condition that ties what an opinion carries to its conclusion, from the table of `calculs.avis`."""
    condition = Q(pk__in=[])
    for sens, regle in REGLES.items():
        cas = Q(sens=str(sens))
        if regle.duree is not Exigence.PERMISE:
            cas &= Q(duree_mois__isnull=regle.duree is Exigence.INTERDITE)
        if regle.restrictions is Exigence.REQUISE:
            cas &= Q(restrictions__len__gt=0)
        elif regle.restrictions is Exigence.INTERDITE:
            cas &= Q(restrictions__len=0)
        condition |= cas
    return condition


class AvisMedical(models.Model):
    """What a doctor, or a commission of two, concludes after an examination; frozen once all have signed."""

    class Origine(models.TextChoices):
        PORTAIL = "portail", "Rendu en ligne"
        PAPIER = "papier", "Reçu sur papier"

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="avis")
    convocation = models.ForeignKey(Convocation, on_delete=models.PROTECT, null=True, blank=True, related_name="avis")
    origine = models.CharField(max_length=7, choices=Origine)
    sens = models.CharField("conclusion", max_length=20, choices=[(s.value, LIBELLES_SENS[s]) for s in Sens])
    categories = ArrayField(models.CharField(max_length=3), verbose_name="catégories de permis")
    restrictions = ArrayField(models.CharField(max_length=2), verbose_name="restrictions", default=list, blank=True)
    duree_mois = models.PositiveSmallIntegerField("durée en mois", null=True, blank=True)
    examine_le = models.DateField("examen le")
    signatures_voulues = models.PositiveSmallIntegerField(default=1)
    cree_le = models.DateTimeField("créé le")
    rendu_le = models.DateTimeField("rendu le", null=True, blank=True)
    saisi_par = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="avis_saisis", verbose_name="saisi par"
    )
    acte = models.OneToOneField(Acte, on_delete=models.PROTECT, null=True, blank=True, related_name="avis")

    objects = AvisMedicalQuerySet.as_manager()

    class Meta:
        verbose_name = "avis médical"
        verbose_name_plural = "avis médicaux"
        ordering = ["-examine_le", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(rendu_le__isnull=True),
                name="avis_en_attente_unique",
                violation_error_message="Un avis attend déjà une signature.",
                violation_error_code="avis_en_attente",
            ),
            models.CheckConstraint(
                name="avis_coherent",
                condition=_coherence(),
                violation_error_message="La durée et les restrictions dépendent de la conclusion.",
                violation_error_code="sens",
            ),
            models.CheckConstraint(
                name="avis_codes_connus",
                condition=Q(categories__len__gt=0, categories__contained_by=list(CATEGORIES))
                & Q(restrictions__contained_by=list(RESTRICTIONS)),
                violation_error_message="Catégories et restrictions se choisissent dans les listes.",
                violation_error_code="categories",
            ),
            models.CheckConstraint(
                name="avis_duree",
                condition=Q(duree_mois__isnull=True) | Q(duree_mois__gte=1, duree_mois__lte=DUREE_MAX_MOIS),
                violation_error_message=f"La durée va de 1 à {DUREE_MAX_MOIS} mois.",
                violation_error_code="duree_mois",
            ),
            models.CheckConstraint(
                name="avis_signatures_voulues",
                condition=Q(signatures_voulues__in=[SIGNATURES, SIGNATURES_COMMISSION]),
                violation_error_message="Un avis porte une signature, ou deux en commission.",
                violation_error_code="signatures_voulues",
            ),
            models.CheckConstraint(
                name="avis_origine",
                condition=Q(origine="papier", saisi_par__isnull=False) | Q(origine="portail", saisi_par__isnull=True),
                violation_error_message="Un avis reçu sur papier nomme l’agent qui l’a saisi.",
                violation_error_code="saisi_par",
            ),
        ]
        triggers = [declencheurs_medical.avis_fige(), declencheurs_medical.avis_attendu()]

    def __str__(self) -> str:
        return f"Avis {self.pk}"

    @property
    def favorable(self) -> bool:
        """Say whether the person may drive."""
        return REGLES[self.sens].favorable

    @property
    def jusqu_au(self) -> date | None:
        """Last day of what it says; None without limit."""
        return valable_jusqu_au(self.examine_le, self.duree_mois)

    @property
    def libelles_restrictions(self) -> list[str]:
        """Codes and words of the restrictions."""
        return [f"{code} : {RESTRICTIONS[code]}" for code in self.restrictions]


class SignatureAvis(models.Model):
    """A doctor's signature of an opinion, under the agrément that they held on the day of the examination."""

    avis = models.ForeignKey(AvisMedical, on_delete=models.CASCADE, related_name="signatures")
    medecin = models.ForeignKey(Medecin, on_delete=models.PROTECT, related_name="signatures")
    agrement = models.ForeignKey(Agrement, on_delete=models.PROTECT, related_name="signatures")
    signe_le = models.DateTimeField("signé le")

    class Meta:
        verbose_name = "signature d’un avis"
        verbose_name_plural = "signatures des avis"
        ordering = ["avis", "pk"]
        constraints = [models.UniqueConstraint(fields=["avis", "medecin"], name="signature_avis_unique")]
        triggers = [declencheurs_medical.signature_agreee(), declencheurs_medical.signature_donnee()]

    def __str__(self) -> str:
        return f"Signature {self.pk}"
