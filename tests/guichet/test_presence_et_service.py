"""At a counter whoever is called is received; what may be done to their file follows the service that follows it."""

from __future__ import annotations

import pytest
from django.test import Client

from demandes.models import Agent, Attribution, Demande, Piece, Service
from demandes.services.completude import constater_completude
from demandes.services.decision import accorder
from demandes.services.pieces import constater_vue, oublier_vue
from demandes.services.suites import retirer
from guichet.models import Passage
from guichet.services.empreintes import constater_empreintes
from guichet.services.orientation import annuler_vue, declarer_conformes
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, AgentFactory, PieceRequiseFactory, ServiceFactory
from tests.guichet.aide import MINUTE, au_guichet, salle
from tests.parcours import acteur
from tests.planning.factories import CreneauFactory

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
    refus = client.post(f"/guichet/passages/{passage.pk}/terminer/")
    assert refus.status_code == 409
    assert "envoyez la personne vers sa file" in refus.content.decode()


def test_fingerprints_of_another_service_are_not_noted(paule: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, paule)
    with pytest.raises(DroitRefuse):
        constater_empreintes(passage, demande, par=acteur(paule), maintenant=INSTANT)


def test_fingerprints_without_a_card_are_not_noted(chloe: Agent) -> None:
    lieu = salle(genre_service=Service.Genre.REGLEMENTATION)
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, chloe)
    with pytest.raises(ErreurMetier, match="Aucune carte"):
        constater_empreintes(passage, demande, par=acteur(chloe), maintenant=INSTANT)


def test_printed_appointment_and_original_unsaid_are_of_the_service_of_the_file(
    client: Client, paule: Agent, chloe: Agent
) -> None:
    lieu = salle()
    demande = lieu.demande("rdv_pris")
    passage = lieu.entrer(demande, paule)
    au_guichet(client, paule, lieu)
    client.post("/guichet/appeler/")
    Passage.objects.filter(pk=passage.pk).update(etat="recu", recu_le=INSTANT)
    assert client.get(f"/guichet/passages/{passage.pk}/rendez-vous/{demande.numero}/").status_code == 404
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport")
    piece: Piece = constater_vue(demande, requise, par=acteur(chloe), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        oublier_vue(piece, par=acteur(paule), maintenant=INSTANT)


def test_grant_asks_that_no_piece_has_been_unsaid_since(chloe: Agent, denis: Agent) -> None:
    lieu = salle(pieces=0, plein_droit=True)
    demande = lieu.demande("deposee")
    requise = PieceRequiseFactory(motif=lieu.motif, code="passeport", obligatoire=True)
    declarer_conformes(demande, [requise.pk], par=acteur(chloe), maintenant=INSTANT)
    constater_completude(demande, par=acteur(chloe), maintenant=INSTANT)
    lieu.recevoir(demande, denis)
    annuler_vue(demande, requise.pk, par=acteur(chloe), maintenant=INSTANT)
    with pytest.raises(ErreurMetier) as refus:
        accorder(Demande.objects.get(pk=demande.pk), par=acteur(denis), maintenant=INSTANT)
    assert refus.value.code == "pieces_non_verifiees"


def test_withdrawn_while_waiting_is_called_no_more(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    passage = lieu.entrer(demande, chloe)
    retirer(demande, par=acteur(demande.usager), maintenant=INSTANT)
    passage.refresh_from_db()
    assert passage.etat == "parti"


def test_under_examination_nobody_is_given_an_appointment_at_the_counter(client: Client, chloe: Agent) -> None:
    lieu = salle(plein_droit=False)
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, chloe)
    au_guichet(client, chloe, lieu)
    client.post(f"/guichet/passages/{passage.pk}/demande/instruire/", {"numero": demande.numero})
    assert Demande.objects.get(pk=demande.pk).etat == "en_instruction"
    creneau = CreneauFactory(file=lieu.file, debut=INSTANT + 1500 * MINUTE)
    reponse = client.post(
        f"/guichet/passages/{passage.pk}/rendez-vous/", {"creneau": creneau.pk, "motivation": "Revenez."}
    )
    assert reponse.status_code == 409
    assert Demande.objects.get(pk=demande.pk).etat == "en_instruction"
