"""What a site, or the whole country, decides of the slots: waves, shares, the waiting list."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from demandes.models import Site

# Least and greatest value of each number.
BORNES: dict[str, tuple[int, int]] = {
    "horizon_jours": (7, 180),
    "reserve_pourcent": (0, 80),
    "titre_pourcent": (0, 80),
    "vulnerable_pourcent": (0, 80),
    "accompagne_pourcent": (0, 80),
    "gardees_jours": (0, 60),
    "urgence_jours": (0, 180),
    "remise_minutes": (0, 240),
    "offre_minutes": (15, 1440),
    "offre_heures": (1, 168),
    "offres_max": (1, 10),
    "deplacer_heures": (0, 168),
    "annuler_heures": (0, 168),
}


def _nombre(libelle: str, aide: str = "") -> Any:
    return models.PositiveSmallIntegerField(libelle, null=True, blank=True, help_text=aide)


class RegleCreneaux(models.Model):
    """What the slots of a site follow, or those of the whole country; an empty field leaves the value above."""

    # No index of its own: `regle_creneaux_unique` is one.
    site = models.ForeignKey(
        Site,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="regles_creneaux",
        db_index=False,
        help_text="Vide : la règle nationale.",
    )
    horizon_jours = _nombre(
        "jours avant lesquels les places d’un jour s’ouvrent", "Chaque matin, une nouvelle journée s’ouvre au public."
    )
    heure_ouverture = models.TimeField(
        "heure d’ouverture des places",
        null=True,
        blank=True,
        help_text="Une heure de bureau : l’usager peut appeler s’il n’y arrive pas.",
    )
    reserve_pourcent = _nombre(
        "part des places gardée pour les personnes sans rendez-vous, en %",
        "La plus grande des deux s’applique : celle-ci, ou celle de la plage.",
    )
    titre_pourcent = _nombre(
        "part des places gardée pour les titres bientôt expirés, en %",
        "Chaque part est gardée à part : une place gardée pour les uns n’est pas prise par les autres.",
    )
    vulnerable_pourcent = _nombre(
        "part des places gardée pour les personnes vulnérables, en %", "À qui un agent les donne en convoquant."
    )
    accompagne_pourcent = _nombre(
        "part des places gardée pour les personnes accompagnées, en %", "Par une association ou une France Services."
    )
    gardees_jours = _nombre("jours avant lesquels ces places s’ouvrent à tous")
    urgence_jours = _nombre("un titre expire bientôt quand c’est dans ce nombre de jours")
    remise_minutes = _nombre(
        "délai le plus long avant de reproposer une place libérée, en minutes",
        "Tiré au sort, contre les robots, à partir du moment où la personne ne peut plus reprendre sa place (dix "
        "minutes au plus) : d’une minute à ce nombre, trois au moins si quelqu’un attend. 0 : le moins possible.",
    )
    offre_minutes = _nombre("durée pendant laquelle une place proposée est tenue pour une personne, en minutes")
    offre_heures = _nombre("une place n’est plus proposée à la liste d’attente ce nombre d’heures avant")
    offres_max = _nombre("propositions qu’une personne peut laisser passer")
    deplacer_heures = _nombre(
        "une personne déplace elle-même son rendez-vous jusqu’à ce nombre d’heures avant",
        "Ensuite, elle appelle : un agent peut toujours le faire. 0 : jusqu’à l’heure du rendez-vous.",
    )
    annuler_heures = _nombre(
        "une personne annule elle-même son rendez-vous jusqu’à ce nombre d’heures avant",
        "Ensuite, elle appelle : un agent peut toujours le faire. 0 : jusqu’à l’heure du rendez-vous.",
    )

    class Meta:
        verbose_name = "règle des créneaux"
        verbose_name_plural = "règles des créneaux"
        ordering = ["site", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site"],
                nulls_distinct=False,
                name="regle_creneaux_unique",
                violation_error_message="Ce site, ou le pays, a déjà sa règle.",
                violation_error_code="site",
            ),
            *[
                models.CheckConstraint(
                    name=f"regle_creneaux_{champ}",
                    condition=Q(**{f"{champ}__isnull": True})
                    | Q(**{f"{champ}__gte": least, f"{champ}__lte": greatest}),
                    violation_error_message=f"Une valeur de {least} à {greatest}.",
                    violation_error_code=champ,
                )
                for champ, (least, greatest) in BORNES.items()
            ],
        ]

    def __str__(self) -> str:
        return f"Règle {self.pk}"
