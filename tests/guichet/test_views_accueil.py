"""The reception desk: the day, arrivals, walk-ins, the ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Demande
from guichet.models import Passage
from guichet.services import accueil
from guichet.services import guichet as services
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur
from tests.planning.factories import FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

IDENTITE = {"nom": "Nguyễn", "prenoms": "Thị Hoa", "date_naissance": "00/00/1961"}


def a_l_accueil(client: Client, agent: Agent, lieu: Salle) -> Client:
    client.force_login(agent)
    assert client.post("/guichet/accueil/site/", {"site": lieu.site.pk}).status_code == 303
    return client


def test_accueil_with_several_sites_asks_for_one(client: Client, bruno: Agent) -> None:
    lieu = salle()
    FileGuichetFactory(site__code="67-autre")
    client.force_login(bruno)
    assert client.get("/guichet/accueil/")["Location"] == "/guichet/accueil/site/"
    assert a_l_accueil(client, bruno, lieu).get("/guichet/accueil/").status_code == 200


def test_accueil_with_one_site_opens_at_once(client: Client, bruno: Agent) -> None:
    salle()
    client.force_login(bruno)
    assert client.get("/guichet/accueil/").status_code == 200


def test_accueil_tells_the_state_of_each_appointment(client: Client, bruno: Agent, chloe: Agent) -> None:
    lieu = salle()
    for rang, nom in enumerate(["Attendu", "Arrive", "Recu", "Absent"]):
        lieu.rendez_vous(INSTANT + (10 + rang) * MINUTE, nom)
    rendez_vous = {d.usager.nom: d.convocations.get().rendez_vous.get() for d in Demande.objects.all()}
    for nom in ("Recu", "Absent"):
        passage = accueil.enregistrer_arrivee(rendez_vous[nom], par=acteur(bruno), maintenant=INSTANT)
        services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
        if nom == "Absent":
            services.constater_absence(passage, par=acteur(chloe), maintenant=INSTANT + 15 * MINUTE)
        else:
            services.recevoir(passage, par=acteur(chloe), maintenant=INSTANT)
            services.terminer(passage, par=acteur(chloe), maintenant=INSTANT)
    accueil.enregistrer_arrivee(rendez_vous["Arrive"], par=acteur(bruno), maintenant=INSTANT)

    contexte = a_l_accueil(client, bruno, lieu).get("/guichet/accueil/").context

    statuts = {x.rendez_vous.convocation.demande.usager.nom: x.statut for x in contexte["lignes"]}
    assert statuts == {
        "Attendu": "attendu",
        "Arrive": "arrive",
        "Recu": "termine",
        "Absent": "absent",
    }


def test_accueil_past_hour_is_en_retard(client: Client, bruno: Agent, temps_fige: Any) -> None:
    lieu = salle()
    lieu.rendez_vous(INSTANT + 10 * MINUTE)
    temps_fige.move_to(INSTANT + 25 * MINUTE)
    page = a_l_accueil(client, bruno, lieu).get("/guichet/accueil/").content.decode()
    assert 'data-presence="en_retard"' in page
    assert "de 15\u00a0min" in page


def test_accueil_number_of_queries_does_not_grow_with_the_day(
    client: Client, bruno: Agent, django_assert_num_queries: Any
) -> None:
    lieu = salle()
    a_l_accueil(client, bruno, lieu).get("/guichet/accueil/")  # what past days say is read once
    for rang in range(2):
        lieu.rendez_vous(INSTANT + (10 + rang) * MINUTE)
        lieu.entrer(lieu.demande(), bruno)
    with django_assert_num_queries(23):
        client.get("/guichet/accueil/")
    for rang in range(4):
        lieu.rendez_vous(INSTANT + (30 + rang) * MINUTE)
        lieu.entrer(lieu.demande(), bruno)
    with django_assert_num_queries(23):
        client.get("/guichet/accueil/")


def test_arrivee_gives_a_ticket_once(client: Client, bruno: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 10 * MINUTE)
    a_l_accueil(client, bruno, lieu)
    adresse = f"/guichet/accueil/rendez-vous/{rendez_vous.pk}/arrivee/"
    assert client.post(adresse).status_code == 303
    assert client.post(adresse).status_code == 303
    passage = Passage.objects.get()
    page = client.get("/guichet/accueil/").content.decode()
    assert f'data-ticket="{passage.numero_ticket}"' in page
    assert "1 personne en attente" in page


def test_arrivee_of_a_foreign_appointment_is_404(client: Client, etienne: Agent) -> None:
    rendez_vous = salle().rendez_vous(INSTANT + 10 * MINUTE)
    client.force_login(etienne)
    assert client.post(f"/guichet/accueil/rendez-vous/{rendez_vous.pk}/arrivee/").status_code == 404


def test_arrivee_on_another_day_is_409_on_the_page(client: Client, bruno: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 60 * 48 * MINUTE)
    reponse = a_l_accueil(client, bruno, lieu).post(f"/guichet/accueil/rendez-vous/{rendez_vous.pk}/arrivee/")
    assert reponse.status_code == 409
    assert "Ce rendez-vous n’est pas aujourd’hui." in reponse.content.decode()


def test_recherche_finds_by_number_and_by_name(client: Client, bruno: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("deposee", nom="O’Connor")
    a_l_accueil(client, bruno, lieu)
    for texte in (str(demande.numero), "o’conn"):
        page = client.get("/guichet/accueil/", {"q": texte}).content.decode()
        assert f'data-numero="{demande.numero}"' in page
        assert 'data-action="sans-rdv"' in page


def test_recherche_tells_the_appointment_of_another_day(client: Client, bruno: Agent) -> None:
    lieu = salle()
    lieu.rendez_vous(INSTANT + timedelta(days=9), nom="O’Connor")
    page = a_l_accueil(client, bruno, lieu).get("/guichet/accueil/", {"q": "o’conn"}).content.decode()
    assert "RDV le 13 mars à 9\u00a0h" in page
    assert "Sans rendez-vous" in page


def test_sans_rdv_opens_a_demande_and_prints_its_receipt(client: Client, bruno: Agent) -> None:
    lieu = salle()
    a_l_accueil(client, bruno, lieu)
    reponse = client.post("/guichet/accueil/sans-rdv/", IDENTITE | {"motif": lieu.motif.code, "priorite": "on"})
    passage = Passage.objects.select_related("demande").get()
    assert (reponse.status_code, reponse["Location"]) == (303, f"/guichet/passages/{passage.pk}/ticket/")
    assert passage.demande is not None
    assert (passage.priorite, passage.demande.etat, passage.demande.canal) == (1, "deposee", "guichet")
    page = client.get(reponse["Location"]).content.decode()
    assert f'data-ticket="{passage.numero_ticket}"' in page
    assert str(passage.demande.numero) in page
    assert f"/actes/{passage.demande.actes.get().code}.pdf" in page
    assert "Reçu de la demande" in page
    assert ("/suivi/ avec ce numéro" in page) == bool(passage.demande.usager.courriel)


def test_sans_rdv_sent_twice_gives_one_demande_and_one_ticket(client: Client, bruno: Agent) -> None:
    lieu = salle()
    form = a_l_accueil(client, bruno, lieu).get("/guichet/accueil/").context["form"]
    donnees = IDENTITE | {"motif": lieu.motif.code, "saisie": form["saisie"].value()}
    adresses = {client.post("/guichet/accueil/sans-rdv/", donnees)["Location"] for _ in range(2)}
    assert len(adresses) == 1
    assert Demande.objects.count() == Passage.objects.count() == 1

    autre = client.post("/guichet/accueil/sans-rdv/", donnees | {"nom": "Sow"})  # the page came back from history
    assert autre["Location"] not in adresses
    assert Demande.objects.count() == Passage.objects.count() == 2


def test_sans_rdv_form_has_at_most_eight_fields(client: Client, bruno: Agent) -> None:
    lieu = salle()
    form = a_l_accueil(client, bruno, lieu).get("/guichet/accueil/sans-rdv/").context["form"]
    assert len(form.visible_fields()) <= 8
    assert [n for n, c in form.fields.items() if c.required] == ["motif", "nom", "prenoms", "date_naissance"]


def test_sans_rdv_with_errors_is_422_and_keeps_what_was_typed(client: Client, bruno: Agent) -> None:
    lieu = salle()
    saisie = IDENTITE | {"motif": lieu.motif.code, "date_naissance": "31/02/1961"}
    reponse = a_l_accueil(client, bruno, lieu).post("/guichet/accueil/sans-rdv/", saisie)
    assert reponse.status_code == 422
    assert "Nguyễn" in reponse.content.decode()
    assert not Passage.objects.exists()


@pytest.mark.parametrize("adresse", ["3 rue du Lac", "67000 Strasbourg", "3 rue du Lac, Strasbourg"])
def test_sans_rdv_address_where_no_letter_would_arrive_is_said_at_once(
    client: Client, bruno: Agent, adresse: str
) -> None:
    lieu = salle()
    saisie = IDENTITE | {"motif": lieu.motif.code, "adresse": adresse}
    a_l_accueil(client, bruno, lieu)
    reponse = client.post("/guichet/accueil/sans-rdv/", saisie)
    assert reponse.status_code == 422
    assert "ajoutez le code postal et la commune" in reponse.content.decode()
    entiere = saisie | {"adresse": "3 rue du Lac, 67000 Strasbourg"}
    assert client.post("/guichet/accueil/sans-rdv/", entiere).status_code == 303


def test_sans_rdv_address_of_who_has_a_mail_may_lack_anything(client: Client, bruno: Agent) -> None:
    lieu = salle()
    saisie = IDENTITE | {"motif": lieu.motif.code, "adresse": "3 rue du Lac", "courriel": "hoa@example.org"}
    assert a_l_accueil(client, bruno, lieu).post("/guichet/accueil/sans-rdv/", saisie).status_code == 303


def test_rattacher_by_number_gives_a_ticket_in_the_motifs_queue(client: Client, bruno: Agent) -> None:
    lieu = salle()
    demande = lieu.demande("complete")
    a_l_accueil(client, bruno, lieu)
    reponse = client.post("/guichet/accueil/rattacher/", {"numero": f" {str(demande.numero).lower()} "})
    assert reponse.status_code == 303
    assert Passage.objects.get().file_id == lieu.file.pk
    doublon = client.post("/guichet/accueil/rattacher/", {"numero": demande.numero})
    assert doublon.status_code == 422
    assert "déjà enregistrée" in doublon.content.decode()


@pytest.mark.parametrize("numero", ["67-2030-999999", "n’importe quoi", ""])
def test_rattacher_unknown_number_is_422(client: Client, bruno: Agent, numero: str) -> None:
    reponse = a_l_accueil(client, bruno, salle()).post("/guichet/accueil/rattacher/", {"numero": numero})
    assert reponse.status_code == 422


def test_parti_leaves_the_queue(client: Client, bruno: Agent) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), bruno)
    a_l_accueil(client, bruno, lieu)
    assert client.post(f"/guichet/passages/{passage.pk}/parti/").status_code == 303
    assert client.post(f"/guichet/passages/{passage.pk}/parti/").status_code == 409
    assert Passage.objects.get().etat == "parti"


def test_jour_unchanged_is_204(client: Client, bruno: Agent) -> None:
    lieu = salle()
    a_l_accueil(client, bruno, lieu)
    version = client.get("/guichet/accueil/jour/").context["version"]
    assert client.get(f"/guichet/accueil/jour/?version={version}").status_code == 204
    lieu.entrer(lieu.demande(), bruno)
    assert client.get(f"/guichet/accueil/jour/?version={version}").status_code == 200


def test_ticket_of_a_foreign_site_is_404(client: Client, bruno: Agent, etienne: Agent) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), bruno)
    client.force_login(etienne)
    assert client.get(f"/guichet/passages/{passage.pk}/ticket/").status_code == 404
