"""The journal: append-only, hash-chained per préfecture, without personal data; and the outbox."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from demandes.acteur import GenreActeur
from demandes.models import declencheurs, declencheurs_messages
from demandes.models.demande import Demande
from demandes.models.organisation import Prefecture
from demandes.querysets import CODES, EvenementQuerySet, NotificationQuerySet

# The server refused it, or it came back: `refusee_le` says when, `echec` when nothing left.
NON_REMISE = Q(etat="echec") | Q(refusee_le__isnull=False)
# A code has died before anybody acts, a draft is nobody's file yet, and a former address is expected to fail.
SANS_SUITE = ("code_acces", "brouillon", "adresse_changee")
# What a service still has to deal with: the index of the task list holds nothing else.
A_TRAITER = NON_REMISE & Q(traitee=False) & ~Q(modele__in=SANS_SUITE)
# Why nothing left: the person had no e-mail, no telephone for that step, no whole postal address.
SANS_ADRESSE = "SansAdresse"


class TransactionCourante(Func):
    """Identifier of the current transaction, which ties an event to the change it tells."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class Evenement(models.Model):
    """One line of the journal. Rank and hash are set by the database at commit, then nothing changes."""

    # `db_index=False`: an index of Meta starts with the same column.
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="evenements", db_index=False)
    demande = models.ForeignKey(
        Demande, on_delete=models.PROTECT, null=True, blank=True, related_name="evenements", db_index=False
    )
    nature = models.CharField(max_length=60)
    de = models.CharField(max_length=16, blank=True)
    vers = models.CharField(max_length=16, blank=True)
    acteur_genre = models.CharField(max_length=10, choices=[(g.value, g.name.lower()) for g in GenreActeur])
    acteur_id = models.BigIntegerField()
    le = models.DateTimeField()
    charge = models.JSONField(default=dict)
    transaction = models.BigIntegerField(db_default=TransactionCourante())
    rang = models.BigIntegerField(null=True)
    condensat = models.BinaryField(null=True, max_length=32)

    objects = EvenementQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        ordering = ["prefecture", "pk"]
        indexes = [
            models.Index(fields=["demande", "le"], name="evenement_demande"),
            # The statistics read the transitions of a préfecture, by nature and period, from the index alone.
            models.Index(
                fields=["prefecture", "nature", "le"],
                include=["demande"],
                condition=~Q(vers=""),
                name="evenement_transitions",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["prefecture", "rang"], name="evenement_rang_unique"),
        ]
        triggers = [
            declencheurs.evenement_vierge(),
            declencheurs.journal_scelle(),
            *declencheurs.journal_immuable(),
        ]

    def __str__(self) -> str:
        return f"{self.nature} {self.pk}"


class TeteJournal(models.Model):
    """Head of a préfecture's chain."""

    prefecture = models.OneToOneField(Prefecture, on_delete=models.PROTECT, primary_key=True, related_name="tete")
    rang = models.BigIntegerField(default=0)
    condensat = models.BinaryField(default=b"")

    class Meta:
        verbose_name = "tête de journal"
        verbose_name_plural = "têtes de journal"

    def __str__(self) -> str:
        return f"{self.prefecture_id} {self.rang}"


