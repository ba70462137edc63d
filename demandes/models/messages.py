"""What a préfecture, or the country, decides of the messages that remind."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from demandes.calculs.rappels import JOURS_MAX
from demandes.models import declencheurs
from demandes.models.organisation import Prefecture

# Least and greatest of each number, or of each day of a list.
BORNES: dict[str, tuple[int, int]] = {
    "rappels": (1, 30),
    "rappels_sms": (1, 30),
    "relances": (1, 60),
    "alerte_jours": (0, 90),
    "pieces": (1, 30),
    "delais_jours": (0, 60),
    "reprises": (0, 9),
}
LISTES = ("rappels", "rappels_sms", "relances", "pieces")


def _jours(libelle: str, aide: str) -> Any:
    return ArrayField(models.PositiveSmallIntegerField(), verbose_name=libelle, null=True, blank=True, help_text=aide)


def _nombre(libelle: str, aide: str) -> Any:
    return models.PositiveSmallIntegerField(libelle, null=True, blank=True, help_text=aide)


def _borne(champ: str, least: int, greatest: int) -> models.CheckConstraint:
    vide = Q(**{f"{champ}__isnull": True})
    if champ in LISTES:
        permis = list(range(least, greatest + 1))
        dedans = Q(**{f"{champ}__contained_by": permis, f"{champ}__len__lte": JOURS_MAX})
        message = f"Au plus {JOURS_MAX} jours, de {least} à {greatest}."
    else:
        dedans = Q(**{f"{champ}__gte": least, f"{champ}__lte": greatest})
        message = f"Une valeur de {least} à {greatest}."
    return models.CheckConstraint(
        name=f"regles_messages_{champ}",
        condition=vide | dedans,
        violation_error_message=message,
        violation_error_code=champ,
    )


class RegleMessages(models.Model):
    """The rules of the messages of a préfecture, or those of the country; an empty field leaves the value above."""

    # No index of its own: `regles_messages_unique` is one.
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.CASCADE, null=True, blank=True, related_name="regles_messages", db_index=False
    )
    heure = models.TimeField(
        "heure d’envoi des rappels", null=True, blank=True, help_text="À l’heure de la préfecture."
    )
    rappels = _jours("rappels d’un rendez-vous, en jours avant", "Par exemple 7, 1. Écrivez 0 pour n’en envoyer aucun.")
    rappels_sms = _jours(
        "rappels d’un rendez-vous par SMS, en jours avant", "Aux personnes qui ont donné un téléphone. 0 : aucun."
    )
    sms_de = models.TimeField("premier SMS de la journée, au plus tôt", null=True, blank=True)
    sms_a = models.TimeField("dernier SMS de la journée, avant", null=True, blank=True)
    relances = _jours(
        "relances quand le lien n’a pas servi, en jours après la convocation", "Écrivez 0 pour n’en envoyer aucune."
    )
    alerte_jours = _nombre(
        "alerte de l’agent quand le lien n’a toujours pas servi, en jours après la convocation", "0 : jamais."
    )
    pieces = _jours(
        "rappels des pièces manquantes, en jours avant la date limite", "Écrivez 0 pour n’en envoyer aucun."
    )
    delais_jours = _nombre(
        "alerte du service avant la fin d’un délai légal, en jours", "Une seconde part la veille. 0 : jamais."
    )
    reprises = _nombre(
        "rendez-vous manqués après lesquels le même lien permet d’en reprendre un",
        "Ensuite, la personne écrit au service. 0 : jamais.",
    )

    class Meta:
        verbose_name = "règles des messages"
        verbose_name_plural = "règles des messages"
        ordering = ["prefecture", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["prefecture"],
                nulls_distinct=False,
                name="regles_messages_unique",
                violation_error_message="Cette préfecture, ou le pays, a déjà ses règles.",
            ),
            *[_borne(champ, *bornes) for champ, bornes in BORNES.items()],
            models.CheckConstraint(
                name="regles_messages_calme",
                condition=Q(sms_de__isnull=True) | Q(sms_a__isnull=True) | Q(sms_a__gt=F("sms_de")),
                violation_error_message="L’heure du dernier SMS vient après celle du premier.",
                violation_error_code="sms_a",
            ),
            models.CheckConstraint(
                name="regles_messages_heure",
                condition=Q(heure__isnull=True) | Q(heure__gte="08:00", heure__lte="19:00"),
                violation_error_message="Une heure de 08:00 à 19:00.",
                violation_error_code="heure",
            ),
        ]
        triggers = [declencheurs.modification_notee("reglemessages")]

    def __str__(self) -> str:
        return f"Règles {self.prefecture_id or 'nationales'}"
