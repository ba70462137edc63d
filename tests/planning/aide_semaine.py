"""A small service to plan: two queues open all week, three counters, six agents."""

from __future__ import annotations

from datetime import date, time

from demandes.models import Agent, Site
from planning.models import Affectation, EchangePlaces, FileGuichet, Habilitation, PlanSemaine, RetouchePlan
from planning.selectors_semaine import lire_semaine
from planning.services import echanges, plans
from planning.services.echanges import Echange
from tests.demandes.factories import INSTANT, AgentFactory, SiteFactory
from tests.parcours import acteur
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


class Publie:
    """A week in force: Agent 0 at séjour on Monday morning, Agent 1 on Tuesday morning."""

    def __init__(self) -> None:
        self.service = Service(agents=4)
        self.un, self.deux, self.trois, self.quatre = self.service.agents
        self.plan: PlanSemaine = self.service.plan()
        chef = AgentFactory(chef_service=True, prefecture=self.service.site.prefecture)
        self.chef = acteur(chef)
        file = f"file-{self.service.sejour.pk}"
        for agent, h in ((self.un, 0), (self.deux, 2), (self.trois, 0)):
            plans.placer(self.plan, (agent.pk, h), file, par=self.chef, maintenant=INSTANT)
        plans.publier_plan(self.plan, par=self.chef, maintenant=INSTANT)
        self.plan = PlanSemaine.objects.select_related("site__prefecture").get(pk=self.plan.pk)
        RetouchePlan.objects.all().delete()

    def proposer(self, rendue: int | None = 2) -> EchangePlaces:
        """Agent 0 gives Monday morning to Agent 1."""
        echange = Echange(self.un.pk, 0, self.deux.pk, rendue)
        return echanges.proposer_echange(self.plan, echange, mot="", par=acteur(self.un), maintenant=INSTANT)

    def tenus(self) -> dict[int, set[int]]:
        """Half-days by agent, the same in the plan and in the posts."""
        lue = lire_semaine(self.plan)
        places: dict[int, set[int]] = {}
        for agent, h in lue.nombres:
            places.setdefault(agent, set()).add(h)
        postes: dict[int, set[int]] = {}
        for poste in Affectation.objects.all():
            rang = next(h for h, m in enumerate(lue.moments) if m.debut == poste.pendant.lower)
            postes.setdefault(poste.agent_id, set()).add(rang)
        assert places == postes
        return places
