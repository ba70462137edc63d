"""Slots and appointments. A place is taken by one conditional UPDATE; the constraints stand behind it."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, When

from demandes.models import Convocation, Organisme
from planning.calculs.regles import Quota
from planning.models import declencheurs, declencheurs_medical
from planning.models.service import FileGuichet
from planning.querysets import (
    CreneauQuerySet,
    InscriptionAttenteQuerySet,
    OffreAttenteQuerySet,
    RendezVousQuerySet,
    RetenuePlaceQuerySet,
)


def _quota() -> models.CharField[str, str]:
    """Return the field of the quota whose kept places a slot taken counts in; empty for those kept for nobody."""
    choix = [(q.value, q.value) for q in Quota]
    return models.CharField(
        "compte dans les places gardées", max_length=10, choices=choix, blank=True, default="", db_default=""
    )


class Creneau(models.Model):
    """A start time at a queue with its places. Triggers of the appointments count those taken.

    No index holds the counter, so that bookings stay HOT updates.
    """

    class Etat(models.TextChoices):
        OUVERT = "ouvert", "Ouvert"
        FERME = "ferme", "Fermé"
        RETIRE = "retire", "Retiré"

    # No index of its own: `creneau_unique` starts with the queue.
    file = models.ForeignKey(FileGuichet, on_delete=models.PROTECT, related_name="creneaux", db_index=False)
    debut = models.DateTimeField("début")
    # Plain integers: the CHECK of each positive one would be paid at every booking; those below say it all.
    minutes = models.SmallIntegerField("durée en minutes")
    # Those that the places come from; a slow or a quick pace makes others of them. Empty: not published since.
    guichets = models.SmallIntegerField("guichets tenus", null=True, blank=True)
    places = models.SmallIntegerField()
    prises = models.SmallIntegerField(default=0, db_default=0)
    reserve = models.SmallIntegerField("réserve sans rendez-vous", default=0, db_default=0)
    ecart = models.SmallIntegerField("sur- ou sous-réservation", default=0, db_default=0)
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.OUVERT, db_default="ouvert")
    # What the plan or the openings give, `ecart` counted: below zero where fewer counters are held than under-booking
    # takes away. More may be taken. Empty: no publication made the slot.
    prevues = models.SmallIntegerField("places prévues", null=True, blank=True)
    surplus = models.SmallIntegerField("places gardées en surplus", default=0, db_default=0)
    ouvre_le = models.DateTimeField("réservable à partir du", null=True, blank=True)
    # Places that some alone may take until an instant, by `Quota`, and how many of them have.
    gardees_titre = models.SmallIntegerField("gardées, titre bientôt expiré", default=0, db_default=0)
    gardees_titre_prises = models.SmallIntegerField("dont prises", default=0, db_default=0)
    gardees_vulnerable = models.SmallIntegerField("gardées, personnes vulnérables", default=0, db_default=0)
    gardees_vulnerable_prises = models.SmallIntegerField("dont prises", default=0, db_default=0)
    gardees_accompagne = models.SmallIntegerField("gardées, personnes accompagnées", default=0, db_default=0)
    gardees_accompagne_prises = models.SmallIntegerField("dont prises", default=0, db_default=0)
    gardees_jusqu_a = models.DateTimeField("places gardées jusqu’à", null=True, blank=True)
    # Places held for a while, by `RetenuePlace`, counted here so that one row says what is free.
    retenues = models.SmallIntegerField("places retenues", default=0, db_default=0)
    retenues_jusqu_a = models.DateTimeField("places retenues jusqu’à", null=True, blank=True)

    objects = CreneauQuerySet.as_manager()

    class Meta:
        verbose_name = "créneau"
        verbose_name_plural = "créneaux"
        ordering = ["debut", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["file", "debut"], name="creneau_unique"),
            models.CheckConstraint(
                name="creneau_non_surreserve",
                condition=Q(prises__gte=0) & Q(prises__lte=F("places")),
                violation_error_message="Ce créneau est complet.",
                violation_error_code="creneau_complet",
            ),
            models.CheckConstraint(
                name="creneau_minutes",
                condition=Q(minutes__gte=5) & Q(minutes__lte=120) & Q(reserve__gte=0),
                violation_error_message="Un créneau dure de 5 à 120 minutes ; sa réserve n’est pas négative.",
                violation_error_code="minutes",
            ),
            models.CheckConstraint(
                name="creneau_gardees_prises",
                condition=Q(gardees_titre_prises__gte=0)
                & Q(gardees_vulnerable_prises__gte=0)
                & Q(gardees_accompagne_prises__gte=0),
                violation_error_message="Les places gardées qui sont prises se comptent sur les rendez-vous.",
                violation_error_code="gardees_prises",
            ),
        ]
        triggers = [
            declencheurs.creneau_pose(),
            declencheurs.creneau_compte(),
            declencheurs.creneau_neuf(),
            declencheurs_medical.creneau_agree(),
        ]

    def __str__(self) -> str:
        return f"Créneau {self.pk}"

    @property
    def gardees(self) -> int:
        """Places kept, for all the quotas."""
        return self.gardees_titre + self.gardees_vulnerable + self.gardees_accompagne

    @property
    def base(self) -> int:
        """Places that the plan or the openings give, neither over- nor under-booked."""
        return max(0, (self.places if self.prevues is None else self.prevues) - self.ecart)

    @property
    def tenues(self) -> int:
        """Places that may be taken without a conflict: see `planning.querysets.TENUES`."""
        return self.places if self.prevues is None else self.prevues - min(self.ecart, 0)

    @property
    def en_trop(self) -> int:
        """How many are taken beyond what is given, and nobody agreed to."""
        return max(0, self.prises - self.tenues - self.surplus)


class RendezVous(models.Model):
    """A convocation's appointment, on one slot or several that follow each other."""

    class Etat(models.TextChoices):
        PRIS = "pris", "Pris"
        HONORE = "honore", "Honoré"
        ABSENT = "absent", "Absent"
        ANNULE = "annule", "Annulé"
        DEPLACE = "deplace", "Déplacé"

    # No index of its own: `rendez_vous_actif_unique` starts with the convocation, and each index is paid at midnight.
    convocation = models.ForeignKey(Convocation, on_delete=models.PROTECT, related_name="rendez_vous", db_index=False)
    creneau = models.ForeignKey(Creneau, on_delete=models.PROTECT, related_name="rendez_vous")
    places = models.SmallIntegerField(default=1, db_default=1)
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.PRIS, db_default="pris")
    pris_le = models.DateTimeField("pris le")
    termine_le = models.DateTimeField("terminé le", null=True, blank=True)
    quota = _quota()
    sequence = models.SmallIntegerField("version de l’invitation (ICS)", default=0, db_default=0)
    # False when an agent gave the slot: those who choose come more often (`planning.calculs.presence`).
    choisi = models.BooleanField("créneau choisi par la personne", default=True, db_default=True)
    # Given up and taken back within minutes: that is once for a link, or places could be held in a loop.
    repris = models.BooleanField("repris après avoir été rendu", default=False, db_default=False)
    # Who took it under a mandate; the partial index of Meta holds these rows only.
    organisme = models.ForeignKey(
        Organisme, on_delete=models.PROTECT, null=True, blank=True, related_name="rendez_vous", db_index=False
    )
    # Taken over from the former booking module: its person is asked whether they will come; nothing is freed by itself.
    a_confirmer = models.BooleanField("venue à confirmer", default=False, db_default=False)
    confirme_le = models.DateTimeField("venue confirmée le", null=True, blank=True)

    objects = RendezVousQuerySet.as_manager()

    class Meta:
        verbose_name = "rendez-vous"
        verbose_name_plural = "rendez-vous"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["organisme", "etat"], condition=Q(organisme__isnull=False), name="rendez_vous_organisme"
            ),
            models.Index(
                fields=["creneau"],
                condition=Q(a_confirmer=True, confirme_le__isnull=True, etat="pris"),
                name="rendez_vous_a_confirmer",
            ),
        ]
        constraints = [
            models.UniqueConstraint(  # live ones share the value 0, ended ones have each their own
                F("convocation"),
                Case(When(etat="pris", then=0), default=F("id"), output_field=models.BigIntegerField()),
                name="rendez_vous_actif_unique",
                violation_error_message="Un rendez-vous est déjà pris avec cette convocation.",
                violation_error_code="deja_pris",
            ),
            models.CheckConstraint(
                name="rendez_vous_termine_date",
                condition=Q(etat="pris", termine_le__isnull=True) | (~Q(etat="pris") & Q(termine_le__isnull=False)),
                violation_error_message="Un rendez-vous terminé porte sa date de fin.",
                violation_error_code="termine_le",
            ),
            models.CheckConstraint(
                name="rendez_vous_places",
                condition=Q(places=1) & Q(sequence__gte=0),
                violation_error_message="Un rendez-vous prend une place ; ses prolongements prennent les suivantes.",
                violation_error_code="places",
            ),
            models.CheckConstraint(
                name="rendez_vous_confirme",
                condition=Q(a_confirmer=True) | Q(confirme_le__isnull=True),
                violation_error_message="Seul un rendez-vous à confirmer se confirme.",
                violation_error_code="confirme_le",
            ),
        ]
        triggers = [
            declencheurs.rendez_vous_occupe(),
            declencheurs.rendez_vous_libere(),
            declencheurs.rendez_vous_efface(),
        ]

    def __str__(self) -> str:
        return f"Rendez-vous {self.pk}"

    @property
    def attend_confirmation(self) -> bool:
        """Whether its person has still to say that they will come."""
        return self.etat == self.Etat.PRIS and self.a_confirmer and self.confirme_le is None


