"""`/agent/organismes/`: figures and alerts for who has the right, suspension at once, no name of a person."""

import pytest

from demandes.models import AlerteOrganisme, Notification
from tests.demandes.factories import INSTANT, AgentFactory, OrganismeFactory, PrefectureFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.pages.outils_accompagnement import connecter, mandater, personne
from tests.parcours import PAS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def webmestre(client):
    agent = AgentFactory(webmestre=True)
    client.force_login(agent)
    return agent


def test_list_shows_figures_and_alerts_without_names(client, webmestre):
    mandat = mandater(demande={"usager__nom": "Discrete"})
    AlerteOrganisme.objects.create(
        organisme=mandat.organisme, genre="rendez_vous", niveau="refus", jour=INSTANT, plafond=2, derniere_le=INSTANT
    )
    page = client.get("/agent/organismes/").content.decode()
    assert mandat.organisme.nom in page
    assert "limite atteinte, refusé" in page
    assert "1 sur 200" in page
    assert "DISCRETE" not in page + client.get(f"/agent/organismes/{mandat.organisme_id}/").content.decode()


@pytest.mark.parametrize("combien", [1, 6])
def test_list_reads_the_same_number_of_queries(client, webmestre, combien, django_assert_num_queries):
    for _ in range(combien):
        mandater()
    with django_assert_num_queries(11):
        client.get("/agent/organismes/")


def test_organisation_of_another_prefecture_is_unknown(client, webmestre):
    ailleurs = OrganismeFactory(prefectures=[PrefectureFactory(departement="93")])
    assert ailleurs.nom not in client.get("/agent/organismes/").content.decode()
    for suite in ("", "suspendre/", "retablir/"):
        methode = client.post if suite else client.get
        assert methode(f"/agent/organismes/{ailleurs.pk}/{suite}").status_code == 404


def test_suspending_closes_every_access_at_once_and_restoring_opens_it(client, webmestre):
    mandat = mandater()
    aidant, base = connecter(mandat.aidant), f"/agent/organismes/{mandat.organisme_id}/"
    assert aidant.get("/accompagnement/").status_code == 200
    assert client.post(f"{base}suspendre/").status_code == 303
    assert aidant.get("/accompagnement/").status_code == 403
    assert aidant.get(f"/suivi/{mandat.demande.numero}/").status_code == 403
    assert client.post(f"{base}suspendre/").status_code == 409
    client.post(f"{base}retablir/")
    assert aidant.get(f"/suivi/{mandat.demande.numero}/").status_code == 200
    natures = list(mandat.demande.prefecture.evenements.filter(demande=None).values_list("nature", flat=True))
    assert natures == ["organisme:suspendu", "organisme:retabli"]


def test_head_of_service_sees_but_does_not_suspend(client):
    mandat = mandater()
    client.force_login(AgentFactory(chef_service=True))
    assert 'data-action="suspendre"' not in client.get(f"/agent/organismes/{mandat.organisme_id}/").content.decode()
    assert client.post(f"/agent/organismes/{mandat.organisme_id}/suspendre/").status_code == 403


def test_revoking_one_mandate_tells_the_person(client, webmestre):
    mandat, autre = mandater(), mandater()
    base = f"/agent/organismes/{mandat.organisme_id}/mandats"
    assert client.post(f"{base}/{autre.pk}/revoquer/").status_code == 404
    assert client.post(f"{base}/{mandat.pk}/revoquer/").status_code == 303
    assert connecter(mandat.aidant).get(f"/suivi/{mandat.demande.numero}/").status_code == 403
    assert Notification.objects.filter(modele="mandat_termine", demande=mandat.demande).count() == 1


def test_cancelled_and_missed_share_counts_what_the_organisation_took(client, webmestre):
    mandat = mandater("rdv_pris")
    mandat.demande.convocations.get().rendez_vous.update(organisme=mandat.organisme)
    PAS["annuler"](mandat.demande)
    assert "100 %" in client.get("/agent/organismes/").content.decode()


def test_eighty_per_cent_of_a_quota_raise_one_alert_a_day():
    mandat = mandater(quota := "brouillon")
    organisme, motif = mandat.organisme, motif_ouvert()
    type(organisme).objects.update(quota_brouillons=5)
    client = connecter(mandat.aidant)
    for rang in range(6):
        client.post("/accompagnement/nouvelle/", personne(motif.code, prenoms="Amina" + "a" * rang))
    alertes = organisme.alertes.filter(genre=f"{quota}s").order_by("niveau")
    assert list(alertes.values_list("niveau", "nombre")) == [("refus", 1), ("seuil", 2)]
