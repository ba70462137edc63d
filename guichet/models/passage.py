"""A visit: one usager, scheduled or not, from arrival to leaving."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from demandes.models import Agent, Demande, Motif, Site
from guichet.querysets import PassageQuerySet
from planning.models import FileGuichet, Guichet, RendezVous

NOTE_MAX = 300


class Passage(models.Model):
    """One visit. Tickets follow each other per site and day; the display calls the ticket, never the name."""

    class Etat(models.TextChoices):
        ARRIVE = "arrive", "Arrivé"
        APPELE = "appele", "Appelé"
        RECU = "recu", "Reçu"
        SUSPENDU = "suspendu", "Mis de côté"
        TERMINE = "termine", "Terminé"
        ABSENT = "absent", "Absent à l’appel"
        PARTI = "parti", "Parti sans être reçu"
        ANNULE = "annule", "Arrivée annulée"

    # States of somebody who is here; the others end the visit.
    SUR_PLACE = (Etat.ARRIVE, Etat.APPELE, Etat.RECU, Etat.SUSPENDU)

    class Priorite(models.IntegerChoices):
        NORMALE = 0, "Normale"
        PRIORITAIRE = 1, "Prioritaire (handicap, grossesse, âge)"

    # `db_index=False`: an index of Meta starts with the same column.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="passages", db_index=False)
    file = models.ForeignKey(FileGuichet, on_delete=models.PROTECT, related_name="passages")
    demande = models.ForeignKey(
        Demande, on_delete=models.PROTECT, null=True, blank=True, related_name="passages", db_index=False
    )
    rendez_vous = models.OneToOneField(
        RendezVous, on_delete=models.PROTECT, null=True, blank=True, related_name="passage"
    )
    # What the person said they come for, at the kiosk or at the desk; PROTECT: it counts in the figures.
    motif = models.ForeignKey(Motif, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    jour = models.DateField()
    ticket = models.PositiveIntegerField()
    # Letter of the queue at the arrival: somebody sent on keeps the ticket in their hand. Empty before it was kept.
    lettre = models.CharField(max_length=1, blank=True, db_default="")
    personnes = models.PositiveSmallIntegerField(default=1)
    # Key of the desk's form: sent twice, it gives one ticket.
    saisie = models.UUIDField(null=True, blank=True, editable=False)
    priorite = models.PositiveSmallIntegerField("priorité", choices=Priorite, default=Priorite.NORMALE)
    # Asked for at the kiosk, where nobody saw the person: agents read it as such, the desk may withdraw it.
    priorite_declaree = models.BooleanField("priorité déclarée à la borne", default=False, db_default=False)
    etat = models.CharField("état", max_length=8, choices=Etat, default=Etat.ARRIVE)
    guichet = models.ForeignKey(Guichet, on_delete=models.PROTECT, null=True, blank=True, related_name="passages")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="passages")
    # After a transfer: what the next agent should know, and the counter meant, which keeps this person for a while.
    note = models.CharField(max_length=NOTE_MAX, blank=True, db_default="")
    guichet_voulu = models.ForeignKey(
        Guichet, on_delete=models.PROTECT, null=True, blank=True, related_name="attendus", db_index=False
    )
    transfere_le = models.DateTimeField("transféré le", null=True, blank=True)
    nb_appels = models.PositiveSmallIntegerField("nombre d’appels", default=0)
    arrive_le = models.DateTimeField("arrivé le")
    # Fixed at the arrival by `guichet.calculs.ordre`; it means nothing for those who had left before it existed.
    rang = models.DateTimeField("rang d’appel", db_default=Now())
    appele_le = models.DateTimeField("appelé le", null=True, blank=True)
    # Last time the person was called once more; the display shows the newest call first.
    rappele_le = models.DateTimeField("rappelé le", null=True, blank=True)
    recu_le = models.DateTimeField("reçu le", null=True, blank=True)
    termine_le = models.DateTimeField("terminé le", null=True, blank=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = "passage"
        ordering = ["site", "-jour", "ticket"]
        indexes = [
            models.Index(fields=["file", "rang"], condition=Q(etat="arrive"), name="passage_a_appeler"),
            models.Index(fields=["demande"], name="passage_demande"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "jour", "ticket"], name="passage_ticket_unique"),
            models.UniqueConstraint(
                fields=["saisie"],
                condition=Q(saisie__isnull=False),
                name="passage_saisie_unique",
                violation_error_message="Ce formulaire a déjà donné un ticket.",
                violation_error_code="saisie",
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(etat__in=["appele", "recu"]),
                name="passage_un_par_agent",
                violation_error_message="Terminez d’abord le passage en cours.",
                violation_error_code="passage_en_cours",
            ),
            # By day: a visit forgotten yesterday by a colleague does not close the counter.
            models.UniqueConstraint(
                fields=["guichet", "jour"],
                condition=Q(etat__in=["appele", "recu"]),
                name="passage_un_par_guichet",
                violation_error_message="Ce guichet est tenu par une autre personne.",
                violation_error_code="guichet_tenu",
            ),
            models.UniqueConstraint(
                fields=["demande"],
                condition=Q(etat__in=["arrive", "appele", "recu", "suspendu"]) & Q(demande__isnull=False),
                name="passage_un_par_demande",
                violation_error_message="Cette personne est déjà enregistrée.",
                violation_error_code="deja_arrive",
            ),
            models.CheckConstraint(
                name="passage_appele_par",
                condition=Q(etat__in=["arrive", "parti", "absent", "annule"])
                | (Q(agent__isnull=False) & Q(guichet__isnull=False) & Q(appele_le__isnull=False)),
                violation_error_message="Un passage appelé a son agent et son guichet.",
                violation_error_code="agent",
            ),
            models.CheckConstraint(
                name="passage_heures",
                condition=(~Q(etat__in=["recu", "suspendu", "termine"]) | Q(recu_le__isnull=False))
                & (~Q(etat="termine") | Q(termine_le__isnull=False)),
                violation_error_message="Un passage reçu ou terminé porte ses heures.",
                violation_error_code="heures",
            ),
            models.CheckConstraint(
                name="passage_transfere",
                condition=Q(guichet_voulu__isnull=True) | Q(transfere_le__isnull=False),
                violation_error_message="Un guichet voulu a l’heure de son choix.",
                violation_error_code="transfere_le",
            ),
        ]

    def __str__(self) -> str:
        return f"Passage {self.pk}"

    @property
    def motif_connu(self) -> Motif | None:
        """What they come for: the motif of their demande, else the one said on arrival."""
        return self.demande.motif if self.demande is not None else self.motif

    @property
    def numero_ticket(self) -> str:
        """Ticket as shown: the letter of the queue first joined, and the number."""
        return f"{self.lettre or self.file.lettre}{self.ticket:03d}"


class Phase(models.Model):
    """One stretch of a visit in one state: written with each change, it measures every wait and every service."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="phases", db_index=False)
    etat = models.CharField("état", max_length=8, choices=Passage.Etat)
    file = models.ForeignKey(FileGuichet, on_delete=models.PROTECT, related_name="+", db_index=False)
    guichet = models.ForeignKey(Guichet, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    debut = models.DateTimeField("début")
    fin = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "phase d’un passage"
        verbose_name_plural = "phases des passages"
        ordering = ["passage", "pk"]
        indexes = [models.Index(fields=["passage", "debut"], name="phase_passage")]
        constraints = [
            models.UniqueConstraint(fields=["passage"], condition=Q(fin__isnull=True), name="phase_ouverte_unique"),
            models.CheckConstraint(
                name="phase_fin_apres_debut",
                condition=Q(fin__isnull=True) | Q(fin__gte=models.F("debut")),
                violation_error_message="Une phase finit après son début.",
                violation_error_code="fin",
            ),
        ]

    def __str__(self) -> str:
        return f"Phase {self.pk}"


class CompteurTicket(models.Model):
    """Last ticket given at a site on a day."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="compteurs_tickets")
    jour = models.DateField()
    dernier = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "compteur de tickets"
        verbose_name_plural = "compteurs de tickets"
        ordering = ["site", "jour"]
        constraints = [models.UniqueConstraint(fields=["site", "jour"], name="compteur_ticket_unique")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.jour}"