class Prolongement(models.Model):
    """A further slot of an appointment longer than one slot; removed when it is cancelled or moved."""

    rendez_vous = models.ForeignKey(RendezVous, on_delete=models.CASCADE, related_name="prolongements")
    creneau = models.ForeignKey(Creneau, on_delete=models.PROTECT, related_name="prolongements")
    quota = _quota()  # its own: a visit may take a kept place at one slot and another at the next

    class Meta:
        verbose_name = "prolongement d’un rendez-vous"
        verbose_name_plural = "prolongements de rendez-vous"
        ordering = ["rendez_vous", "creneau"]
        constraints = [
            models.UniqueConstraint(fields=["rendez_vous", "creneau"], name="prolongement_unique"),
        ]
        triggers = [
            declencheurs.prolongement_occupe(),
            declencheurs.prolongement_fixe(),
            declencheurs.prolongement_efface(),
        ]

    def __str__(self) -> str:
        return f"Prolongement {self.pk}"


class InscriptionAttente(models.Model):
    """An usager who wants an earlier slot than the one taken."""

    convocation = models.ForeignKey(Convocation, on_delete=models.CASCADE, related_name="inscriptions")
    inscrite_le = models.DateTimeField("inscrite le")
    close_le = models.DateTimeField("close le", null=True, blank=True)

    objects = InscriptionAttenteQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription en liste d’attente"
        verbose_name_plural = "inscriptions en liste d’attente"
        ordering = ["inscrite_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["convocation"], condition=Q(close_le__isnull=True), name="inscription_ouverte_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"Inscription {self.pk}"


class OffreAttente(models.Model):
    """A freed place offered to one person of the waiting list, theirs alone until an instant."""

    class Etat(models.TextChoices):
        PROPOSEE = "proposee", "Proposée"
        ACCEPTEE = "acceptee", "Acceptée"
        REFUSEE = "refusee", "Refusée"
        ECHUE = "echue", "Échue"

    inscription = models.ForeignKey(InscriptionAttente, on_delete=models.CASCADE, related_name="offres")
    creneau = models.ForeignKey(Creneau, on_delete=models.CASCADE, related_name="offres")
    proposee_le = models.DateTimeField("proposée le")
    jusqu_a = models.DateTimeField("jusqu’à")
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.PROPOSEE)
    close_le = models.DateTimeField("close le", null=True, blank=True)

    objects = OffreAttenteQuerySet.as_manager()

    class Meta:
        verbose_name = "offre d’une place"
        verbose_name_plural = "offres de places"
        ordering = ["proposee_le", "pk"]
        indexes = [
            models.Index(fields=["jusqu_a"], condition=Q(etat="proposee"), name="offre_a_clore"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["inscription"], condition=Q(etat="proposee"), name="offre_en_cours_unique"),
            models.UniqueConstraint(fields=["inscription", "creneau"], name="offre_une_fois"),
            models.CheckConstraint(
                name="offre_close_date",
                condition=Q(etat="proposee", close_le__isnull=True) | (~Q(etat="proposee") & Q(close_le__isnull=False)),
            ),
            models.CheckConstraint(name="offre_duree", condition=Q(jusqu_a__gt=F("proposee_le"))),
        ]

    def __str__(self) -> str:
        return f"Offre {self.pk}"


