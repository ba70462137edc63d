"""The demande, its requests for missing pieces, and the counter that numbers it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from demandes.cycle import ETAPE_DE, LIBELLES, REPONDUS, Etat
from demandes.models import declencheurs
from demandes.models.catalogue import Motif
from demandes.models.organisation import Agent, Prefecture, Service, Site
from demandes.models.personnes import Usager
from demandes.querysets import OUVERTS, DemandeQuerySet, delai, urgence
from planipref.commun.textes import gettext_noop

CHOIX_ETATS = [(e.value, LIBELLES[e]) for e in Etat]


class Demande(models.Model):
    """One file from the sofa to the signed act. Its state changes only through `services.transitions`."""

    class Canal(models.TextChoices):
        EN_LIGNE = "en_ligne", "En ligne"
        GUICHET = "guichet", "Au guichet"
        COURRIER = "courrier", "Par courrier"
        TELEPHONE = "telephone", "Par téléphone"
        ACCOMPAGNEMENT = "accompagnement", "Avec un organisme"

    class LienFamilial(models.TextChoices):
        CONJOINT = "conjoint", gettext_noop("Époux, épouse ou partenaire")
        ENFANT = "enfant", gettext_noop("Enfant")
        PARENT = "parent", gettext_noop("Père ou mère")
        AUTRE = "autre", gettext_noop("Autre personne de la famille")

    FAMILLE_MAX = 10  # demandes of one family, the principal one with them

    cle = models.UUIDField("clé publique", default=uuid.uuid4, unique=True, editable=False)
    numero = models.CharField("numéro", max_length=16, unique=True, null=True, blank=True)
    usager = models.ForeignKey(Usager, on_delete=models.PROTECT, related_name="demandes")
    motif = models.ForeignKey(Motif, on_delete=models.PROTECT, related_name="demandes")
    # `db_index=False` here and below: an index of Meta starts with the same column.
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="demandes", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="demandes")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="demandes")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="demandes", db_index=False
    )
    etat = models.CharField("état", max_length=16, choices=CHOIX_ETATS, default=Etat.BROUILLON, db_default="brouillon")
    canal = models.CharField(max_length=16, choices=Canal, default=Canal.EN_LIGNE)
    reponses = models.JSONField("réponses", default=dict, blank=True)
    # What the usager's record said that day: another demande, a merge or a change of language may change it since.
    personne_au_depot = models.JSONField("faits de la personne au dépôt", null=True, blank=True, editable=False)
    aiguillage = models.JSONField(
        null=True,
        blank=True,
        help_text="Règle appliquée au dépôt : regle_id, libelle, raison, sites_ids.",
    )
    creee_le = models.DateTimeField("créée le")
    deposee_le = models.DateTimeField("déposée le", null=True, blank=True)
    echeance = models.DateField("échéance légale", null=True, blank=True)
    completude_par = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="completudes"
    )
    complete_le = models.DateTimeField("complète le", null=True, blank=True)
    modifiee_le = models.DateTimeField("modifiée le")
    purgee_le = models.DateTimeField("purgée le", null=True, blank=True)
    # The demande from which a person of the family began this one; whoever opens that one opens this one. One level.
    principale = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rattachees",
        db_index=False,  # the partial index below holds the few that are in a family
        verbose_name="demande principale de la famille",
    )
    lien_familial = models.CharField(
        "lien de famille", max_length=8, choices=LienFamilial, blank=True, default="", db_default=""
    )
    representant = models.CharField("représentant légal", max_length=200, blank=True, default="", db_default="")
    # Who typed an address has not proved that it is theirs: what they opened is shut once its holder comes by it.
    adresse_prouvee = models.BooleanField(
        "adresse de courriel prouvée", default=False, db_default=False, editable=False
    )
    rang_acces = models.IntegerField("rang de l’accès", default=0, db_default=0, editable=False)

    objects = DemandeQuerySet.as_manager()

    class Meta:
        verbose_name = "demande"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["prefecture", "etat", "echeance"], name="demande_a_traiter"),
            models.Index(fields=["prefecture", "deposee_le"], name="demande_deposees"),
            models.Index(fields=["agent", "etat"], name="demande_agent"),
            models.Index(
                fields=["modifiee_le"], condition=Q(etat="brouillon", purgee_le__isnull=True), name="demande_a_purger"
            ),
            # The worklist's first page: read in order, nothing sorted. Answered demandes are not in it.
            models.Index(
                "prefecture",
                delai(),
                urgence(),
                "id",
                condition=Q(etat__in=[e.value for e in OUVERTS]),
                name="demande_ordre",
            ),
            models.Index(fields=["principale"], condition=Q(principale__isnull=False), name="demande_famille"),
        ]
        constraints = [
            models.CheckConstraint(
                name="demande_etat_connu",
                condition=Q(etat__in=[e.value for e in Etat]),
                violation_error_message="Cet état n’existe pas.",
                violation_error_code="etat",
            ),
            models.CheckConstraint(
                name="demande_deposee_numerotee",
                condition=Q(etat=Etat.BROUILLON) | (Q(numero__isnull=False) & Q(deposee_le__isnull=False)),
                violation_error_message="Une demande déposée a un numéro et une date de dépôt.",
                violation_error_code="numero",
            ),
            models.CheckConstraint(
                name="demande_lien_familial",
                condition=Q(principale__isnull=True) | ~Q(lien_familial=""),
                violation_error_message="Une demande rattachée dit le lien de famille.",
                violation_error_code="lien_familial",
            ),
        ]
        triggers = [
            declencheurs.etat_permis(),
            declencheurs.naissance_en_brouillon(),
            declencheurs.etat_journalise(),
            declencheurs.completude_figee(),
            declencheurs.decision_presente(),
            declencheurs.titulaire_fige(),
            declencheurs.famille_permise(),
            declencheurs.famille_fixe(),
        ]

    def __str__(self) -> str:
        return self.numero or f"Brouillon {self.pk}"

    @property
    def etape(self) -> int:
        """Step of the journey the demande is at, 1 to 4; 0 outside the journey."""
        return ETAPE_DE[self.etat]

    @property
    def famille_id(self) -> int:
        """Identifier of the principal demande of its family: its own when it is alone or principal."""
        return self.principale_id or self.pk

    @property
    def cle_session(self) -> str:
        """What a session holds to open it; another one once `rang_acces` has grown."""
        return f"{self.cle}.{self.rang_acces}"

    @property
    def est_repondue(self) -> bool:
        """Say whether the legal clock has ended."""
        return self.etat in REPONDUS


class CompteurNumero(models.Model):
    """Last number given in a préfecture and a year: numbers follow each other without a gap."""

    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="compteurs")
    annee = models.PositiveSmallIntegerField("année")
    dernier = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "compteur de numéros"
        verbose_name_plural = "compteurs de numéros"
        ordering = ["prefecture", "annee"]
        constraints = [models.UniqueConstraint(fields=["prefecture", "annee"], name="compteur_unique")]

    def __str__(self) -> str:
        return f"{self.prefecture_id}-{self.annee}"


class DemandeComplement(models.Model):
    """A request for missing pieces with its deadline; it suspends the clock (CRPA L114-5)."""

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="complements")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="complements_demandes")
    message = models.TextField(blank=True)
    manquants = models.JSONField(default=list, help_text="[{code, libelle, raison}] tels que notifiés.")
    suspensif = models.BooleanField(default=True)
    notifie_le = models.DateTimeField("notifié le")
    limite = models.DateField("date limite")
    produit_le = models.DateTimeField("produit le", null=True, blank=True)
    clos_le = models.DateTimeField("clos le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de complément"
        verbose_name_plural = "demandes de complément"
        ordering = ["demande", "notifie_le", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["demande"], condition=Q(clos_le__isnull=True), name="complement_ouvert_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"Complément {self.pk}"


class Message(models.Model):
    """A message between the usager and the service, kept in the file."""

    demande = models.ForeignKey(Demande, on_delete=models.PROTECT, related_name="messages")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    # Who wrote in the usager's name, under a mandate. No index: nobody looks messages up by it.
    organisme = models.ForeignKey(
        "demandes.Organisme", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    corps = models.TextField(max_length=5000)
    envoye_le = models.DateTimeField("envoyé le")
    lu_le = models.DateTimeField("lu le", null=True, blank=True)

    class Meta:
        verbose_name = "message"
        ordering = ["demande", "envoye_le", "pk"]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    @property
    def est_de_l_usager(self) -> bool:
        """Say whether the usager wrote it, or an organisation in their name."""
        return self.agent_id is None


class CodeAcces(models.Model):
    """A six-digit code mailed to open the follow-up page; only its hash is kept."""

    demande = models.ForeignKey(Demande, on_delete=models.CASCADE, related_name="codes_acces")
    empreinte = models.CharField(max_length=64)
    expire_le = models.DateTimeField("expire le")
    utilise_le = models.DateTimeField("utilisé le", null=True, blank=True)

    class Meta:
        verbose_name = "code d’accès"
        verbose_name_plural = "codes d’accès"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Code {self.pk}"
