"""Who answers what agents ask for: the manager of where they work now, of the site that they swap in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Attribution, Prefecture
from planipref.commun.erreurs import DroitRefuse
from planning.models import Absence, DemandeConge
from planning.selectors_demandes import conges_en_attente, echanges_en_attente
from planning.services import demandes_conge, echanges
from tests.demandes.factories import INSTANT, AgentFactory, AttributionFactory, PrefectureFactory, SiteFactory
from tests.parcours import acteur
from tests.planning.aide_semaine import Publie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
JOURS = TimestamptzRange(datetime(2030, 3, 12, tzinfo=PARIS), datetime(2030, 3, 14, tzinfo=PARIS))
DEMANDER = "/agent/planning/conges/demander/"
SAISIE = {"genre": "conge", "du": "12/03/2030", "au": "13/03/2030", "partie": "journee", "mot": ""}


@pytest.fixture
def ailleurs(chloe: Agent) -> Prefecture:
    """The Haut-Rhin, where Chloé works too."""
    haut_rhin: Prefecture = PrefectureFactory(departement="68")
    AttributionFactory(agent=chloe, prefecture=haut_rhin)
    return haut_rhin


def test_manager_of_where_an_agent_works_no_more_answers_nothing(chloe: Agent, denis: Agent) -> None:
    ici = denis.attributions.get().prefecture
    conge = demandes_conge.demander_conge(
        chloe, ici, genre="conge", periode=JOURS, mot="", par=acteur(chloe), maintenant=INSTANT
    )
    assert list(conges_en_attente(denis)) == [conge]
    Attribution.objects.filter(agent=chloe).update(prefecture=PrefectureFactory(departement="68"))
    assert not conges_en_attente(denis).exists()
    for repondre in (demandes_conge.accepter_conge, demandes_conge.refuser_conge):
        with pytest.raises(DroitRefuse):
            repondre(conge, reponse="Non", par=acteur(denis), maintenant=INSTANT)
    assert not Absence.objects.exists()


def test_agent_of_two_prefectures_says_which_one_answers(client: Client, chloe: Agent, ailleurs: Prefecture) -> None:
    client.force_login(chloe)
    assert ailleurs.nom in client.get(DEMANDER).content.decode()
    refus = client.post(DEMANDER, SAISIE)
    assert list(refus.context["form"].errors) == ["prefecture"]
    assert client.post(DEMANDER, SAISIE | {"prefecture": ailleurs.pk}).status_code == 303
    conge = DemandeConge.objects.get()
    assert conge.prefecture == ailleurs
    chef = AgentFactory(chef_service=True, prefecture=ailleurs)
    demandes_conge.accepter_conge(conge, reponse="", par=acteur(chef), maintenant=INSTANT)
    assert Absence.objects.get().agent == chloe


def test_agent_of_one_prefecture_is_not_asked_which(client: Client, chloe: Agent) -> None:
    client.force_login(chloe)
    etrangere = PrefectureFactory(departement="68")
    assert "prefecture" not in client.get(DEMANDER).context["form"].fields
    client.post(DEMANDER, SAISIE | {"prefecture": etrangere.pk})
    assert DemandeConge.objects.get().prefecture == chloe.attributions.get().prefecture


def test_manager_of_one_site_answers_its_swaps_only(client: Client) -> None:
    publie = Publie()
    propose = publie.proposer()
    echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    site = publie.service.site
    autre = SiteFactory(prefecture=site.prefecture, code="autre", nom="Sous-préfecture")
    chef: Agent = AgentFactory(chef_service=True, prefecture=site.prefecture)
    Attribution.objects.filter(agent=chef).update(site=autre)
    chef = Agent.objects.get(pk=chef.pk)
    assert not echanges_en_attente(chef).exists()
    client.force_login(chef)
    adresse = f"/planning/demandes/echanges/{propose.pk}/"
    assert client.post(adresse, {"decision": "accepter", "reponse": ""}).status_code == 404
    for repondre in (echanges.valider_echange, echanges.refuser_echange):
        with pytest.raises(DroitRefuse):
            repondre(propose, reponse="Non", par=acteur(chef), maintenant=INSTANT)
    Attribution.objects.filter(agent=chef).update(site=site)
    chef = Agent.objects.get(pk=chef.pk)
    assert list(echanges_en_attente(chef)) == [propose]
    echanges.valider_echange(propose, reponse="", par=acteur(chef), maintenant=INSTANT)
    assert publie.tenus()[publie.un.pk] == {2}


@pytest.mark.parametrize("geste", ["conge_retirer", "echange_accepter", "echange_decliner"])
def test_right_refused_is_not_told_as_a_message(client: Client, monkeypatch: pytest.MonkeyPatch, geste: str) -> None:
    def refuser(*_: object, **__: Any) -> None:
        raise DroitRefuse

    publie = Publie()
    if geste == "conge_retirer":
        conge = demandes_conge.demander_conge(
            publie.un,
            publie.service.site.prefecture,
            genre="conge",
            periode=JOURS,
            mot="",
            par=acteur(publie.un),
            maintenant=INSTANT,
        )
        agent, adresse = publie.un, f"/agent/planning/conges/{conge.pk}/retirer/"
        monkeypatch.setattr(demandes_conge, "retirer_conge", refuser)
    else:
        agent, adresse = publie.deux, f"/agent/planning/echanges/{publie.proposer().pk}/{geste.split('_')[1]}/"
        monkeypatch.setattr(echanges, f"{geste.split('_')[1]}_echange", refuser)
    client.force_login(agent)
    assert client.post(adresse).status_code == 403