class Notification(models.Model):
    """Outbox: one row per message and channel, written in the transaction of the fact it tells."""

    class Canal(models.TextChoices):
        COURRIEL = "courriel", "Courriel"
        SMS = "sms", "SMS"
        COURRIER = "courrier", "Courrier postal"

    class Etat(models.TextChoices):
        A_ENVOYER = "a_envoyer", "À envoyer"
        EN_ENVOI = "en_envoi", "En cours d’envoi"
        ENVOYEE = "envoyee", "Envoyée"
        ECHEC = "echec", "Échec"
        ANNULEE = "annulee", "Annulée"

    demande = models.ForeignKey(
        Demande, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications", db_index=False
    )
    canal = models.CharField(max_length=10, choices=Canal, default=Canal.COURRIEL)
    modele = models.CharField("modèle", max_length=40)
    destinataire = models.CharField(max_length=254)
    contexte = models.JSONField(default=dict, help_text="Identifiants et valeurs figées ; jamais de jeton.")
    cle = models.CharField("clé d’idempotence", max_length=120, unique=True)
    etat = models.CharField("état", max_length=10, choices=Etat, default=Etat.A_ENVOYER, db_default="a_envoyer")
    essais = models.PositiveSmallIntegerField(default=0)
    prochain_essai_le = models.DateTimeField("prochain essai le")
    reservee_jusqu_a = models.DateTimeField("réservée jusqu’à", null=True, blank=True)
    envoyee_le = models.DateTimeField("envoyée le", null=True, blank=True)
    derniere_erreur = models.CharField("dernière erreur", max_length=200, blank=True)
    # What left, word for word, every secret link masked: see `planipref.commun.masque`. Of a letter, what is printed.
    objet = models.TextField(blank=True, default="", db_default="")
    texte = models.TextField(blank=True, default="", db_default="")
    # How the provider of the channel knows it, where it has its own name for it.
    reference = models.CharField("référence", max_length=40, blank=True, default="", db_default="")
    # What the provider said later, for the channels that say it.
    recue_le = models.DateTimeField("reçue le", null=True, blank=True)
    refusee_le = models.DateTimeField("non remise, le", null=True, blank=True)
    # Kept by a trigger of `SuiteNonRemise`, so that what was dealt with leaves the index of the task list.
    traitee = models.BooleanField("non remise, traitée", default=False, db_default=False, editable=False)
    # Letters only: the batch that one is printed in.
    lot = models.ForeignKey(
        "demandes.LotCourrier",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lettres",
        db_index=False,  # the partial index below holds the letters
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = "notification"
        ordering = ["pk"]
        indexes = [
            # What the worker sends: letters wait for an agent, sometimes for days, and are not in its way.
            models.Index(
                fields=["prochain_essai_le", "id"],
                condition=Q(etat__in=["a_envoyer", "en_envoi"], canal__in=["courriel", "sms"]),
                name="notification_a_partir",
            ),
            models.Index(
                fields=["prochain_essai_le", "id"],
                condition=Q(etat__in=["a_envoyer", "en_envoi"], modele__in=CODES),
                name="notification_code",
            ),
            models.Index(
                fields=["id"], condition=Q(canal="courrier", etat="a_envoyer"), name="notification_a_imprimer"
            ),
            models.Index(fields=["lot", "id"], condition=Q(lot__isnull=False), name="notification_lot"),
            models.Index(fields=["id"], condition=A_TRAITER, name="notification_a_traiter"),
            models.Index(fields=["demande", "id"], name="notification_demande"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="notification_reference"),
        ]
        constraints = [
            models.CheckConstraint(
                name="notification_envoyee_datee",
                condition=~Q(etat="envoyee") | Q(envoyee_le__isnull=False),
                violation_error_message="Une notification envoyée porte sa date d’envoi.",
                violation_error_code="envoyee_le",
            ),
            models.CheckConstraint(
                name="notification_lot_de_lettres",
                condition=Q(lot__isnull=True, canal__in=["courriel", "sms"])
                | Q(lot__isnull=True, canal="courrier", etat__in=["a_envoyer", "annulee", "echec"])
                | Q(lot__isnull=False, canal="courrier", etat__in=["en_envoi", "envoyee"]),
                violation_error_message="Une lettre imprimée ou postée est d’un lot, et rien d’autre ne l’est.",
                violation_error_code="lot",
            ),
        ]
        triggers = [
            declencheurs_messages.notification_partie(),
            declencheurs_messages.notification_gardee(),
            declencheurs_messages.notification_dite(),
        ]

    def __str__(self) -> str:
        return self.cle

    @property
    def sans_adresse(self) -> bool:
        """Say whether there was nowhere to send it when it was written."""
        return self.derniere_erreur == SANS_ADRESSE
