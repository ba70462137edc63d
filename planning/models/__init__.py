"""Models of the life of the service."""

from planning.models.besoins import BesoinVisite
from planning.models.casper import AgentCasper, CodeCasper, ReglagesCasper
from planning.models.convocations import DemandeOuverture, LigneConvocation, LotConvocations
from planning.models.creneau import (
    Creneau,
    InscriptionAttente,
    OffreAttente,
    Prolongement,
    RendezVous,
    RetenuePlace,
)
from planning.models.dossiers import PropositionDossiers, RegleDossiers
from planning.models.echanges import DemandeConge, EchangePlaces
from planning.models.medical import AgendaMedical, AgrementTenu
from planning.models.plan import FluxPlanning, PlacePlan, PlanSemaine, RegimeTravail, ReglesPlanning, RetouchePlan
from planning.models.regle import RegleCreneaux
from planning.models.reprise import ImportReprise, LigneReprise, MotifRepris, ReglagesReprise
from planning.models.service import (
    Absence,
    Affectation,
    Fermeture,
    FileGuichet,
    Guichet,
    Habilitation,
    HoraireExceptionnel,
    PlageOuverture,
)
from planning.models.surreservation import ModelePresence, RegleSurreservation
from planning.models.traces import TraceConnexion

__all__ = [
    "Absence",
    "Affectation",
    "AgendaMedical",
    "AgentCasper",
    "AgrementTenu",
    "BesoinVisite",
    "CodeCasper",
    "Creneau",
    "DemandeConge",
    "DemandeOuverture",
    "EchangePlaces",
    "Fermeture",
    "FileGuichet",
    "FluxPlanning",
    "Guichet",
    "Habilitation",
    "HoraireExceptionnel",
    "ImportReprise",
    "InscriptionAttente",
    "LigneConvocation",
    "LigneReprise",
    "LotConvocations",
    "ModelePresence",
    "MotifRepris",
    "OffreAttente",
    "PlacePlan",
    "PlageOuverture",
    "PlanSemaine",
    "Prolongement",
    "PropositionDossiers",
    "RegimeTravail",
    "ReglagesCasper",
    "ReglagesReprise",
    "RegleCreneaux",
    "RegleDossiers",
    "RegleSurreservation",
    "ReglesPlanning",
    "RendezVous",
    "RetenuePlace",
    "RetouchePlan",
    "TraceConnexion",
]
