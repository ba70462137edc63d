"""The statistics page: who may read what, filters in the address, errors beside the dates, and the export."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client

from demandes.models import Agent, Motif, Prefecture
from planipref.commun.export import BOM
from statistiques.selectors_tableau import ENTETES_EXPORT
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AttributionFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    ServiceFactory,
    SiteFactory,
)
from tests.parcours import amener_a
from tests.statistiques.aide import deposee, vivre

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
ADRESSES = ["/statistiques/", "/statistiques/export.csv"]


def indicateur(page: str, nom: str) -> str:
    """Return a figure as the page shows it."""
    trouve = re.search(rf'data-indicateur="{nom}".*?pp-indicateur__nombre">\s*(.*?)\s*</dd>', page, re.DOTALL)
    assert trouve is not None, nom
    return trouve[1]


def page_de(client: Client, agent: Agent, parametres: dict[str, Any] | None = None) -> str:
    client.force_login(agent)
    reponse = client.get("/statistiques/", parametres)
    assert reponse.status_code == 200
    return reponse.content.decode()


def lignes_csv(contenu: bytes) -> list[dict[str, str]]:
    texte = contenu.decode("utf-8")
    assert texte.startswith(BOM)
    return list(csv.DictReader(io.StringIO(texte.removeprefix(BOM)), delimiter=";"))


@pytest.mark.parametrize("adresse", ADRESSES)
def test_without_the_right_is_403(client: Client, chloe: Agent, adresse: str) -> None:
    client.force_login(chloe)
    assert client.get(adresse).status_code == 403


@pytest.mark.parametrize("adresse", ADRESSES)
@pytest.mark.parametrize(
    "parametres",
    [
        {"prefecture": "93"},
        {"prefecture": "1"},
        {"site": "93-siege"},
        {"site": "inconnu"},
        {"service": "reglementation"},
        {"service": "inconnu"},
        {"motif": "INCONNU"},
        {"motif": "\0"},
    ],
    ids=str,
)
def test_unknown_or_foreign_filter_is_404(client: Client, denis: Agent, etienne: Agent, adresse, parametres) -> None:
    SiteFactory(prefecture=PrefectureFactory(departement="93"))
    ServiceFactory(prefecture=PrefectureFactory(departement="93"), genre="reglementation")
    client.force_login(denis)
    assert client.get(adresse, parametres).status_code == 404


def test_page_shows_the_figures_of_the_prefecture_only(client: Client, denis: Agent, temps_fige) -> None:
    deposee(INSTANT, temps_fige, prefecture=PrefectureFactory(departement="93"))
    vivre(temps_fige, "remise")
    page = page_de(client, denis)
    attendus = {"recues": "1", "completes": "1", "convoquees": "1", "decidees": "1", "remises": "1", "sans_suite": "0"}
    attendus |= {"rdv_pris": "1", "passages": "1", "sans_rdv": "0 %", "absents": "0"}
    assert {nom: indicateur(page, nom) for nom in attendus} == attendus
    assert "1 accord (100 %)" in re.sub(r"\s+", " ", page)


def test_page_shows_delays_in_days_with_a_decimal_comma(client: Client, denis: Agent, temps_fige) -> None:
    for lenteur in (1, 2):
        vivre(temps_fige, "complete", lenteur=lenteur)
    page = page_de(client, denis)
    ligne = page.split('data-delai="depot_complet"')[1].split("</tr>")[0]
    assert re.findall(r"<td>\s*(.*?)\s*</td>", ligne) == ["2", "3,0", "3,8"]
    vide = page.split('data-delai="titre_remise"')[1].split("</tr>")[0]
    assert re.findall(r"<td>\s*(.*?)\s*</td>", vide) == ["0", "–", "–"]


def test_page_shows_the_live_stock(client: Client, denis: Agent, temps_fige) -> None:
    deposee(INSTANT, temps_fige)
    page = page_de(client, denis, {"du": "01/01/2020", "au": "02/01/2020"})
    assert indicateur(page, "recues") == "0"
    assert re.findall(r"<td>(\d+)</td>", page.split('data-etat="deposee"')[1].split("</tr>")[0]) == ["1", "0", "0"]


def test_page_names_no_agent_but_the_reader(client: Client, denis: Agent, temps_fige) -> None:
    vivre(temps_fige, "remise")
    page = page_de(client, AgentFactory(webmestre=True, first_name="Zoé", last_name="Zola"))
    assert "Zola" in page
    assert "Martin" not in page
    assert "parcours-" not in page


def test_charts_have_a_bar_a_day_drawn_without_style_nor_script(client: Client, denis: Agent, temps_fige) -> None:
    deposee(INSTANT, temps_fige)
    page = page_de(client, denis, {"periode": "7j"})
    svg = page.split("<svg")[1].split("</svg>")[0]
    assert re.findall(r'<rect x="(\d+)" y="50" width="\d+" height="50"', svg) == ["822"]  # the last of seven days
    assert 'aria-label="Demandes reçues\u00a0: 1 au total' in svg
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<script(?![^>]*nonce)", page)
    assert page.count("<caption>Flux de la période</caption>") == 1


@pytest.mark.parametrize(("periode", "titre"), [("7j", "par jour"), ("90j", "par semaine"), ("12m", "par semaine")])
def test_charts_follow_the_length_of_the_period(client: Client, denis: Agent, periode: str, titre: str) -> None:
    assert f"Flux {titre}" in page_de(client, denis, {"periode": periode})


def test_dates_typed_win_over_the_named_period_and_stay_typed(client: Client, denis: Agent, temps_fige) -> None:
    deposee(INSTANT, temps_fige)
    page = page_de(client, denis, {"periode": "7j", "du": "1/2/2030", "au": "03/03/2030"})
    assert indicateur(page, "recues") == "0"
    assert "Du 1er février 2030 au 3 mars 2030" in re.sub(r"\s+", " ", page)
    assert 'value="1/2/2030"' in page
    assert 'aria-current="true"' not in page.split("Période", 1)[1]
    assert indicateur(page_de(client, denis, {"du": "04/03/2030"}), "recues") == "1"  # up to today


def test_named_periods_keep_the_other_filters_and_drop_the_dates(client: Client, denis: Agent) -> None:
    motif = MotifFactory()
    MotifFactory()
    page = page_de(client, denis, {"motif": motif.code, "du": "01/02/2030", "au": "03/03/2030"})
    assert f'href="?motif={motif.code}&amp;periode=90j"' in page


@pytest.mark.parametrize("adresse", ADRESSES)
@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ({"du": "32/01/2030", "au": "03/03/2030"}, "Cette date n’existe pas dans le calendrier."),
        ({"du": "hier"}, "Écrivez la date comme ceci"),
        ({"au": "03/03/2030"}, "Indiquez aussi le premier jour."),
        ({"du": "03/03/2030", "au": "02/03/2030"}, "Le dernier jour vient après le premier."),
        ({"du": "05/03/2030"}, "Ce jour est à venir : indiquez aussi le dernier jour."),
        ({"du": "01/01/2026", "au": "03/03/2030"}, "La période ne dépasse pas trois ans."),
        ({"du": "01/01/0001", "au": "02/01/0001"}, "Cette date est trop ancienne"),
        ({"du": "30/12/9999", "au": "31/12/9999"}, "Cette date est trop lointaine"),
        ({"periode": "siecle"}, "Cette période n’existe pas."),
    ],
    ids=str,
)
def test_bad_dates_are_422_beside_the_field_and_nothing_is_lost(
    client: Client, denis: Agent, adresse: str, saisie: dict[str, str], message: str
) -> None:
    motif, _ = MotifFactory(), MotifFactory()
    client.force_login(denis)
    reponse = client.get(adresse, saisie | {"motif": motif.code})
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in page
    assert f'<option value="{motif.code}" selected>' in page
    for nom in ("du", "au"):
        assert f'value="{saisie.get(nom, "")}"' in page or not saisie.get(nom)
    assert "data-indicateur" not in page
    assert ('class="fr-error-text"' in page) == ("periode" not in saisie)


def test_motif_service_and_site_filter_the_figures(client: Client, denis: Agent, temps_fige) -> None:
    voulu = MotifFactory(pieces=0)
    vivre(temps_fige, "recue", motif=voulu)
    vivre(temps_fige, "recue", motif=MotifFactory(pieces=0, genre_service="reglementation"))
    ailleurs = SiteFactory(code="67-ailleurs")
    lus = [
        {nom: indicateur(page_de(client, denis, p), nom) for nom in ("recues", "passages")}
        for p in ({}, {"motif": voulu.code}, {"service": "reglementation"}, {"site": ailleurs.code})
    ]
    assert [tuple(lu.values()) for lu in lus] == [("2", "2"), ("1", "1"), ("1", "1"), ("2", "0")]
    assert "guichet — Site 67-ailleurs" in page_de(client, denis, {"site": ailleurs.code})


def test_an_attribution_to_a_service_counts_that_service_only(client: Client, temps_fige) -> None:
    vivre(temps_fige, "recue")
    vivre(temps_fige, "recue", motif=MotifFactory(pieces=0, genre_service="reglementation"))
    agent = AgentFactory()
    prefecture = PrefectureFactory()
    etrangers = ServiceFactory(prefecture=prefecture)
    AttributionFactory(agent=agent, role="chef_service", prefecture=prefecture, service=etrangers)
    page = page_de(client, agent)
    assert (indicateur(page, "recues"), indicateur(page, "passages")) == ("1", "1")
    assert "Seules les demandes de vos services sont comptées." in page
    assert client.get("/statistiques/", {"service": "reglementation"}).status_code == 404
    AttributionFactory(agent=agent, role="webmestre", prefecture=prefecture)
    assert indicateur(page_de(client, agent), "recues") == "2"


def test_an_attribution_to_a_site_counts_the_visits_of_that_site_only(client: Client, temps_fige) -> None:
    vivre(temps_fige, "recue")
    prefecture = PrefectureFactory()
    ailleurs = SiteFactory(prefecture=prefecture, code="67-ailleurs")
    agent = AgentFactory()
    AttributionFactory(agent=agent, role="chef_service", prefecture=prefecture, site=ailleurs)
    assert indicateur(page_de(client, agent), "passages") == "0"
    assert client.get("/statistiques/", {"site": "67-parcours"}).status_code == 404


def test_a_right_held_elsewhere_opens_nothing_more(client: Client, temps_fige) -> None:
    agent = AgentFactory(instructeur=True)
    autre = PrefectureFactory(departement="93")
    AttributionFactory(agent=agent, role="chef_service", prefecture=autre)
    assert "Statistiques — Préfecture du 93" in page_de(client, agent)
    assert client.get("/statistiques/", {"prefecture": "67"}).status_code == 404


def test_changing_prefecture_drops_the_site_of_the_former_one(client: Client, denis: Agent) -> None:
    autre: Prefecture = PrefectureFactory(departement="93")
    AttributionFactory(agent=denis, role="chef_service", prefecture=autre)
    site = SiteFactory()
    SiteFactory(code="67-autre")
    ServiceFactory(prefecture=PrefectureFactory())
    page = page_de(client, denis, {"prefecture": "93", "site": site.code, "service": "etrangers"})
    assert "Statistiques — Préfecture du 93" in page
    assert site.code not in page.split("<main", 1)[1].split("<nav", 1)[0]


def test_menu_shows_statistics_with_the_right_only(client: Client, denis: Agent, chloe: Agent) -> None:
    page = page_de(client, denis)
    assert re.search(r'href="/statistiques/"\s+aria-current="page">Statistiques', page)
    client.force_login(chloe)
    assert 'href="/statistiques/"' not in client.get("/agent/").content.decode()


@pytest.mark.parametrize("combien", [3, 30])
def test_same_queries_whatever_the_demandes(
    client: Client, denis: Agent, combien: int, django_assert_num_queries: Any
) -> None:
    SiteFactory()
    for _ in range(combien):
        amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), "complete")
    client.force_login(denis)
    with django_assert_num_queries(16):
        page = client.get("/statistiques/").content.decode()
    assert indicateur(page, "completes") == str(combien)
    with django_assert_num_queries(15):
        client.get("/statistiques/export.csv")


def test_export_holds_the_same_figures_one_a_row(client: Client, denis: Agent, temps_fige) -> None:
    motif: Motif = MotifFactory(pieces=0, libelle_court="Carte ; dix ans")
    vivre(temps_fige, "remise", motif=motif)
    client.force_login(denis)
    reponse = client.get("/statistiques/export.csv", {"du": "01/03/2030", "au": "31/03/2030"})
    assert reponse["Content-Disposition"] == 'attachment; filename="statistiques-67-2030-03-01-2030-03-31.csv"'
    lignes = lignes_csv(reponse.content)
    assert tuple(lignes[0]) == ENTETES_EXPORT
    recues = [ligne for ligne in lignes if ligne["Indicateur"] == "Demandes reçues"]
    assert [tuple(ligne.values()) for ligne in recues] == [
        ("Flux", "Demandes reçues", "04/03/2030", "04/03/2030", motif.code, "Carte ; dix ans", "1", "nombre")
    ]
    mediane = next(ligne for ligne in lignes if ligne["Indicateur"] == "Du dépôt au dossier complet : médiane")
    assert (mediane["Valeur"], mediane["Unité"], mediane["Au"]) == ("2", "jours", "31/03/2030")
    stock = next(ligne for ligne in lignes if ligne["Rubrique"] == "Stock")
    assert (stock["Indicateur"], stock["Valeur"], stock["Du"]) == ("Titre remis", "1", "29/03/2030")


def test_export_runs_no_formula_written_in_the_catalogue(client: Client, denis: Agent, temps_fige) -> None:
    deposee(INSTANT, temps_fige, motif=MotifFactory(pieces=0, code="=1+1", libelle_court="@SUM(A1:A9)"))
    client.force_login(denis)
    ligne = lignes_csv(client.get("/statistiques/export.csv").content)[0]
    assert (ligne["Code du motif"], ligne["Motif"]) == ("'=1+1", "'@SUM(A1:A9)")


@pytest.mark.parametrize("adresse", ADRESSES)
def test_only_reads_are_answered(client: Client, denis: Agent, adresse: str) -> None:
    client.force_login(denis)
    assert client.post(adresse).status_code == 405
