"""A room at the counter: one queue, one counter, people who wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from demandes.models import Agent, Demande, Motif, Site
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from planning.models import FileGuichet, Guichet, RendezVous
from planning.services import reservation
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, ServiceFactory, UsagerFactory
from tests.parcours import acteur, amener_a, convocation_active
from tests.planning.factories import CreneauFactory, FileGuichetFactory, GuichetFactory

MINUTE = timedelta(minutes=1)


@dataclass
class Salle:
    """Where one queue is served by one counter, at the site `amener_a` works with."""

    motif: Motif
    site: Site = field(init=False)
    file: FileGuichet = field(init=False)
    guichet: Guichet = field(init=False)

    def __post_init__(self) -> None:
        self.file = FileGuichetFactory(site__code="67-parcours", code="parcours", nom="Étrangers", motifs=[self.motif])
        self.site = self.file.site
        ServiceFactory(genre=self.motif.genre_service)
        self.guichet = GuichetFactory(site=self.site, numero=1, files=[self.file])

    def demande(self, etat: str = "deposee", nom: str = "Ben Ali", **usager: Any) -> Demande:
        """Return a demande of the room's motif brought to a state."""
        return amener_a(DemandeFactory(motif=self.motif, usager=UsagerFactory(nom=nom, **usager)), etat)

    def entrer(self, demande: Demande, bruno: Agent, *, a: datetime = INSTANT, priorite: int = 0) -> Passage:
        """Register a walk-in at an instant."""
        return accueil.enregistrer_sans_rdv(
            self.file, demande=demande, par=acteur(bruno), maintenant=a, priorite=priorite
        )

    def recevoir(self, demande: Demande, agent: Agent) -> Passage:
        """Bring a walk-in to the counter and start the visit."""
        self.entrer(demande, agent)
        passage = services.appeler_suivant(self.guichet, [self.file], par=acteur(agent), maintenant=INSTANT)
        assert passage is not None
        return services.recevoir(passage, par=acteur(agent), maintenant=INSTANT)

    def rendez_vous(self, debut: datetime, nom: str = "Diallo") -> RendezVous:
        """Return an appointment taken at an hour of the frozen day."""
        demande = self.demande("convoquee", nom)
        creneau = CreneauFactory(file=self.file, debut=debut)
        return reservation.reserver(
            convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=INSTANT - timedelta(hours=1)
        )


def salle(**motif: Any) -> Salle:
    """Return a room for a new motif."""
    return Salle(MotifFactory(**motif))


def au_guichet(client: Client, agent: Agent, lieu: Salle) -> Client:
    """Sign an agent in and choose the room's counter."""
    client.force_login(agent)
    reponse = client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    assert reponse.status_code == 303
    return client
