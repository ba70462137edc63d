"""Models of the day at the counter."""

from guichet.models.empreintes import PriseEmpreintes
from guichet.models.passage import CompteurTicket, Passage, Phase
from guichet.models.pause import Pause
from guichet.models.poste import PosteAffichage
from guichet.models.regle import RegleAppel
from guichet.models.remise import Remise
from guichet.models.titre import Titre
from guichet.models.venue import Venue

__all__ = [
    "CompteurTicket",
    "Passage",
    "Pause",
    "Phase",
    "PosteAffichage",
    "PriseEmpreintes",
    "RegleAppel",
    "Remise",
    "Titre",
    "Venue",
]
