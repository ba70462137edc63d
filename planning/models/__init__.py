"""Models of the life of the service."""

from planning.models.creneau import (
    Creneau,
    InscriptionAttente,
    OffreAttente,
    Prolongement,
    RendezVous,
    RetenuePlace,
)
from planning.models.medical import AgendaMedical, AgrementTenu
from planning.models.plan import FluxPlanning, PlacePlan, PlanSemaine, RegimeTravail, ReglesPlanning, RetouchePlan
from planning.models.regle import RegleCreneaux
from planning.models.service import (
    Absence,
    Affectation,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    PlageOuverture,
)

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
    "OffreAttente",
    "PlacePlan",
    "PlageOuverture",
    "PlanSemaine",
    "Prolongement",
    "RegimeTravail",
    "RegleCreneaux",
    "ReglesPlanning",
    "RendezVous",
    "RetenuePlace",
    "RetouchePlan",
]
