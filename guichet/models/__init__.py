"""Models of the day at the counter."""

from guichet.models.passage import CompteurTicket, Passage
from guichet.models.poste import PosteAffichage
from guichet.models.regle import RegleAppel
from guichet.models.remise import Remise
from guichet.models.venue import Venue

__all__ = ["CompteurTicket", "Passage", "PosteAffichage", "RegleAppel", "Remise", "Venue"]
