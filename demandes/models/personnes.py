"""People: usagers. Those who help them are in `accompagnement`."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from demandes.calculs.adresse_postale import lignes_postales, manques_a_l_adresse
from demandes.models import declencheurs
from demandes.querysets import UsagerQuerySet
from planipref.commun.langues import NOMS

# What FranceConnect certifies: no form writes it any more.
CERTIFIES = ("nom", "prenoms", "date_naissance", "commune_naissance")
DATE_NAISSANCE = r"^(19|20)\d\d-(0\d|1[0-2])-([0-2]\d|3[01])$"


class Usager(models.Model):
    """A person who asks for something. The birth date is text: civil status may not know day or month."""

    class Langue(models.TextChoices):
        FRANCAIS = "fr", NOMS["fr"]
        ANGLAIS = "en", NOMS["en"]
        ARABE = "ar", NOMS["ar"]
        ESPAGNOL = "es", NOMS["es"]
        PORTUGAIS = "pt", NOMS["pt"]
        RUSSE = "ru", NOMS["ru"]
        TURC = "tr", NOMS["tr"]
        CHINOIS = "zh", NOMS["zh"]
        FALC = "falc", NOMS["falc"]

    nom = models.CharField("nom de famille", max_length=100)
    nom_usage = models.CharField("nom d’usage", max_length=100, blank=True)
    prenoms = models.CharField("prénoms", max_length=150)
    date_naissance = models.CharField("date de naissance", max_length=10)
    commune_naissance = models.CharField("lieu de naissance", max_length=120, blank=True)
    nationalite = models.CharField("nationalité", max_length=60, blank=True)
    numero_etranger = models.CharField("numéro étranger (AGDREF)", max_length=10, blank=True)
    courriel = models.EmailField("courriel", blank=True)
    telephone = models.CharField("téléphone", max_length=20, blank=True)
    adresse = models.CharField(max_length=250, blank=True)
    code_postal = models.CharField(max_length=5, blank=True)
    commune = models.CharField(max_length=80, blank=True)
    langue = models.CharField(max_length=5, choices=Langue, default=Langue.FRANCAIS)
    cree_le = models.DateTimeField("créé le")
    # Keyed hash of FranceConnect's `sub`, never the `sub`: it tells the same person, and opens nothing elsewhere.
    sub_franceconnect = models.CharField(
        "empreinte FranceConnect", max_length=64, blank=True, default="", db_default="", editable=False
    )
    identite_certifiee_le = models.DateTimeField("identité certifiée le", null=True, blank=True, editable=False)
    # A merged usager stays: the journal names it by its identifier, and the merge may be undone.
    fusionne_dans = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbes",
        db_index=False,  # the partial index below holds the few that are merged
        verbose_name="fusionné dans",
    )
    cle_identite = models.TextField("clé d’identité", default="", db_default="", editable=False)

    objects = UsagerQuerySet.as_manager()

    class Meta:
        verbose_name = "usager"
        ordering = ["nom", "prenoms", "pk"]
        indexes = [
            models.Index(fields=["nom", "date_naissance"], name="usager_identite"),
            # The search by the first letters of a name, whatever their case.
            models.Index(OpClass(Upper("nom"), name="text_pattern_ops"), name="usager_nom_debut"),
            models.Index(OpClass(Upper("nom_usage"), name="text_pattern_ops"), name="usager_nom_usage_debut"),
            models.Index(fields=["cle_identite"], name="usager_cle_debut", opclasses=["text_pattern_ops"]),
            models.Index(fields=["numero_etranger"], condition=~Q(numero_etranger=""), name="usager_etranger"),
            # The search of duplicates walks these two in order, and stops when its page is full.
            models.Index(
                fields=["cle_identite", "id"],
                condition=Q(fusionne_dans__isnull=True) & ~Q(cle_identite=""),
                name="usager_doublon_identite",
            ),
            models.Index(
                fields=["numero_etranger", "id"],
                condition=Q(fusionne_dans__isnull=True) & ~Q(numero_etranger=""),
                name="usager_doublon_numero",
            ),
            models.Index(fields=["fusionne_dans"], condition=Q(fusionne_dans__isnull=False), name="usager_absorbe"),
        ]
        constraints = [
            models.CheckConstraint(
                name="usager_date_naissance",
                condition=Q(date_naissance__regex=DATE_NAISSANCE) | Q(date_naissance=""),
                violation_error_message="La date de naissance s’écrit JJ/MM/AAAA.",
                violation_error_code="date_naissance",
            ),
            models.CheckConstraint(
                name="usager_numero_etranger",
                condition=Q(numero_etranger__regex=r"^\d{9,10}$") | Q(numero_etranger=""),
                violation_error_message="Le numéro étranger compte 10 chiffres (9 sur d’anciens titres).",
                violation_error_code="numero_etranger",
            ),
            models.UniqueConstraint(
                fields=["sub_franceconnect"],
                condition=~Q(sub_franceconnect=""),
                name="usager_franceconnect_unique",
                violation_error_message="Cette identité FranceConnect a déjà une fiche.",
                violation_error_code="franceconnect",
            ),
            models.CheckConstraint(
                name="usager_franceconnect_certifie",
                condition=Q(sub_franceconnect="") | Q(identite_certifiee_le__isnull=False),
                violation_error_message="Une identité FranceConnect porte la date de sa certification.",
                violation_error_code="identite_certifiee_le",
            ),
        ]
        triggers = [declencheurs.cle_identite()]

    def __str__(self) -> str:
        return f"Usager {self.pk}"

    @property
    def est_certifie(self) -> bool:
        """Say whether FranceConnect gave the identity: no form changes it any more."""
        return bool(self.sub_franceconnect)

    @property
    def adresse_postale(self) -> list[str]:
        """Lines of the postal address below the name; empty when a letter could not be delivered."""
        return lignes_postales(self.adresse, self.code_postal, self.commune) if self.nom else []

    @property
    def manques_pour_une_lettre(self) -> list[str]:
        """What their address lacks, when letters are what they would receive; empty for who has a mail."""
        return [] if self.courriel else manques_a_l_adresse(self.adresse, self.code_postal, self.commune)

    @property
    def nom_complet(self) -> str:
        """Nom de famille in capitals then given names, as letters write it (CRPA L111-3)."""
        return f"{self.nom.upper()} {self.prenoms}".strip()
