"""The manager's page: openings, closures, publication, the week of slots."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from psycopg.types.range import DateRange

from demandes.models import Agent, Evenement
from planning.models import Creneau, Fermeture, PlageOuverture
from tests.demandes.factories import PrefectureFactory, SiteFactory
from tests.parcours import occuper
from tests.planning.factories import CreneauFactory, FermetureFactory, FileGuichetFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

PLAGE = {
    "jour": "2",
    "recurrence": "toutes",
    "debut": "09:00",
    "fin": "12:00",
    "nb_guichets": "3",
    "reserve_sans_rdv": "1",
    "du": "04/03/2030",
    "au": "",
}


def test_ouvertures_without_right_is_403(client: Client, chloe: Agent) -> None:
    client.force_login(chloe)
    assert client.get("/planning/").status_code == 403


def test_ouvertures_show_the_week_of_each_queue(client: Client, denis: Agent) -> None:
    plage = PlageOuvertureFactory(nb_guichets=3, reserve_sans_rdv=1)
    client.force_login(denis)
    page = client.get("/planning/").content.decode()
    assert "9\u00a0h–12\u00a0h" in page
    assert "3 guichets" in page
    assert "dont 1 sans RDV" in page
    assert f'data-plage="{plage.pk}"' in page


def test_ouvertures_of_a_foreign_site_is_404(client: Client, denis: Agent) -> None:
    etranger = SiteFactory(prefecture=PrefectureFactory(departement="93"))
    client.force_login(denis)
    assert client.get("/planning/", {"site": etranger.code}).status_code == 404


def test_ouvertures_number_of_queries_does_not_grow(
    client: Client, denis: Agent, django_assert_num_queries: Any
) -> None:
    file = PlageOuvertureFactory().file
    client.force_login(denis)
    with django_assert_num_queries(12):
        client.get("/planning/")
    for jour in range(3, 7):
        PlageOuvertureFactory(file=file, jour=jour)
        PlageOuvertureFactory(file=FileGuichetFactory(site=file.site, code=f"file-{jour}"), jour=jour)
        FermetureFactory(
            prefecture=file.site.prefecture, pendant=DateRange(date(2030, 4, jour), date(2030, 4, jour + 1))
        )
    with django_assert_num_queries(12):
        client.get("/planning/")


def test_plage_ajouter_is_saved_and_journaled(client: Client, denis: Agent) -> None:
    file = FileGuichetFactory()
    client.force_login(denis)
    reponse = client.post("/planning/plages/ajouter/", PLAGE | {"file": file.pk})
    assert (reponse.status_code, reponse["Location"]) == (303, f"/planning/?site={file.site.code}")
    plage = PlageOuverture.objects.get()
    assert (plage.jour, plage.debut, plage.pendant) == (2, time(9), DateRange(date(2030, 3, 4), None))
    evenement = Evenement.objects.get(nature="planning:plage_ajoutee")
    assert (evenement.prefecture_id, evenement.charge) == (file.site.prefecture_id, {"plage_id": plage.pk})


@pytest.mark.parametrize(
    ("saisie", "message"),
    [
        ({"debut": "11:00", "fin": "13:00"}, "Une autre plage de cette file couvre déjà cet horaire."),
        ({"jour": "3", "fin": "08:00"}, "L’heure de fin vient après l’heure de début."),
        ({"jour": "3", "reserve_sans_rdv": "4"}, "La réserve sans rendez-vous ne dépasse pas le nombre de guichets."),
        ({"jour": "3", "au": "01/03/2030"}, "La fin de la période vient après son début."),
        ({"jour": "3", "debut": "25:00"}, "Écrivez l’heure comme ceci : 09:00."),
        ({"jour": "3", "nb_guichets": "0"}, "supérieure ou égale à 1"),
    ],
)
def test_plage_ajouter_refused_is_422_and_keeps_what_was_typed(
    client: Client, denis: Agent, saisie: dict[str, str], message: str
) -> None:
    file = PlageOuvertureFactory().file
    client.force_login(denis)
    reponse = client.post("/planning/plages/ajouter/", PLAGE | {"file": file.pk} | saisie)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert message in page
    assert 'value="04/03/2030"' in page
    assert PlageOuverture.objects.count() == 1


def test_plage_touching_another_is_accepted(client: Client, denis: Agent) -> None:
    file = PlageOuvertureFactory().file
    client.force_login(denis)
    saisie = PLAGE | {"file": file.pk, "debut": "12:00", "fin": "13:00"}
    assert client.post("/planning/plages/ajouter/", saisie).status_code == 303


def test_plage_ajouter_to_a_foreign_queue_is_422(client: Client, denis: Agent, etienne: Agent) -> None:
    FileGuichetFactory()
    etrangere = FileGuichetFactory(site=SiteFactory(prefecture=PrefectureFactory(departement="93")))
    client.force_login(denis)
    assert client.post("/planning/plages/ajouter/", PLAGE | {"file": etrangere.pk}).status_code == 422


def test_plage_modifier_then_supprimer(client: Client, denis: Agent) -> None:
    plage = PlageOuvertureFactory()
    client.force_login(denis)
    adresse = f"/planning/plages/{plage.pk}/"
    page = client.get(adresse).content.decode()
    assert 'value="09:00"' in page

    assert client.post(adresse, PLAGE | {"file": plage.file_id, "au": "30/06/2030"}).status_code == 303
    plage.refresh_from_db()
    assert (plage.nb_guichets, plage.pendant.upper) == (3, date(2030, 7, 1))

    assert client.post(f"{adresse}supprimer/").status_code == 303
    assert not PlageOuverture.objects.exists()


def test_plage_of_another_prefecture_is_404(client: Client, etienne: Agent) -> None:
    plage = PlageOuvertureFactory()
    client.force_login(etienne)
    assert client.get(f"/planning/plages/{plage.pk}/").status_code == 404
    assert client.post(f"/planning/plages/{plage.pk}/supprimer/").status_code == 404


def test_fermeture_ajouter_overlapping_is_422_then_supprimer(client: Client, denis: Agent) -> None:
    site = FileGuichetFactory().site
    client.force_login(denis)
    saisie = {"portee": f"s{site.pk}", "libelle": "Travaux", "du": "10/03/2030", "au": "12/03/2030"}
    assert client.post("/planning/fermetures/ajouter/", saisie).status_code == 303
    fermeture = Fermeture.objects.get()
    assert fermeture.pendant == DateRange(date(2030, 3, 10), date(2030, 3, 13))

    reponse = client.post("/planning/fermetures/ajouter/", saisie | {"du": "12/03/2030"})
    assert reponse.status_code == 422
    assert "Une fermeture couvre déjà ces dates." in reponse.content.decode()

    entiere = saisie | {"portee": f"p{site.prefecture_id}"}
    assert client.post("/planning/fermetures/ajouter/", entiere).status_code == 303
    assert "Toute la préfecture" in client.get("/planning/").content.decode()

    assert client.post(f"/planning/fermetures/{fermeture.pk}/supprimer/").status_code == 303
    assert Fermeture.objects.count() == 1


@pytest.mark.parametrize(("du", "au", "dit"), [(4, 5, True), (3, 4, True), (3, 3, False), (5, 6, False)])
def test_fermeture_that_holds_today_says_what_publishing_does_not_do(
    client: Client, denis: Agent, du: int, au: int, dit: bool
) -> None:
    portee = f"s{FileGuichetFactory().site_id}"
    client.force_login(denis)
    saisie = {"portee": portee, "libelle": "Panne", "du": f"0{du}/03/2030", "au": f"0{au}/03/2030"}
    page = client.post("/planning/fermetures/ajouter/", saisie, follow=True).content.decode()
    assert "La fermeture est ajoutée" in page
    assert ("Appelez les personnes attendues" in page) == dit


def test_fermeture_of_another_prefecture_is_404(client: Client, etienne: Agent) -> None:
    fermeture = FermetureFactory(pendant=DateRange(date(2030, 3, 10), date(2030, 3, 13)))
    client.force_login(etienne)
    assert client.post(f"/planning/fermetures/{fermeture.pk}/supprimer/").status_code == 404


def test_publier_tells_what_was_done(client: Client, denis: Agent) -> None:
    site = PlageOuvertureFactory().file.site
    client.force_login(denis)
    reponse = client.post("/planning/publier/", {"site": site.pk}, follow=True)
    assert "Créneaux publiés : 60 créés, 0 modifié, 0 retiré, 0 en surplus." in reponse.content.decode()
    assert Creneau.objects.count() == 60


def test_publier_a_foreign_site_is_404(client: Client, etienne: Agent) -> None:
    site = PlageOuvertureFactory().file.site
    client.force_login(etienne)
    assert client.post("/planning/publier/", {"site": site.pk}).status_code == 404
    assert not Creneau.objects.exists()


def test_creneaux_show_taken_over_places_and_why_a_day_is_closed(client: Client, denis: Agent) -> None:
    file = FileGuichetFactory()
    occuper(CreneauFactory(file=file, places=4, reserve=1))
    occuper(CreneauFactory(file=file), 2)
    FermetureFactory(prefecture=file.site.prefecture, pendant=DateRange(date(2030, 3, 7), date(2030, 3, 8)))
    client.force_login(denis)
    page = client.get(f"/planning/files/{file.pk}/creneaux/").content.decode()
    assert "1/4" in page
    assert "+ 1 sans RDV" in page
    assert "2/2" in page
    assert "complet" in page
    assert "Fermé\u00a0: Travaux" in page
    assert "Aucun créneau" in client.get(f"/planning/files/{file.pk}/creneaux/?semaine=2030-05-06").content.decode()
    assert client.get(f"/planning/files/{file.pk}/creneaux/?semaine=demain").status_code == 200


def test_creneaux_number_of_queries_does_not_grow(client: Client, denis: Agent, django_assert_num_queries: Any) -> None:
    file = FileGuichetFactory()
    client.force_login(denis)
    for _ in range(3):
        CreneauFactory(file=file)
        with django_assert_num_queries(8):
            client.get(f"/planning/files/{file.pk}/creneaux/")


def test_creneaux_of_another_prefecture_is_404(client: Client, etienne: Agent) -> None:
    file = FileGuichetFactory()
    client.force_login(etienne)
    assert client.get(f"/planning/files/{file.pk}/creneaux/").status_code == 404
