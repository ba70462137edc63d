"""From the list to many convocations: what the page says before, what it does, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from demandes.models import Convocation, Demande, Usager
from planning.models import DemandeOuverture, LotConvocations
from planning.services import lots
from tests.demandes.factories import AgentFactory, DemandeFactory, PrefectureFactory
from tests.parcours import amener_a
from tests.planning.aide_lots import Attente
from tests.planning.factories import PREMIER_CRENEAU, CreneauFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
ADRESSE = "/agent/convoquer/"


def envoi(a: Attente, etape: str = "", **champs: Any) -> dict[str, Any]:
    donnees: dict[str, Any] = {"demande": [d.numero for d in a.demandes], **champs}
    if etape:
        donnees |= {"etape": etape, "motivation": "Venez.", "sites": [a.site.pk]} | champs
    return donnees


def test_list_offers_to_convoke_those_whose_state_allows_it(client: Client) -> None:
    a = Attente(personnes=1, places=1)
    recue = amener_a(DemandeFactory(), "deposee")
    client.force_login(a.chloe)
    page = client.get("/agent/").content.decode()
    assert f'value="{a.demandes[0].numero}"' in page
    assert f'value="{recue.numero}"' not in page
    client.force_login(AgentFactory(accueil=True))
    assert "convoquer-coches" not in client.get("/agent/").content.decode()


def test_page_says_how_many_fit_and_what_is_missing(client: Client) -> None:
    a = Attente(personnes=3, places=2)
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a))
    assert reponse.status_code == 200
    page = reponse.content.decode()
    assert "Convoquer 2 personnes" in page
    assert "data-penurie" in page
    assert "Demander l’ouverture de 1 place" in page
    assert [(f.offertes, f.promises, f.demandees, f.restent) for f in reponse.context["files"]] == [(2, 0, 2, 0)]
    assert not Convocation.objects.exists()


def test_form_preview_and_result_say_the_same_numbers(client: Client) -> None:
    """Places after the links end, or kept for others, are in no number; one number of places is said, in the table."""
    a = Attente(personnes=3, places=2)
    a.ouvrir(5, PREMIER_CRENEAU + timedelta(days=a.motif.validite_convocation_jours + 1))
    CreneauFactory(
        file=a.file,
        debut=PREMIER_CRENEAU + timedelta(days=1),
        places=2,
        gardees_accompagne=2,
        gardees_jusqu_a=PREMIER_CRENEAU + timedelta(days=1),
    )
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a))
    page = " ".join(reponse.content.decode().split())
    assert [(f.offertes, f.promises, f.demandees, f.restent) for f in reponse.context["files"]] == [(2, 0, 2, 0)]
    assert "places libres" not in page
    assert "Convoquer 2 personnes ?" in page
    assert "Il manque 1 place pour 1 personne" in page
    assert "Demander l’ouverture de 1 place" in page
    fini = " ".join(client.post(ADRESSE, envoi(a, "convoquer"), follow=True).content.decode().split())
    assert "2 personnes convoquées sur 2 qui avaient une place. 1 autre n’en avait pas" in fini


def test_free_places_that_who_has_none_may_not_take_are_said_to_be_so(client: Client) -> None:
    a = Attente(personnes=1, places=0)
    a.motif.guichet_minutes = 2 * a.minutes
    a.motif.save(update_fields=["guichet_minutes"])
    a.ouvrir(1)
    a.ouvrir(1, PREMIER_CRENEAU + timedelta(hours=2))
    client.force_login(a.chloe)
    page = " ".join(client.post(ADRESSE, envoi(a)).content.decode().split())
    assert "Il manque 2 places pour 1 personne" in page
    assert "Une visite longue prend plusieurs places." in page
    assert "data-libres-pour-d-autres" in page


def test_convoquer_twenty_or_fewer_is_done_at_once(client: Client) -> None:
    a = Attente(personnes=3, places=2)
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a, "convoquer"), follow=True)
    assert Convocation.objects.count() == 2
    page = reponse.content.decode()
    assert "2 personnes convoquées sur 2" in page
    assert 'data-ligne="sans_place"' in page
    assert str(a.demandes[2].numero) in page


def test_convoquer_many_is_left_to_the_worker_and_followed(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(lots, "IMMEDIAT_MAX", 1)
    monkeypatch.setattr("planipref.pages.views.convocations.IMMEDIAT_MAX", 1)
    a = Attente(personnes=2, places=2)
    client.force_login(a.chloe)
    client.post(ADRESSE, envoi(a, "convoquer"))
    lot = LotConvocations.objects.get()
    etat = reverse("pages:lot_etat", args=[lot.pk])
    avant = client.get(etat)
    assert "0 personne convoquée sur 2" in avant.content.decode()
    assert "HX-Refresh" not in avant
    lots.convoquer_lots()
    assert client.get(etat)["HX-Refresh"] == "true"


def test_all_of_the_filter_are_taken_when_asked(client: Client) -> None:
    a = Attente(personnes=2, places=2)
    amener_a(DemandeFactory(), "deposee")
    client.force_login(a.chloe)
    reponse = client.post(f"{ADRESSE}?etat=complete", {"toutes": "oui"})
    assert {d.pk for d, _ in reponse.context["retenues"]} == set(a.pks)
    assert reponse.context["refus"] == []
    vide = client.post(f"{ADRESSE}?etat=cloturee", {"toutes": "oui"})
    assert (vide.status_code, vide["Location"]) == (303, "/agent/?etat=cloturee")


def test_no_more_than_the_limit_are_taken_from_a_filter(client: Client, monkeypatch) -> None:
    monkeypatch.setattr("planipref.pages.convocations.LOT_MAX", 1)
    a = Attente(personnes=2, places=2)
    client.force_login(a.chloe)
    assert len(client.post(ADRESSE, {"toutes": "oui"}).context["retenues"]) == 1


def test_refused_ones_are_listed_with_why(client: Client) -> None:
    a = Attente(personnes=2, places=2)
    amener_a(a.demandes[0], "convoquee")
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a))
    assert [r for _, r in reponse.context["refus"]] == [lots.DEJA]
    assert f'data-refus="{a.demandes[0].numero}"' in reponse.content.decode()


def test_last_place_taken_meanwhile_says_so_and_loses_nothing(client: Client) -> None:
    a = Attente(personnes=1, places=0)
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a, "convoquer", motivation="Apportez tout."))
    assert reponse.status_code == 409
    assert "Apportez tout." in reponse.content.decode()


def test_missing_words_or_sites_are_asked_for(client: Client) -> None:
    a = Attente(personnes=1, places=1)
    client.force_login(a.chloe)
    manques: list[dict[str, Any]] = [{"motivation": ""}, {"sites": []}]
    for champs in manques:
        assert client.post(ADRESSE, envoi(a, "convoquer", **champs)).status_code == 422
    assert not Convocation.objects.exists()


def test_demander_asks_the_managers_and_says_so(client: Client) -> None:
    a = Attente(personnes=3, places=1)
    client.force_login(a.chloe)
    reponse = client.post(ADRESSE, envoi(a, "demander"))
    assert DemandeOuverture.objects.get().places == 2
    assert "2 places sont demandées" in reponse.content.decode()


def test_places_asked_for_already_are_said_and_not_proposed_again(client: Client) -> None:
    a = Attente(personnes=3, places=1)
    client.force_login(a.chloe)
    page = client.post(ADRESSE, envoi(a, "demander")).content.decode()
    assert "déjà demandées par" in page
    assert "demander-ouverture" not in page
    assert "Vous avez déjà demandé ces places" in client.post(ADRESSE, envoi(a, "demander")).content.decode()
    client.force_login(AgentFactory(instructeur=True))
    page = client.post(ADRESSE, envoi(a, "demander")).content.decode()
    assert "Ces places sont déjà demandées, par" in page
    assert "vous recevrez aussi la réponse" in page
    assert DemandeOuverture.objects.get().places == 2
    a.attendre(1)
    assert "Demander l’ouverture de 1 place de plus" in client.post(ADRESSE, envoi(a)).content.decode()


def test_persons_are_counted_by_the_means_that_tells_them(client: Client) -> None:
    a = Attente(personnes=3, places=3)
    for demande, champs in zip(a.demandes[:2], ({"commune": "Strasbourg"}, {"commune": ""}), strict=True):
        adresse = {"courriel": "", "telephone": "", "adresse": "3 rue du Lac", "code_postal": "67000"}
        Usager.objects.filter(pk=demande.usager_id).update(**adresse, **champs)
    client.force_login(a.chloe)
    page = " ".join(client.post(ADRESSE, envoi(a)).content.decode().split())
    assert "1 par courriel, 0 par SMS, 1 par lettre, à imprimer dans" in page
    assert "1 personne sans courriel, sans téléphone et sans adresse complète" in page


def test_foreign_demandes_and_lots_are_unknown(client: Client) -> None:
    a = Attente(personnes=1, places=1)
    client.force_login(AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="93")))
    assert client.post(ADRESSE, envoi(a)).status_code == 303
    lot = a.preparer()
    assert client.get(reverse("pages:lot", args=[lot.pk])).status_code == 404
    client.force_login(AgentFactory(accueil=True))
    assert client.post(ADRESSE, envoi(a)).status_code == 403


def test_individual_convocation_warns_when_every_place_is_promised_and_still_works(client: Client) -> None:
    a = Attente(personnes=2, places=1)
    adresse = f"/agent/demandes/{a.demandes[1].numero}/convoquer/"
    client.force_login(a.chloe)
    assert "déjà promises" not in client.get(adresse).content.decode()
    amener_a(a.demandes[0], "convoquee")
    page = client.get(adresse).content.decode()
    assert "1 place libre, 1 personne déjà à y venir" in page
    assert "Toutes les places libres sont déjà promises" in page
    donnees = {"motivation": "Venez.", "sites": [a.site.pk], "personnes": 1}
    assert client.post(adresse, donnees).status_code == 303
    assert Demande.objects.get(pk=a.demandes[1].pk).etat == "convoquee"
