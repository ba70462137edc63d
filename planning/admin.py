"""Admin of the planning for support: parameters can be edited, appointments and slots only read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from planipref.commun.administration import LectureSeule, Parametre
from planipref.commun.horloge import maintenant
from planning.models import (
    Absence,
    Affectation,
    AgentCasper,
    CodeCasper,
    Creneau,
    DemandeConge,
    DemandeOuverture,
    EchangePlaces,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    HoraireExceptionnel,
    InscriptionAttente,
    ModelePresence,
    OffreAttente,
    PlageOuverture,
    PlanSemaine,
    PropositionDossiers,
    RegimeTravail,
    ReglagesCasper,
    RegleCreneaux,
    RegleDossiers,
    ReglesPlanning,
    RegleSurreservation,
    RendezVous,
    RetouchePlan,
)


@admin.register(FileGuichet)
class FileGuichetAdmin(Parametre):
    """Queues."""

    list_display = ("nom", "lettre", "site", "pas_minutes", "remises", "actif")
    list_select_related = ("site",)
    filter_horizontal = ("motifs",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the length of the slots while some to come are taken: theirs would no longer follow each other."""
        fixe = obj is not None and obj.creneaux.tenus_a_venir(maintenant()).exists()
        return ("pas_minutes",) if fixe else ()


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


for _parametre in (
    AgentCasper,
    CodeCasper,
    Fermeture,
    Habilitation,
    HoraireExceptionnel,
    PlageOuverture,
    RegimeTravail,
    ReglagesCasper,
    RegleCreneaux,
    RegleDossiers,
    RegleSurreservation,
    ReglesPlanning,
):
    admin.site.register(_parametre, Parametre)
for _fait in (
    PropositionDossiers,
    Absence,
    Affectation,
    DemandeConge,
    DemandeOuverture,
    EchangePlaces,
    InscriptionAttente,
    ModelePresence,
    OffreAttente,
    PlanSemaine,
    RetouchePlan,
):
    admin.site.register(_fait, LectureSeule)
