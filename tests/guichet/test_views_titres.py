"""The stock of titles: lists, typing, import shown before it is written, bulk acts that say what was refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from demandes.cycle import Etat
from demandes.models import Agent, Convocation, Demande, Service
from guichet.models import Remise, Titre
from guichet.services.convocation_titres import SANS_PLACE
from guichet.services.lecture_titres import LIGNES_MAX, OCTETS_MAX
from guichet.services.titres import renvoyer_titre
from planning.models import DemandeOuverture
from tests.demandes.factories import INSTANT, AgentFactory, AttributionFactory, MotifFactory, SiteFactory
from tests.guichet.aide import au_guichet, salle
from tests.guichet.aide_titres import ENTETE, JOUR, arriver, fichier, ligne, places_de_remise, qui_attend
from tests.guichet.factories import TitreFactory
from tests.parcours import acteur, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

ANCIEN = JOUR - timedelta(days=91)
OUI = {"confirme": "oui"}


@pytest.fixture
def agent(client: Client, chloe: Agent) -> Client:
    """An instructrice signed in."""
    client.force_login(chloe)
    return client


def liste(client: Client, cle: str) -> list[Titre]:
    """Return the titles that a list shows."""
    reponse = client.get("/guichet/titres/", {"liste": cle})
    assert reponse.status_code == 200
    return [x.titre for x in reponse.context["lignes"]]


class TestListes:
    def test_each_title_is_in_its_lists_and_counted(self, agent: Client) -> None:
        demandes = [qui_attend(f"990000000{n}") for n in range(4)]
        a_convoquer, convoque, remis = (arriver(d, f"T{n}") for n, d in enumerate(demandes[:3]))
        renvoye = arriver(demandes[3], "T3", recu_le=ANCIEN)
        seul = TitreFactory(site=a_convoquer.site, recu_le=ANCIEN)
        par = acteur(equipe(demandes[0]).chloe)
        renvoyer_titre(renvoye, motif="non_retire", par=par, maintenant=INSTANT)
        Titre.objects.filter(pk=remis.pk).update(etat="remis", remis_le=INSTANT)
        places_de_remise(convoque.site)
        agent.post("/guichet/titres/convoquer/", {"titre": convoque.pk, "liste": "a-convoquer", **OUI})
        attendues: dict[str, list[Titre]] = {
            "a-convoquer": [a_convoquer],
            "convoques": [convoque],
            "non-rapproches": [seul],
            "anciens": [seul],
            "remis": [remis],
            "renvoyes": [renvoye],
        }
        assert {cle: liste(agent, cle) for cle in attendues} == attendues
        comptes = {cle: n for cle, _, n in agent.get("/guichet/titres/").context["listes"]}
        assert comptes == {cle: len(titres) for cle, titres in attendues.items()}

    def test_titles_of_another_prefecture_site_or_service_are_not_shown(self, client: Client) -> None:
        demande = qui_attend()
        titre = arriver(demande)
        seul = TitreFactory(site=titre.site)
        annexe = SiteFactory(prefecture=demande.prefecture, code="67-annexe")
        d_un_site, d_un_service = AgentFactory(), AgentFactory()
        AttributionFactory(agent=d_un_site, role="instructeur", prefecture=demande.prefecture, site=annexe)
        permis, _ = Service.objects.get_or_create(prefecture=demande.prefecture, genre=Service.Genre.REGLEMENTATION)
        AttributionFactory(agent=d_un_service, role="instructeur", prefecture=demande.prefecture, service=permis)
        for qui, vus in ((d_un_site, []), (d_un_service, [seul])):
            client.force_login(qui)
            assert liste(client, "a-convoquer") + liste(client, "non-rapproches") == vus

    def test_list_is_paginated_with_as_many_queries_whatever_it_holds(
        self, agent: Client, django_assert_num_queries: Any
    ) -> None:
        site = TitreFactory().site
        for cle in ("non-rapproches", "a-convoquer"):
            agent.get("/guichet/titres/", {"liste": cle})
        for combien in (2, 58):
            TitreFactory.create_batch(combien, site=site)
            with django_assert_num_queries(13):
                reponse = agent.get("/guichet/titres/", {"liste": "non-rapproches"})
        assert len(reponse.context["lignes"]) == 50
        assert len(agent.get("/guichet/titres/", {"liste": "non-rapproches", "page": "2"}).context["lignes"]) == 11

    def test_export_runs_no_formula(self, agent: Client) -> None:
        TitreFactory(nom='=HYPERLINK("http://x")', prenoms="@SUM(1)", numero_titre="F1")
        texte = agent.get("/guichet/titres/export.csv", {"liste": "non-rapproches"}).content.decode("utf-8-sig")
        assert "\"'=HYPERLINK" in texte
        assert ";'@SUM(1);" in texte


class TestSaisir:
    CARTE = {"numero_titre": "ab 1234567", "numero_etranger": "9912345678", "nom": "BEN ALI", "date_reception": ""}

    def test_title_typed_is_matched_and_said(self, agent: Client) -> None:
        demande = qui_attend()
        reponse = agent.post("/guichet/titres/nouveau/", {**self.CARTE, "site": equipe(demande).site.pk}, follow=True)
        assert f"la demande {demande.numero} est « Titre à remettre »" in reponse.content.decode()
        assert Titre.objects.get().recu_le == JOUR

    @pytest.mark.parametrize(
        ("champ", "valeur"),
        [("numero_titre", "é"), ("numero_etranger", "1"), ("date_reception", "05/03/2030"), ("site", "0")],
    )
    def test_bad_entry_is_refused_beside_its_field_and_kept(self, agent: Client, champ: str, valeur: str) -> None:
        donnees = {**self.CARTE, "site": equipe(qui_attend()).site.pk, champ: valeur}
        reponse = agent.post("/guichet/titres/nouveau/", donnees)
        assert reponse.status_code == 422
        assert list(reponse.context["form"].errors) == [champ]
        assert reponse.context["form"]["nom"].value() == "BEN ALI"

    def test_site_of_another_prefecture_is_refused(self, client: Client, etienne: Agent) -> None:
        site = equipe(qui_attend()).site
        client.force_login(etienne)
        assert client.post("/guichet/titres/nouveau/", {**self.CARTE, "site": site.pk}).status_code == 422
        assert not Titre.objects.exists()

    def test_same_number_twice_is_refused_beside_the_field(self, agent: Client) -> None:
        donnees = {**self.CARTE, "site": equipe(qui_attend()).site.pk}
        agent.post("/guichet/titres/nouveau/", donnees)
        reponse = agent.post("/guichet/titres/nouveau/", donnees)
        assert reponse.context["form"].errors == {"numero_titre": ["Ce titre est déjà enregistré."]}


class TestImporter:
    def envoyer(self, client: Client, contenu: str, site: Any, codage: str = "utf-8") -> Any:
        brut = SimpleUploadedFile("titres.csv", contenu.encode(codage), "text/csv")
        return client.post("/guichet/titres/import/", {"fichier": brut, "site": site.pk})

    def test_preview_writes_nothing_then_confirmation_does_and_again_nothing(self, agent: Client) -> None:
        demande = qui_attend()
        site = equipe(demande).site
        contenu = fichier(ligne(), ligne("SEUL1", "9900000009"), ligne("é"))
        reponse = self.envoyer(agent, contenu, site, "latin-1")
        page = reponse.content.decode()
        assert reponse.status_code == 200
        assert "Enregistrer 2 titres" in page
        assert "numero_titre : le numéro du titre" in page
        assert not Titre.objects.exists()

        confirmation = {"contenu": reponse.context["form"].initial["contenu"], "site": site.pk}
        page = agent.post("/guichet/titres/import/confirmer/", confirmation).content.decode()
        assert "2 titres enregistrés" in page
        assert "SEUL1" in page
        assert Demande.objects.get(pk=demande.pk).etat == Etat.A_REMETTRE
        assert "0 titre enregistré" in agent.post("/guichet/titres/import/confirmer/", confirmation).content.decode()
        assert Titre.objects.count() == 2

    def test_import_cut_by_time_shows_the_rest_to_go_on(self, agent: Client, monkeypatch: Any) -> None:
        site = equipe(qui_attend()).site
        monkeypatch.setattr("guichet.views.titres_import.importer_titres", lambda *a, **k: None)
        reponse = agent.post("/guichet/titres/import/confirmer/", {"contenu": fichier(ligne()), "site": site.pk})
        assert "Il reste 1 titre" in reponse.content.decode()
        assert reponse.context["form"]["contenu"].value().startswith(ENTETE)

    @pytest.mark.parametrize(
        ("contenu", "message"),
        [
            (ENTETE, "aucun titre"),
            ("a;b\n1;2", "Il manque des colonnes : numero_titre, numero_etranger."),
            ("\n".join([ENTETE, *["x;y"] * (LIGNES_MAX + 1)]), "10000 titres au plus"),
            ("x" * (OCTETS_MAX + 1), "trop lourd"),
            ("é" * (OCTETS_MAX // 2 + 1), "trop lourd"),
        ],
    )
    def test_file_that_cannot_be_read_is_refused_beside_the_field(
        self, agent: Client, contenu: str, message: str
    ) -> None:
        codage = "latin-1" if contenu.startswith("é") else "utf-8"
        reponse = self.envoyer(agent, contenu, equipe(qui_attend()).site, codage)
        assert reponse.status_code == 422
        assert message in str(reponse.context["form"].errors["fichier"])

    def test_confirmation_for_the_site_of_another_prefecture_is_refused(self, client: Client, etienne: Agent) -> None:
        site = equipe(qui_attend()).site
        client.force_login(etienne)
        reponse = client.post("/guichet/titres/import/confirmer/", {"contenu": fichier(ligne()), "site": site.pk})
        assert reponse.status_code == 422
        assert not Titre.objects.exists()

    def test_model_has_the_columns(self, agent: Client) -> None:
        contenu = agent.get("/guichet/titres/import/modele.csv").content.decode("utf-8-sig")
        assert contenu.splitlines()[0] == ENTETE


class TestRattacher:
    def test_proposed_demande_is_attached_in_one_press(self, agent: Client) -> None:
        demandes = [qui_attend(), qui_attend()]
        titre = arriver(demandes[0])
        page = agent.get(f"/guichet/titres/{titre.pk}/rattacher/").content.decode()
        assert all(str(d.numero) in page for d in demandes)
        assert agent.post(f"/guichet/titres/{titre.pk}/rattacher/", {"numero": demandes[1].numero}).status_code == 303
        assert Demande.objects.get(pk=demandes[1].pk).etat == Etat.A_REMETTRE

    def test_refusal_stands_beside_the_number_typed(self, agent: Client) -> None:
        titre = TitreFactory(site=equipe(qui_attend()).site)
        reponse = agent.post(f"/guichet/titres/{titre.pk}/rattacher/", {"numero": "67-2030-999999"})
        assert reponse.status_code == 422
        assert reponse.context["form"].errors == {"numero": ["Aucune demande de la préfecture n’a ce numéro."]}


class TestDetacher:
    def test_page_says_whose_it_is_then_one_press_puts_it_with_those_not_matched(self, agent: Client) -> None:
        demande = qui_attend()
        titre = arriver(demande)
        adresse = f"/guichet/titres/{titre.pk}/detacher/"
        assert adresse in agent.get("/guichet/titres/").content.decode()
        assert str(demande.numero) in agent.get(adresse).content.decode()
        reponse = agent.post(adresse, follow=True)
        assert "détaché : il est dans « Non rapprochés »" in reponse.content.decode()
        assert [x.titre for x in reponse.context["lignes"]] == [titre]
        assert "n’est plus à détacher" in agent.get(adresse).content.decode()
        assert agent.post(adresse).status_code == 409

    def test_convoked_links_to_the_revocation_and_is_refused_with_why(self, agent: Client) -> None:
        demande = qui_attend()
        titre = arriver(demande)
        places_de_remise(titre.site)
        agent.post("/guichet/titres/convoquer/", {"titre": titre.pk, "liste": "a-convoquer", **OUI})
        reponse = agent.post(f"/guichet/titres/{titre.pk}/detacher/")
        assert reponse.status_code == 409
        assert "révoquez d’abord sa convocation" in reponse.content.decode()

        revoquer = f"/agent/demandes/{demande.numero}/revoquer/"
        assert revoquer in agent.get("/guichet/titres/", {"liste": "convoques"}).content.decode()
        assert agent.get(revoquer).status_code == 200
        assert agent.post(revoquer).status_code == 303
        assert liste(agent, "a-convoquer") == [titre]
        assert agent.get(revoquer).status_code == 409
        assert agent.post(revoquer).status_code == 409


class TestOutreMer:
    """At 21:30 UTC on 4 March, it is the 5th already in La Réunion, still the 4th in the Bas-Rhin."""

    LE_CINQ = date(2030, 3, 5)

    @pytest.fixture(autouse=True)
    def soir(self, temps_fige: Any) -> Any:
        with time_machine.travel(datetime(2030, 3, 4, 21, 30, tzinfo=UTC), tick=False):
            yield

    @pytest.fixture
    def reunion(self) -> Demande:
        return qui_attend(prefecture__departement="974", prefecture__fuseau="Indian/Reunion")

    def saisir(self, client: Client, demande: Demande, date_reception: str) -> Any:
        e = equipe(demande)
        client.force_login(e.chloe)
        donnees = {**TestSaisir.CARTE, "date_reception": date_reception, "site": e.site.pk}
        return client.post("/guichet/titres/nouveau/", donnees)

    def test_title_typed_is_received_on_the_day_of_its_site(self, client: Client, reunion: Demande) -> None:
        assert self.saisir(client, reunion, "").status_code == 303
        assert Titre.objects.get().recu_le == self.LE_CINQ

    def test_day_not_begun_at_its_site_is_refused(self, client: Client, reunion: Demande) -> None:
        assert self.saisir(client, reunion, "05/03/2030").status_code == 303
        assert self.saisir(client, qui_attend(), "05/03/2030").context["form"].errors == {
            "date_reception": ["Cette date n’est pas encore passée."]
        }

    def test_stock_is_old_by_the_day_of_its_site(self, client: Client, reunion: Demande) -> None:
        ici, jour = qui_attend("9900000001"), self.LE_CINQ - timedelta(days=91)
        titres = [arriver(d, f"T{rang}", recu_le=jour) for rang, d in enumerate((reunion, ici))]
        chef = AgentFactory()
        for demande in (reunion, ici):
            AttributionFactory(agent=chef, role="instructeur", prefecture=demande.prefecture)
        client.force_login(chef)
        assert liste(client, "anciens") == titres[:1]
        Titre.objects.filter(pk=titres[0].pk).update(etat="remis", remis_le=datetime(2030, 3, 4, 21, tzinfo=UTC))
        assert "Remis le 05/03/2030" in client.get("/guichet/titres/", {"liste": "remis"}).content.decode()


class TestEnNombre:
    def test_convoquer_does_what_it_can_and_keeps_the_others_ticked_with_why(self, agent: Client) -> None:
        un, deux = qui_attend("9900000001"), qui_attend("9900000002")
        titres = [arriver(un, "T1"), arriver(deux, "T2")]
        places_de_remise(titres[0].site)
        donnees = {"titre": [t.pk for t in titres], "liste": "a-convoquer"}
        page = agent.post("/guichet/titres/convoquer/", donnees).content.decode()
        assert "Convoquer 2 personnes" in page
        assert un.usager.nom_complet in page
        assert not Convocation.objects.filter(objet="remise").exists()

        reponse = agent.post("/guichet/titres/convoquer/", donnees | OUI, follow=True)
        assert "2 personnes convoquées." in reponse.content.decode()
        assert Convocation.objects.filter(objet="remise").count() == 2
        Titre.objects.update(recu_le=ANCIEN)

        reponse = agent.post("/guichet/titres/convoquer/", {"titre": titres[0].pk, "liste": "anciens", **OUI})
        assert reponse.status_code == 422
        lignes = {x.titre.pk: x for x in reponse.context["lignes"]}
        assert (lignes[titres[0].pk].refus, lignes[titres[0].pk].choisi) == (
            "L’usager est déjà convoqué pour la remise.",
            True,
        )
        assert not lignes[titres[1].pk].choisi

    def test_convoquer_says_who_has_no_place_and_asks_for_the_places(self, agent: Client) -> None:
        titres = [arriver(qui_attend(f"990000000{n}"), f"T{n}") for n in range(3)]
        places_de_remise(titres[0].site, 1)
        donnees = {"titre": [t.pk for t in titres], "liste": "a-convoquer"}
        page = agent.post("/guichet/titres/convoquer/", donnees).content.decode()
        assert 'data-sans-place="2"' in page
        assert "Convoquer 1 personne" in page
        assert "Demander l’ouverture de 2 places" in page

        page = agent.post("/guichet/titres/convoquer/", donnees | OUI | {"geste": "demander"}).content.decode()
        assert "2 places sont demandées aux responsables du planning." in page
        assert DemandeOuverture.objects.get().places == 2
        assert not Convocation.objects.filter(objet="remise").exists()

        reponse = agent.post("/guichet/titres/convoquer/", donnees | OUI)
        assert reponse.status_code == 422
        refus = {x.titre.pk: x.refus for x in reponse.context["lignes"] if x.refus}
        assert refus == dict.fromkeys((t.pk for t in titres[1:]), SANS_PLACE)

    def test_convoquer_with_no_place_at_all_offers_only_to_ask(self, agent: Client) -> None:
        titre = arriver(qui_attend())
        page = agent.post("/guichet/titres/convoquer/", {"titre": titre.pk, "liste": "a-convoquer"}).content.decode()
        assert 'data-action="confirmer"' not in page
        assert 'data-action="demander-ouverture"' in page

    @pytest.mark.parametrize("acte", ["convoquer", "renvoyer"])
    def test_nothing_ticked_is_said(self, agent: Client, acte: str) -> None:
        reponse = agent.post(f"/guichet/titres/{acte}/", {"motif": "deces", "titre": "x"})
        assert reponse.status_code == 422
        assert "Cochez au moins un titre." in reponse.content.decode()

    def test_renvoyer_several_and_says_which_cannot(self, agent: Client) -> None:
        vieux = TitreFactory(recu_le=ANCIEN)
        jeune = TitreFactory(site=vieux.site)
        donnees = {"titre": [vieux.pk, jeune.pk], "motif": "non_retire"}
        assert "Renvoyer 2 titres" in agent.post("/guichet/titres/renvoyer/", donnees).content.decode()
        assert not Titre.objects.filter(etat="renvoye").exists()

        donnees |= OUI
        reponse = agent.post("/guichet/titres/renvoyer/", donnees)
        assert reponse.status_code == 422
        assert "1 titre renvoyé." in reponse.content.decode()
        assert Titre.objects.get(pk=vieux.pk).motif_renvoi == "non_retire"
        assert Titre.objects.get(pk=jeune.pk).etat == "en_stock"

        reponse = agent.post("/guichet/titres/renvoyer/", {"titre": jeune.pk, "motif": "erreur", **OUI})
        assert reponse.status_code == 303
        assert Titre.objects.get(pk=jeune.pk).motif_renvoi == "erreur"

    def test_renvoyer_without_reason_keeps_the_boxes(self, agent: Client) -> None:
        titre = TitreFactory(recu_le=ANCIEN)
        reponse = agent.post("/guichet/titres/renvoyer/", {"titre": titre.pk, "motif": "", "liste": "anciens"})
        assert reponse.status_code == 422
        assert [x.choisi for x in reponse.context["lignes"]] == [True]
        assert "motif" in reponse.context["renvoi"].errors

    def test_titles_out_of_reach_are_left_alone(self, client: Client, etienne: Agent) -> None:
        titre = TitreFactory(recu_le=ANCIEN)
        client.force_login(etienne)
        client.post("/guichet/titres/renvoyer/", {"titre": titre.pk, "motif": "deces", **OUI})
        assert Titre.objects.get().etat == "en_stock"


class TestAuGuichet:
    def test_form_says_the_number_in_stock_and_wants_it_read_on_the_card(self, client: Client, denis: Agent) -> None:
        lieu = salle(etapes=[4])
        demande = lieu.demande("deposee", numero_etranger="9912345678")
        titre = arriver(demande)
        passage = lieu.recevoir(Demande.objects.get(pk=demande.pk), denis)
        guichet = au_guichet(client, denis, lieu)
        page = guichet.get("/guichet/").content.decode()
        assert "En stock pour cette demande : AB1234567" in page
        assert 'value="AB1234567"' not in page

        donnees = {"numero_titre": "ZZ1", "identite_verifiee": "on", "signature_nom": "Amina Ben Ali"}
        reponse = guichet.post(f"/guichet/passages/{passage.pk}/remettre/", donnees)
        assert reponse.status_code == 422
        assert "Ce n’est pas le numéro du titre reçu pour cette demande (AB1234567)." in reponse.content.decode()

        donnees["numero_titre"] = "AB1234567"
        assert guichet.post(f"/guichet/passages/{passage.pk}/remettre/", donnees).status_code == 303
        titre.refresh_from_db()
        assert (titre.etat, Remise.objects.get().numero_titre) == ("remis", "AB1234567")


def test_motif_without_title_is_never_matched() -> None:
    demande = qui_attend(motif=MotifFactory(sans_remise=True))
    assert arriver(demande).demande is None
