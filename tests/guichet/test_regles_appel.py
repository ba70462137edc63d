"""The manager sets the rules of call of a site; an empty field follows the country."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Agent, Evenement
from guichet.models import RegleAppel
from guichet.selectors import regles_de
from tests.guichet.aide import salle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def test_rules_of_a_site_are_set_traced_and_given_up(client: Client, denis: Agent) -> None:
    RegleAppel.objects.create(avance_rdv=45)
    site = salle().site
    client.force_login(denis)
    adresse = f"/guichet/regles/{site.code}/"
    assert "la valeur nationale, 45." in client.get(adresse).content.decode()

    assert client.post(adresse, {"tolerance_retard": "15", "retard": "perd"}).status_code == 303
    regles = regles_de(site)
    assert (regles.avance_rdv, regles.tolerance_retard, regles.retard) == (45, 15, "perd")
    assert Evenement.objects.get(nature="guichet:appel_regle").charge == {"site_id": site.pk, "tolerance_retard": 15}
    assert 'value="15"' in client.get(adresse).content.decode()

    refus = client.post(adresse, {"avance_rdv": "500", "appels_avant_absence": "0"})
    assert refus.status_code == 422
    assert len(refus.context["form"].errors) == 2

    assert client.post(adresse, {"retard": ""}).status_code == 303
    assert not RegleAppel.objects.filter(site=site).exists()


def test_rules_of_a_foreign_site_are_unknown(client: Client, etienne: Agent) -> None:
    site = salle().site
    client.force_login(etienne)
    assert client.get(f"/guichet/regles/{site.code}/").status_code == 404
