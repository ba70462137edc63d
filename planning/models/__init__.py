"""Models of the life of the service."""

from planning.models.creneau import Creneau, InscriptionAttente, Prolongement, RendezVous
from planning.models.medical import AgendaMedical, AgrementTenu
from planning.models.plan import FluxPlanning, PlacePlan, PlanSemaine, RegimeTravail, ReglesPlanning, RetouchePlan
from planning.models.service import (
    Absence,
    Affectation,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    PlageOuverture,
)
from planning.models.surreservation import ModelePresence, RegleSurreservation

__all__ = [
    "Absence",
    "Affectation",
    "AgendaMedical",
    "AgrementTenu",
    "Creneau",
    "Fermeture",
    "FileGuichet",
    "FluxPlanning",
    "Guichet",
    "Habilitation",
    "InscriptionAttente",
    "ModelePresence",
    "PlacePlan",
    "PlageOuverture",
    "PlanSemaine",
    "Prolongement",
    "RegimeTravail",
    "RegleSurreservation",
    "ReglesPlanning",
    "RendezVous",
    "RetouchePlan",
]
