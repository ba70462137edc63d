"""At a counter whoever is called is received; what may be done to their file follows the service that follows it."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Agent, Attribution, Service
from guichet.services import guichet as services
from guichet.services.empreintes import constater_empreintes
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, AgentFactory, ServiceFactory
from tests.guichet.aide import au_guichet, salle
from tests.parcours import acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def paule(chloe: Agent) -> Agent:
    """An agent of the réglementation only, at the counters of everybody."""
    prefecture = chloe.attributions.get().prefecture
    agent = AgentFactory(username="paule", instructeur=True, prefecture=prefecture)
    ailleurs = ServiceFactory(prefecture=prefecture, genre=Service.Genre.REGLEMENTATION)
    Attribution.objects.filter(agent=agent).update(service=ailleurs)
    return agent


def test_who_is_of_another_service_is_received_and_their_file_stays_closed(client: Client, paule: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    au_guichet(client, paule, lieu)
    passage = lieu.recevoir(demande, paule)
    demande.refresh_from_db()
    assert demande.etat == "recue"

    page = client.get("/guichet/").content.decode()
    assert f'data-autre-service="{demande.numero}"' in page
    assert demande.usager.nom_complet in page
    assert demande.usager.courriel not in page
    assert "Pièces" not in page

    for geste in ("demande/instruire", "empreintes"):
        refus = client.post(f"/guichet/passages/{passage.pk}/{geste}/", {"numero": demande.numero})
        assert refus.status_code == 403
    assert client.post(f"/guichet/passages/{passage.pk}/terminer/").status_code == 303
    passage.refresh_from_db()
    assert passage.etat == "termine"


def test_fingerprints_of_another_service_or_without_a_card_are_not_noted(paule: Agent, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, paule)
    with pytest.raises(DroitRefuse):
        constater_empreintes(passage, demande, par=acteur(paule), maintenant=INSTANT)
    services.terminer(passage, par=acteur(paule), maintenant=INSTANT)
    sans_carte = salle(genre_service=Service.Genre.REGLEMENTATION)
    autre = sans_carte.demande("complete", "Sow")
    passage = sans_carte.recevoir(autre, chloe)
    with pytest.raises(ErreurMetier, match="Aucune carte"):
        constater_empreintes(passage, autre, par=acteur(chloe), maintenant=INSTANT)
