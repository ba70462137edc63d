"""The shared model, imported by every other app."""

from demandes.models.catalogue import Motif, ParametrageMotif, PieceRequise, Question
from demandes.models.convocation import Convocation
from demandes.models.decision import Acte, Decision
from demandes.models.demande import CodeAcces, CompteurNumero, Demande, DemandeComplement, Message
from demandes.models.doublons import DoublonEcarte, FusionUsager
from demandes.models.journal import Evenement, Notification, TeteJournal
from demandes.models.organisation import Agent, Attribution, Delegation, Prefecture, Service, Site
from demandes.models.personnes import CERTIFIES, Mandat, Organisme, Usager
from demandes.models.piece import Piece

__all__ = [
    "CERTIFIES",
    "Acte",
    "Agent",
    "Attribution",
    "CodeAcces",
    "CompteurNumero",
    "Convocation",
    "Decision",
    "Delegation",
    "Demande",
    "DemandeComplement",
    "DoublonEcarte",
    "Evenement",
    "FusionUsager",
    "Mandat",
    "Message",
    "Motif",
    "Notification",
    "Organisme",
    "ParametrageMotif",
    "Piece",
    "PieceRequise",
    "Prefecture",
    "Question",
    "Service",
    "Site",
    "TeteJournal",
    "Usager",
]
