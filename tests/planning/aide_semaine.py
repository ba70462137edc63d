"""A small service to plan: two queues open all week, three counters, six agents."""

from __future__ import annotations

from datetime import date, time

from demandes.models import Agent, Site
from planning.models import FileGuichet, Habilitation, PlanSemaine
from tests.demandes.factories import INSTANT, AgentFactory, SiteFactory
from tests.planning.factories import FileGuichetFactory, GuichetFactory, HabilitationFactory, PlageOuvertureFactory

LUNDI = date(2030, 3, 11)


class Service:
    """The site, what it opens and who works there.

    Args:
        agents: how many serve both queues.
        site: fields of the site.
    """

    def __init__(self, agents: int = 6, **site: object) -> None:
        self.site: Site = SiteFactory(**site)
        self.sejour: FileGuichet = FileGuichetFactory(site=self.site, code="sejour", nom="Séjour", lettre="S")
        self.permis: FileGuichet = FileGuichetFactory(site=self.site, code="permis", nom="Permis", lettre="P")
        self.guichets = [GuichetFactory(site=self.site, files=[self.sejour, self.permis]) for _ in range(3)]
        for jour in range(1, 6):
            PlageOuvertureFactory(file=self.sejour, jour=jour, debut=time(9), fin=time(16), nb_guichets=2)
            PlageOuvertureFactory(file=self.permis, jour=jour, debut=time(9), fin=time(12), nb_guichets=1)
        self.agents: list[Agent] = [
            AgentFactory(instructeur=True, prefecture=self.site.prefecture, last_name=f"Agent {n}", first_name="")
            for n in range(agents)
        ]
        for rang, agent in enumerate(self.agents):
            for file in (self.sejour, self.permis):
                niveau = Habilitation.Niveau.REFERENT if rang < 2 else Habilitation.Niveau.CONFIRME
                HabilitationFactory(agent=agent, file=file, niveau=niveau)

    def plan(self, **champs: object) -> PlanSemaine:
        """A draft of the week."""
        return PlanSemaine.objects.create(
            **{"site": self.site, "lundi": LUNDI, "nom": "Essai", "cree_le": INSTANT} | champs
        )
