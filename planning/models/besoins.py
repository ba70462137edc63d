"""What a person says they need on the day of their visit: codes only, kept apart, and not for long."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from demandes.models import Convocation
from planning.querysets import BesoinVisiteQuerySet

# Each in its own words, for who speaks it, then in French, for who receives.
LANGUES: dict[str, tuple[str, str]] = {
    "ar": ("العربية", "arabe"),
    "bm": ("Bamanankan", "bambara"),
    "bn": ("বাংলা", "bengali"),
    "en": ("English", "anglais"),
    "es": ("Español", "espagnol"),
    "fa": ("دری / فارسی", "dari ou persan"),
    "ff": ("Pulaar", "peul"),
    "hy": ("Հայերեն", "arménien"),
    "ka": ("ქართული", "géorgien"),
    "pt": ("Português", "portugais"),
    "ps": ("پښتو", "pachto"),
    "ro": ("Română", "roumain"),
    "ru": ("Русский", "russe"),
    "so": ("Soomaali", "somali"),
    "sq": ("Shqip", "albanais"),
    "ta": ("தமிழ்", "tamoul"),
    "ti": ("ትግርኛ", "tigrigna"),
    "tr": ("Türkçe", "turc"),
    "uk": ("Українська", "ukrainien"),
    "ur": ("اردو", "ourdou"),
    "vi": ("Tiếng Việt", "vietnamien"),
    "wo": ("Wolof", "wolof"),
    "zh": ("中文", "chinois"),
}


# In the order of the form, with the words of who receives.
CODES = {
    "sans_marche": "entrée sans marche",
    "boucle": "boucle magnétique",
    "signes": "langue des signes",
    "lecture": "aide pour lire et remplir",
    "accompagne": "vient avec un accompagnant",
}


class BesoinVisite(models.Model):
    """What the person of a link needs on the day of their visit, as they said it themselves; no free text.

    It tells of their health: only who receives them reads it, and it is erased when the visit ends.
    """

    class Besoin(models.TextChoices):
        SANS_MARCHE = "sans_marche", gettext_noop("Une entrée sans marche")
        BOUCLE = "boucle", gettext_noop("Une boucle magnétique")
        SIGNES = "signes", gettext_noop("Un interprète en langue des signes")
        LECTURE = "lecture", gettext_noop("De l’aide pour lire et remplir")
        ACCOMPAGNE = "accompagne", gettext_noop("Quelqu’un m’accompagne")

    convocation = models.OneToOneField(Convocation, on_delete=models.CASCADE, related_name="besoin_visite")
    codes = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    langue = models.CharField("langue de l’interprète", max_length=2, blank=True)

    objects = BesoinVisiteQuerySet.as_manager()

    class Meta:
        verbose_name = "besoin pour une visite"
        verbose_name_plural = "besoins pour une visite"
        ordering = ["convocation"]
        constraints = [
            models.CheckConstraint(
                name="besoin_visite_codes",
                condition=Q(codes__contained_by=list(CODES))
                & Q(langue__in=["", *LANGUES])
                & (Q(codes__len__gt=0) | ~Q(langue="")),
                violation_error_message="Des besoins de la liste, un au moins.",
                violation_error_code="codes",
            ),
        ]

    def __str__(self) -> str:
        return f"Besoin {self.pk}"

    @property
    def en_clair(self) -> list[str]:
        """What is needed, in the words of who receives."""
        dits = [libelle for code, libelle in CODES.items() if code in self.codes]
        return [*dits, f"interprète : {LANGUES[self.langue][1]}"] if self.langue else dits
