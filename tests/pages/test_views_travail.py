"""The worklist: order, filters, counts, next dossier, and a constant number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from demandes.models import Agent, Demande
from planipref.pages import listes
from planning.models import Creneau
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory, UsagerFactory
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def deposee(**champs) -> Demande:
    motif = champs.pop("motif", None) or MotifFactory(pieces=0)
    return amener_a(DemandeFactory(motif=motif, **champs), "deposee")


def numeros(reponse) -> list[str]:
    return [ligne.demande.numero for ligne in reponse.context["lignes"]]


def echeance(demande: Demande, jours: int) -> None:
    Demande.objects.filter(pk=demande.pk).update(echeance=INSTANT.date() + timedelta(days=jours))


def test_travail_shows_the_nearest_deadline_first_and_says_it_in_words(client: Client, chloe: Agent) -> None:
    tranquille, proche, depassee = deposee(), deposee(), deposee()
    for demande, jours in ((tranquille, 90), (proche, 30), (depassee, -1)):
        echeance(demande, jours)
    client.force_login(chloe)
    reponse = client.get("/agent/")
    assert numeros(reponse) == [depassee.numero, proche.numero, tranquille.numero]
    page = reponse.content.decode()
    assert "dépassée de 1 jour" in page
    assert "dans 30 jours" in page
    assert page.count("fr-badge--error") == 1
    assert page.count("fr-badge--warning") == 1
    assert f'data-numero="{depassee.numero}"' in page


def test_travail_by_default_leaves_out_what_waits_for_the_usager(client: Client, chloe: Agent) -> None:
    amener_a(DemandeFactory(motif=MotifFactory()), "a_completer")
    client.force_login(chloe)
    assert numeros(client.get("/agent/")) == []
    assert len(numeros(client.get("/agent/?etat=en-attente"))) == 1
    assert len(numeros(client.get("/agent/?etat=a_completer"))) == 1


def test_travail_shows_no_foreign_demande_nor_draft(client: Client, chloe: Agent, etienne: Agent) -> None:
    DemandeFactory()
    deposee(prefecture=PrefectureFactory(departement="93"))
    client.force_login(chloe)
    assert numeros(client.get("/agent/?etat=tous")) == []
    client.force_login(etienne)
    assert len(numeros(client.get("/agent/?etat=tous"))) == 1


@pytest.mark.parametrize("cherche", ["numero", "nom", "etranger"])
def test_travail_search_finds_by_number_name_and_foreigner_number(client: Client, chloe: Agent, cherche: str) -> None:
    usager = UsagerFactory(nom="Zidane", numero_etranger="6703012345")
    voulue, _ = deposee(usager=usager), deposee()
    textes = {"numero": str(voulue.numero).lower(), "nom": "zid", "etranger": "6703012345"}
    client.force_login(chloe)
    assert numeros(client.get("/agent/", {"q": textes[cherche]})) == [voulue.numero]


def test_travail_filters_by_agent_motif_and_deadline(client: Client, chloe: Agent) -> None:
    mienne, autre = deposee(), deposee()
    Demande.objects.filter(pk=mienne.pk).update(agent=chloe)
    echeance(mienne, 20)
    echeance(autre, 60)
    client.force_login(chloe)
    for parametres in ("agent=moi", "echeance=30", f"motif={mienne.motif.code}"):
        assert numeros(client.get(f"/agent/?{parametres}")) == [mienne.numero]
    assert numeros(client.get("/agent/?agent=personne")) == [autre.numero]


@pytest.mark.parametrize(
    "parametres",
    ["etat=inconnu", "service=abc", "echeance=-1", "page=zzz", "q=%00", "motif=%00x", "service=99999999999"],
)
def test_travail_with_a_meaningless_filter_still_answers(client: Client, chloe: Agent, parametres: str) -> None:
    client.force_login(chloe)
    assert client.get(f"/agent/?{parametres}").status_code == 200


def test_travail_keeps_filters_in_the_links_to_dossiers(client: Client, chloe: Agent) -> None:
    demande = deposee()
    client.force_login(chloe)
    page = client.get("/agent/?etat=deposee").content.decode()
    assert f"/agent/demandes/{demande.numero}/?etat=deposee" in page


def test_travail_shows_the_appointment_of_today_only(client: Client, chloe: Agent, temps_fige) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0)), "rdv_pris")
    client.force_login(chloe)
    assert client.get("/agent/?etat=tous").context["lignes"][0].rendez_vous is None
    debut = Creneau.objects.get(rendez_vous__convocation__demande=demande).debut
    temps_fige.move_to(debut - timedelta(hours=1))
    client.force_login(chloe)
    ligne = client.get("/agent/?etat=tous").context["lignes"][0]
    assert ligne.rendez_vous is not None
    assert ligne.rendez_vous.hour == 9


def test_suivant_walks_the_list_and_says_its_end(client: Client, chloe: Agent) -> None:
    premiere, seconde = deposee(), deposee()
    client.force_login(chloe)
    debut = client.get("/agent/?suivant=1&agent=personne")
    assert debut["Location"] == f"/agent/demandes/{premiere.numero}/?agent=personne"
    assert str(seconde.numero) in client.get(f"/agent/?suivant=1&apres={premiere.numero}")["Location"]
    fin = client.get(f"/agent/?suivant=1&apres={seconde.numero}", follow=True)
    assert "bout de la liste" in fin.content.decode()


def test_counts_stop_at_the_ceiling(client: Client, chloe: Agent, monkeypatch) -> None:
    monkeypatch.setattr(listes, "PLAFOND", 2)
    for _ in range(4):
        deposee()
    client.force_login(chloe)
    reponse = client.get("/agent/")
    assert reponse.context["page"].paginator.texte == "plus de 2 dossiers"
    assert {f.libelle: f.compte for f in reponse.context["facettes"]}["Déposée"] == "plus de 2"
    assert len(numeros(reponse)) == 2


@pytest.mark.parametrize("combien", [3, 30])
def test_travail_asks_the_same_queries_whatever_the_rows(
    client: Client, chloe: Agent, combien: int, django_assert_num_queries
) -> None:
    motif = MotifFactory(pieces=0)
    for _ in range(combien):
        deposee(motif=motif)
    client.force_login(chloe)
    with django_assert_num_queries(13):
        reponse = client.get("/agent/")
    assert len(numeros(reponse)) == combien
