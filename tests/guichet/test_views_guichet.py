"""The counter's screen: who is next and why, the acts, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from demandes.models import Agent, Demande, Usager
from guichet.models import Passage, Remise
from guichet.services import guichet as services
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, au_guichet, salle
from tests.parcours import acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def test_guichet_without_counter_asks_for_one(client: Client, chloe: Agent) -> None:
    client.force_login(chloe)
    reponse = client.get("/guichet/")
    assert (reponse.status_code, reponse["Location"]) == (303, "/guichet/poste/")


def test_poste_of_another_prefecture_is_refused(client: Client, etienne: Agent) -> None:
    lieu = salle()
    client.force_login(etienne)
    reponse = client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})
    assert reponse.status_code == 422


def test_poste_held_by_a_colleague_is_refused_beside_the_field(client: Client, chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande(), denis)
    client.force_login(chloe)

    reponse = client.post("/guichet/poste/", {"guichet": lieu.guichet.pk})

    assert reponse.status_code == 422
    assert reponse.context["form"].errors == {"guichet": [f"Ce guichet est tenu par {denis}."]}
    services.terminer(passage, par=acteur(denis), maintenant=INSTANT)
    assert client.post("/guichet/poste/", {"guichet": lieu.guichet.pk}).status_code == 303


def test_guichet_without_right_is_403(client: Client, bruno: Agent) -> None:
    client.force_login(bruno)
    assert client.get("/guichet/").status_code == 403


def test_guichet_lists_who_waits_in_order_with_reason_and_wait(client: Client, chloe: Agent) -> None:
    lieu = salle()
    premier = lieu.entrer(lieu.demande(nom="Premier"), chloe, a=INSTANT - 12 * MINUTE)
    prioritaire = lieu.entrer(lieu.demande(nom="Second"), chloe, a=INSTANT - 2 * MINUTE, priorite=1)

    page = au_guichet(client, chloe, lieu).get("/guichet/").content.decode()

    assert page.index(f'data-ticket="{prioritaire.numero_ticket}"') < page.index(f'"{premier.numero_ticket}"')
    assert 'data-attente="12"' in page
    assert 'data-attente="2"' in page
    assert "Prioritaire" in page
    assert "sans RDV, arrivé à 8\u00a0h\u00a048" in page
    assert "Premier".upper() not in page


def test_guichet_number_of_queries_does_not_grow_with_the_queue(
    client: Client, chloe: Agent, django_assert_num_queries: Any
) -> None:
    lieu = salle()
    au_guichet(client, chloe, lieu)
    for rang in range(3):
        lieu.entrer(lieu.demande(nom=f"Nom {'abc'[rang]}"), chloe)
    with django_assert_num_queries(13):
        client.get("/guichet/")
    for rang in range(6):
        lieu.entrer(lieu.demande(nom=f"Autre {'abcdef'[rang]}"), chloe)
    with django_assert_num_queries(13):
        client.get("/guichet/")


def test_file_unchanged_is_204_then_sent_again_when_someone_arrives(
    client: Client, chloe: Agent, django_assert_num_queries: Any
) -> None:
    lieu = salle()
    au_guichet(client, chloe, lieu)
    lieu.entrer(lieu.demande(), chloe)
    version = client.get("/guichet/file/").context["version"]

    with django_assert_num_queries(6):
        assert client.get(f"/guichet/file/?version={version}").status_code == 204

    lieu.entrer(lieu.demande(nom="Diallo"), chloe)
    reponse = client.get(f"/guichet/file/?version={version}")
    assert reponse.status_code == 200
    assert "2 personnes en attente" in reponse.content.decode()


def test_file_is_sent_again_each_minute_for_the_waits_grow(client: Client, chloe: Agent) -> None:
    lieu = salle()
    au_guichet(client, chloe, lieu)
    lieu.entrer(lieu.demande(), chloe)
    version = client.get("/guichet/file/").context["version"]
    with time_machine.travel(INSTANT + MINUTE, tick=False):
        assert 'data-attente="1"' in client.get(f"/guichet/file/?version={version}").content.decode()


def test_address_where_no_letter_would_arrive_is_said_at_the_counter(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    lieu.recevoir(demande, chloe)
    au_guichet(client, chloe, lieu)
    usager = Usager.objects.filter(pk=demande.usager_id)
    usager.update(courriel="", code_postal="")
    page = client.get("/guichet/").content.decode()
    assert "data-adresse-incomplete" in page
    assert "il manque\u00a0: code postal." in page
    usager.update(courriel="amina@example.org")
    assert "data-adresse-incomplete" not in client.get("/guichet/").content.decode()


def test_appeler_then_recevoir_shows_the_demande_beside_the_ticket(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    passage = lieu.entrer(demande, chloe)
    au_guichet(client, chloe, lieu)

    assert client.post("/guichet/appeler/").status_code == 303
    page = client.get("/guichet/").content.decode()
    assert 'data-action="recevoir"' in page
    assert str(demande.numero) not in page

    assert client.post(f"/guichet/passages/{passage.pk}/recevoir/").status_code == 303
    page = client.get("/guichet/").content.decode()
    assert f'data-numero="{demande.numero}"' in page
    assert 'data-etat="recue"' in page
    assert f"/agent/demandes/{demande.numero}/" in page
    assert 'data-action="instruire"' in page
    assert 'data-action="accorder"' not in page


def test_appeler_with_person_at_counter_is_409_on_the_screen(client: Client, chloe: Agent) -> None:
    lieu = salle()
    lieu.recevoir(lieu.demande("complete"), chloe)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe)
    reponse = au_guichet(client, chloe, lieu).post("/guichet/appeler/")
    assert reponse.status_code == 409
    assert "Terminez d’abord le passage en cours." in reponse.content.decode()


def test_appeler_with_nobody_says_so(client: Client, chloe: Agent) -> None:
    reponse = au_guichet(client, chloe, salle()).post("/guichet/appeler/", follow=True)
    assert "Personne n’attend pour votre guichet." in reponse.content.decode()


def test_rappeler_then_absent_frees_the_counter(
    client: Client, chloe: Agent, temps_fige: time_machine.Traveller
) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), chloe)
    au_guichet(client, chloe, lieu)
    client.post("/guichet/appeler/")
    temps_fige.shift(10)
    client.post(f"/guichet/passages/{passage.pk}/rappeler/")
    assert "appelé 2 fois" in client.get("/guichet/").content.decode()
    temps_fige.shift(10)

    client.post(f"/guichet/passages/{passage.pk}/absent/")

    passage.refresh_from_db()
    assert passage.etat == "absent"
    assert 'data-action="appeler"' in client.get("/guichet/").content.decode()


def test_agir_on_a_foreign_visit_is_404(client: Client, chloe: Agent, etienne: Agent) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), chloe)
    client.force_login(etienne)
    assert client.post(f"/guichet/passages/{passage.pk}/recevoir/").status_code == 404


def test_terminer_twice_is_409(client: Client, chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande("complete"), chloe)
    au_guichet(client, chloe, lieu)
    assert client.post(f"/guichet/passages/{passage.pk}/terminer/").status_code == 303
    assert client.post(f"/guichet/passages/{passage.pk}/terminer/").status_code == 409


def test_walk_in_of_plein_droit_is_decided_before_leaving(client: Client, denis: Agent) -> None:
    lieu = salle(plein_droit=True, etapes=[1, 2, 3], pieces=2)
    demande = lieu.demande("deposee")
    passage = lieu.recevoir(demande, denis)
    au_guichet(client, denis, lieu)
    base = f"/guichet/passages/{passage.pk}/"
    premiere = lieu.motif.pieces_requises.order_by("ordre")[0]

    assert client.post(f"{base}demande/constater_completude/").status_code == 422
    assert client.post(f"{base}pieces/", {"conforme": premiere.pk}).status_code == 303
    assert client.post(f"{base}pieces/", {"toutes": "1"}).status_code == 303
    assert client.post(f"{base}demande/constater_completude/").status_code == 303
    reponse = client.post(f"{base}demande/accorder/", follow=True)

    page = reponse.content.decode()
    assert Demande.objects.get(pk=demande.pk).etat == "accordee"
    assert "L’acte est envoyé par courriel" in page
    assert f"/actes/{demande.actes.get(genre='decision').code}.pdf" in page
    assert Demande.objects.get(pk=demande.pk).decision.au_guichet


def test_plein_droit_grants_first_then_the_title_ready_is_what_follows(client: Client, denis: Agent) -> None:
    lieu = salle(plein_droit=True)
    passage = lieu.recevoir(lieu.demande("complete"), denis)
    au_guichet(client, denis, lieu)
    reponse = client.get("/guichet/")
    assert [t.nom for t in reponse.context["personnes"][0].actions] == ["accorder", "instruire"]
    assert reponse.context["personnes"][0].suites == []

    reponse = client.post(f"/guichet/passages/{passage.pk}/demande/accorder/", follow=True)

    assert reponse.context["personnes"][0].actions == []
    assert [t.nom for t in reponse.context["personnes"][0].suites] == ["constater_titre_pret"]
    page = reponse.content.decode()
    assert ">Suite</h3>" in page
    assert "Décider maintenant" not in page


def test_file_with_nobody_says_so_in_words(client: Client, chloe: Agent) -> None:
    page = au_guichet(client, chloe, salle()).get("/guichet/").content.decode()
    assert "Personne n’attend" in page
    assert "en attente</h2>" not in page


def test_accorder_without_delegation_is_refused_and_nothing_is_lost(client: Client, denis: Agent) -> None:
    lieu = salle(plein_droit=True)
    demande = lieu.demande("complete")
    passage = lieu.recevoir(demande, denis)
    denis.delegations.all().delete()
    reponse = au_guichet(client, denis, lieu).post(f"/guichet/passages/{passage.pk}/demande/accorder/")
    assert reponse.status_code == 403
    assert Demande.objects.get(pk=demande.pk).etat == "recue"


def test_accorder_by_agent_without_the_right_has_no_button_and_is_403(client: Client, chloe: Agent) -> None:
    lieu = salle(plein_droit=True)
    passage = lieu.recevoir(lieu.demande("complete"), chloe)
    au_guichet(client, chloe, lieu)
    assert 'data-action="accorder"' not in client.get("/guichet/").content.decode()
    assert client.post(f"/guichet/passages/{passage.pk}/demande/accorder/").status_code == 403


def test_decider_outside_the_counters_list_is_404(client: Client, chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande("complete"), chloe)
    au_guichet(client, chloe, lieu)
    assert client.post(f"/guichet/passages/{passage.pk}/demande/refuser/").status_code == 404


def test_pieces_non_conforme_without_reason_is_422_then_noted(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("deposee")
    passage = lieu.recevoir(demande, chloe)
    au_guichet(client, chloe, lieu)
    requise = lieu.motif.pieces_requises.get().pk
    adresse = f"/guichet/passages/{passage.pk}/pieces/"

    assert client.post(adresse, {"non_conforme": requise, "raison": " "}).status_code == 422
    assert client.post(adresse, {"non_conforme": requise, "raison": "Photo floue."}).status_code == 303
    assert "Non conforme : Photo floue." in client.get("/guichet/").content.decode()


@pytest.mark.parametrize("valeur", ["", "abc", "-1", "99999999"])
def test_pieces_with_a_wrong_identifier_is_404(client: Client, chloe: Agent, valeur: str) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande("deposee"), chloe)
    au_guichet(client, chloe, lieu)
    assert client.post(f"/guichet/passages/{passage.pk}/pieces/", {"conforme": valeur}).status_code == 404


def test_remettre_signed_for_then_terminer_closes(client: Client, chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("a_remettre")
    passage = lieu.recevoir(demande, chloe)
    au_guichet(client, chloe, lieu)
    assert 'name="numero_titre"' in client.get("/guichet/").content.decode()
    saisie = {"numero_titre": "ab123", "identite_verifiee": "on", "signature_nom": "Amina Ben Ali"}

    refus = client.post(f"/guichet/passages/{passage.pk}/remettre/", saisie | {"identite_verifiee": ""})
    assert refus.status_code == 422
    assert 'value="ab123"' in refus.content.decode()

    assert client.post(f"/guichet/passages/{passage.pk}/remettre/", saisie).status_code == 303
    assert Remise.objects.get(demande=demande).numero_titre == "AB123"
    client.post(f"/guichet/passages/{passage.pk}/terminer/")
    assert Demande.objects.get(pk=demande.pk).etat == "cloturee"


def test_remettre_with_a_forged_drawing_is_422(client: Client, chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande("a_remettre"), chloe)
    au_guichet(client, chloe, lieu)
    saisie = {"numero_titre": "ab123", "identite_verifiee": "on", "signature_nom": "Amina"}
    saisie["signature_image"] = "data:image/svg+xml;base64,PHN2Zz4="
    assert client.post(f"/guichet/passages/{passage.pk}/remettre/", saisie).status_code == 422


def test_dossier_acts_after_the_visit_ended_are_409(client: Client, chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande("complete"), chloe)
    services.terminer(passage, par=acteur(chloe), maintenant=INSTANT)
    au_guichet(client, chloe, lieu)
    assert client.post(f"/guichet/passages/{passage.pk}/demande/instruire/").status_code == 409
    assert Passage.objects.get(pk=passage.pk).etat == "termine"
