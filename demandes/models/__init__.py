"""The shared model, imported by every other app."""

from demandes.models.accompagnement import Aidant, AlerteOrganisme, Mandat, Organisme
from demandes.models.bascule import AncienneAdresse, Bascule
from demandes.models.catalogue import Motif, ParametrageMotif, PieceRequise, Question
from demandes.models.convocation import Convocation
from demandes.models.courrier import LotCourrier, SuiteNonRemise
from demandes.models.decision import Acte, Decision
from demandes.models.demande import CodeAcces, CompteurNumero, Demande, DemandeComplement, Message
from demandes.models.deport import Deport
from demandes.models.doublons import DoublonEcarte, FusionUsager
from demandes.models.journal import Evenement, Notification, TeteJournal
from demandes.models.medical import Agrement, AvisMedical, CodeMedecin, Medecin, SignatureAvis
from demandes.models.messages import RegleMessages
from demandes.models.modeles_messages import ModeleMessage
from demandes.models.organisation import Agent, Attribution, Delegation, Prefecture, Service, Site
from demandes.models.personnes import CERTIFIES, Usager
from demandes.models.piece import Piece, PieceJointe
from demandes.models.reglages import (
    Modification,
    ParametragePiece,
    ParametrageQuestion,
    RegleAiguillage,
    RegleEligibilite,
)
from demandes.models.signalements import AdresseConnue, RechercheSignalements, RegleSignalements, Signalement

__all__ = [
    "CERTIFIES",
    "Acte",
    "AdresseConnue",
    "Agent",
    "Agrement",
    "Aidant",
    "AlerteOrganisme",
    "AncienneAdresse",
    "Attribution",
    "AvisMedical",
    "Bascule",
    "CodeAcces",
    "CodeMedecin",
    "CompteurNumero",
    "Convocation",
    "Decision",
    "Delegation",
    "Demande",
    "DemandeComplement",
    "Deport",
    "DoublonEcarte",
    "Evenement",
    "FusionUsager",
    "LotCourrier",
    "Mandat",
    "Medecin",
    "Message",
    "ModeleMessage",
    "Modification",
    "Motif",
    "Notification",
    "Organisme",
    "ParametrageMotif",
    "ParametragePiece",
    "ParametrageQuestion",
    "Piece",
    "PieceJointe",
    "PieceRequise",
    "Prefecture",
    "Question",
    "RechercheSignalements",
    "RegleAiguillage",
    "RegleEligibilite",
    "RegleMessages",
    "RegleSignalements",
    "Service",
    "Signalement",
    "SignatureAvis",
    "Site",
    "SuiteNonRemise",
    "TeteJournal",
    "Usager",
]
