"""Complete files that wait to be convoked, and the places that there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.models import Demande, Motif
from planning.models import LotConvocations
from planning.services import lots
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe
from tests.planning.factories import PREMIER_CRENEAU, CreneauFactory

POURQUOI = "Apportez les originaux de vos pièces."


class Attente:
    """Some persons whose file is complete, at one queue.

    Args:
        personnes: how many.
        places: free places, one slot after the other, one place each.
    """

    def __init__(self, personnes: int, places: int) -> None:
        self.motif: Motif = MotifFactory(pieces=0)
        self.demandes: list[Demande] = []
        self.attendre(personnes)
        e = equipe(self.demandes[0])
        self.site, self.file, self.chloe, self.denis = e.site, e.file, e.chloe, e.denis
        self.minutes = self.file.pas_minutes
        self.motif.guichet_minutes = self.minutes
        self.motif.save(update_fields=["guichet_minutes"])
        self.ouvrir(places)

    @property
    def pks(self) -> list[int]:
        """The demandes, in the order in which they were made."""
        return [d.pk for d in self.demandes]

    def attendre(self, personnes: int) -> None:
        """Let some more persons wait to be convoked."""
        self.demandes += [amener_a(DemandeFactory(motif=self.motif), "complete") for _ in range(personnes)]

    def ouvrir(self, places: int, depuis: datetime = PREMIER_CRENEAU) -> None:
        """Open slots of one place that follow each other."""
        for n in range(places):
            CreneauFactory(file=self.file, debut=depuis + timedelta(minutes=n * self.minutes), places=1)

    def projeter(self) -> lots.Projet:
        """Say who would be convoked."""
        return lots.projeter(self.pks, [self.site], par=acteur(self.chloe), maintenant=INSTANT)

    def preparer(self, pks: list[int] | None = None) -> LotConvocations:
        """Settle who is."""
        return lots.preparer_lot(
            self.pks if pks is None else pks,
            motivation=POURQUOI,
            sites=[self.site],
            par=acteur(self.chloe),
            maintenant=INSTANT,
        )
