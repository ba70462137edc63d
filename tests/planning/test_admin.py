"""The parameters of the service in the admin: what the database refuses is said, not a crash."""

import pytest
from django.urls import reverse

from planning.models import Habilitation
from tests.demandes.factories import AgentFactory
from tests.planning.factories import AffectationFactory, HabilitationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def test_habilitation_shortened_under_a_post_is_refused_in_the_words_of_the_database(client):
    habilitation = HabilitationFactory()
    AffectationFactory(agent=habilitation.agent, guichet_tenu=True, file=habilitation.file)
    client.force_login(AgentFactory(is_superuser=True, is_staff=True))
    url = reverse("admin:planning_habilitation_change", args=[habilitation.pk])
    page = client.get(url)
    champs = {n: v for n, v in page.context["adminform"].form.initial.items() if n != "pendant"}
    reponse = client.post(url, champs | {"pendant_0": "01/01/2020", "pendant_1": "01/02/2020"}, follow=True)
    assert "L’agent tient un guichet de cette file à ces dates." in reponse.content.decode()
    assert Habilitation.objects.get(pk=habilitation.pk).pendant == habilitation.pendant
