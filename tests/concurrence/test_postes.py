"""Leave imported while agents swap: everybody locks the posts in one order, and nobody waits for ever."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Event
from typing import Any

import pytest

from demandes.acteur import SYSTEME
from demandes.models import Agent
from planning.models import Absence, AgentCasper, CodeCasper
from planning.selectors_lecture_casper import LectureCasper
from planning.services import casper, conges, echanges
from tests.demandes.factories import INSTANT
from tests.parcours import acteur
from tests.planning.aide_semaine import Publie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def importer(publie: Publie, *agents: Agent) -> LectureCasper:
    """Import the leave of agents on the Monday and the Tuesday."""
    lignes = [f"{a.username};CA;11/03/2030;12/03/2030" for a in agents]
    contenu = "\n".join(["agent;code;debut;fin", *lignes])
    return casper.importer_casper(publie.service.site.prefecture, contenu, par=SYSTEME, maintenant=INSTANT)


def test_import_of_leave_and_a_swap_of_the_same_agents_do_not_wait_for_each_other(
    courir: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publie = Publie()
    CodeCasper.objects.create(prefecture=publie.service.site.prefecture, code="CA", genre="conge")
    for agent in (publie.un, publie.deux):
        AgentCasper.objects.create(prefecture=publie.service.site.prefecture, agent=agent, identifiant=agent.username)
    propose = publie.proposer()
    echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    premiere, poser = Event(), conges.poser

    def poser_lentement(absence: Absence, *, maintenant: datetime) -> int:
        liberes = poser(absence, maintenant=maintenant)
        premiere.set()
        time.sleep(0.5)
        return liberes

    def valider() -> None:
        assert premiere.wait(timeout=60)
        echanges.valider_echange(propose, reponse="", par=publie.chef, maintenant=INSTANT)

    monkeypatch.setattr(casper, "poser", poser_lentement)
    lecture, refus = courir([lambda: importer(publie, publie.deux, publie.un), valider])
    assert [ligne.liberes for ligne in lecture.lignes] == [1, 1]
    assert refus in ("place_changee", "absent")
    assert Absence.objects.count() == 2
