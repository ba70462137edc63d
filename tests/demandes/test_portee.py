"""A right held for one service acts on the files of that service only, whatever else the agent is elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.range import DateRange

from demandes.cycle import Etat
from demandes.models import Agent, Attribution
from demandes.services import decision
from demandes.services.transitions import actions_possibles
from planipref.commun.erreurs import DroitRefuse
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, ServiceFactory
from tests.parcours import acteur, amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

TOUJOURS = DateRange(INSTANT.date().replace(year=2020), None)


@pytest.fixture
def demande() -> Any:
    return amener_a(DemandeFactory(motif__pieces=0), Etat.EN_INSTRUCTION)


def nommer(agent: Agent, role: str, demande: Any, service: Any = None) -> None:
    Attribution.objects.create(agent=agent, role=role, prefecture=demande.prefecture, service=service, pendant=TOUJOURS)


def test_accorder_by_a_signatory_of_another_service_is_refused(demande: Any) -> None:
    autre = ServiceFactory(prefecture=demande.prefecture, genre="communication")
    agent: Any = AgentFactory(signataire=True)
    agent.attributions.all().delete()
    nommer(agent, "accueil", demande)
    nommer(agent, "signataire", demande, autre)
    agent = Agent.objects.get(pk=agent.pk)
    assert actions_possibles(demande, acteur(agent)) == []
    with pytest.raises(DroitRefuse):
        decision.accorder(demande, par=acteur(agent), maintenant=INSTANT)


def test_accorder_by_a_signatory_of_the_service_passes(demande: Any) -> None:
    agent: Any = AgentFactory(signataire=True)
    agent.attributions.all().delete()
    nommer(agent, "signataire", demande, demande.service)
    agent = Agent.objects.get(pk=agent.pk)
    assert decision.accorder(demande, par=acteur(agent), maintenant=INSTANT).sens == "accord"
