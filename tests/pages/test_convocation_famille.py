"""The agent's form: who of the family may come along, at which sites, and why not."""

import pytest

from demandes.models import Convocation
from tests.demandes.factories import MotifFactory, SiteFactory
from tests.demandes.outils_famille import etats, famille
from tests.parcours import equipe
from tests.planning.factories import FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def adresse(demande):
    return f"/agent/demandes/{demande.numero}/convoquer/"


@pytest.fixture
def agent(client):
    def connecter(demande):
        client.force_login(equipe(demande).chloe)
        return client

    return connecter


def test_form_proposes_the_ready_ones_and_convokes_them_in_one_act(agent):
    demandes = famille(3)
    client, e = agent(demandes[0]), equipe(demandes[0])
    page = client.get(f"/agent/demandes/{demandes[0].numero}/").content.decode()
    assert page.count('name="avec"') == 2
    assert f'data-proche="{demandes[1].numero}"' in page
    envoi = {"motivation": "Empreintes", "sites": [e.site.pk], "personnes": 3, "avec": [d.pk for d in demandes[1:]]}
    assert client.post(adresse(demandes[0]), envoi).status_code == 303
    assert etats(*demandes) == ["convoquee"] * 3
    assert Convocation.objects.get(jointe_a=None).personnes == 3


def test_one_not_ticked_is_not_convoked(agent):
    demandes = famille(3)
    client, e = agent(demandes[0]), equipe(demandes[0])
    envoi = {"motivation": "Empreintes", "sites": [e.site.pk], "personnes": 2, "avec": [demandes[1].pk]}
    assert client.post(adresse(demandes[0]), envoi).status_code == 303
    assert etats(*demandes) == ["convoquee", "convoquee", "complete"]


def test_who_has_no_common_queue_is_named_with_the_reason(agent):
    un, autre = MotifFactory(pieces=0), MotifFactory(pieces=0)
    demandes = famille(2, motifs=[un, autre])
    e = equipe(demandes[0])
    e.file.motifs.set([un])
    client = agent(demandes[0])
    page = client.get(adresse(demandes[0])).content.decode()
    assert 'name="avec"' not in page
    assert "aucun site n’a de file qui serve les deux démarches" in page
    assert "DIOP Enfant0" in page


def test_site_without_a_common_queue_is_refused_beside_the_field(agent):
    un, autre = MotifFactory(pieces=0), MotifFactory(pieces=0)
    demandes = famille(2, motifs=[un, autre])
    e = equipe(demandes[0])
    e.file.motifs.set([un, autre])
    seul = FileGuichetFactory(site=SiteFactory(code="67-annexe"), code="annexe", motifs=[un]).site
    client = agent(demandes[0])
    page = client.get(adresse(demandes[0])).content.decode()
    assert "pas pour toute la famille" in page
    envoi = {"motivation": "X", "sites": [e.site.pk, seul.pk], "personnes": 2, "avec": [demandes[1].pk]}
    reponse = client.post(adresse(demandes[0]), envoi)
    assert reponse.status_code == 422
    assert f"à : {seul.nom}" in reponse.content.decode()
    assert etats(*demandes) == ["complete", "complete"]


def test_demande_of_another_family_is_no_choice(agent):
    demandes, autres = famille(2), famille(2)
    client, e = agent(demandes[0]), equipe(demandes[0])
    envoi = {"motivation": "X", "sites": [e.site.pk], "personnes": 2, "avec": [autres[0].pk]}
    assert client.post(adresse(demandes[0]), envoi).status_code == 422
    assert etats(*demandes, *autres) == ["complete"] * 4