class RetenuePlace(models.Model):
    """A place of a slot that is free for nobody, or for one person, until an instant.

    For who it is offered to; or, until `reprise_jusqu_a`, for who has just given it up and may take it back.
    """

    creneau = models.ForeignKey(Creneau, on_delete=models.CASCADE, related_name="lignes_retenues")
    offre = models.ForeignKey(OffreAttente, on_delete=models.CASCADE, null=True, blank=True, related_name="retenues")
    jusqu_a = models.DateTimeField("jusqu’à", db_index=True)
    # No index of its own: `reprise_unique` starts with it.
    rendu = models.ForeignKey(
        RendezVous, on_delete=models.CASCADE, null=True, blank=True, related_name="retenues", db_index=False
    )
    reprise_jusqu_a = models.DateTimeField("reprise possible jusqu’à", null=True, blank=True)

    objects = RetenuePlaceQuerySet.as_manager()

    class Meta:
        verbose_name = "place retenue"
        verbose_name_plural = "places retenues"
        ordering = ["creneau", "jusqu_a", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["offre", "creneau"], name="retenue_unique"),
            models.UniqueConstraint(
                fields=["rendu", "creneau"], condition=Q(rendu__isnull=False), name="reprise_unique"
            ),
            # Held a little longer than it may be taken back: nobody else books it meanwhile.
            models.CheckConstraint(
                name="retenue_reprise",
                condition=Q(rendu__isnull=True, reprise_jusqu_a__isnull=True)
                | Q(rendu__isnull=False, offre__isnull=True, reprise_jusqu_a__lt=F("jusqu_a")),
                violation_error_message="Une place rendue est tenue pour une seule personne, jusqu’à un instant.",
                violation_error_code="reprise",
            ),
        ]

    def __str__(self) -> str:
        return f"Retenue {self.pk}"
