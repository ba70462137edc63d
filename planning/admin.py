"""Admin of the planning for support: parameters can be edited, appointments and slots only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from planning.models import (
    Absence,
    Affectation,
    Creneau,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    InscriptionAttente,
    PlageOuverture,
    RendezVous,
)


class LectureSeule(admin.ModelAdmin):  # type: ignore[type-arg]
    """A fact: shown, never added, changed nor removed."""

    show_full_result_count = False
    list_per_page = 50
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class Parametre(admin.ModelAdmin):  # type: ignore[type-arg]
    """A parameter: edited here, never removed while facts may point to it."""

    list_per_page = 50
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: switch it off, or end its dates, instead."""
        return False


@admin.register(FileGuichet)
class FileGuichetAdmin(Parametre):
    """Queues."""

    list_display = ("nom", "lettre", "site", "pas_minutes", "remises", "actif")
    list_select_related = ("site",)
    filter_horizontal = ("motifs",)


@admin.register(Guichet)
class GuichetAdmin(Parametre):
    """Counters."""

    list_display = ("numero", "site", "actif")
    list_select_related = ("site",)
    filter_horizontal = ("files",)


@admin.register(Creneau)
class CreneauAdmin(LectureSeule):
    """Slots."""

    list_display = ("file", "debut", "minutes", "places", "prises", "etat")
    list_select_related = ("file",)
    ordering = ("-pk",)


@admin.register(RendezVous)
class RendezVousAdmin(LectureSeule):
    """Appointments."""

    list_display = ("pk", "creneau", "etat", "pris_le", "termine_le")
    list_select_related = ("creneau",)
    ordering = ("-pk",)


for _parametre in (Habilitation, PlageOuverture, Fermeture):
    admin.site.register(_parametre, Parametre)
for _fait in (Absence, Affectation, InscriptionAttente):
    admin.site.register(_fait, LectureSeule)
