import json
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils.module_loading import import_string
from django_q.models import Schedule, Task

from demandes.models import Notification
from tests.demandes.factories import INSTANT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def travailleur_passe(il_y_a=timedelta(seconds=30)):
    fin = INSTANT - il_y_a
    Task.objects.create(id="x" * 32, name="x", func="x", started=fin, stopped=fin, success=True)


def message_en_attente(depuis):
    Notification.objects.create(
        modele="depot", destinataire="a@example.org", cle="depot:x", prochain_essai_le=INSTANT - depuis
    )


def test_sante_when_all_is_well_is_ok(client):
    travailleur_passe()
    reponse = client.get("/sante/")
    assert reponse.status_code == 200
    corps = reponse.json()
    assert corps["etat"] == corps["base"] == corps["pieces"] == corps["taches"]["etat"] == "ok"
    assert corps["taches"]["dernier_passage_secondes"] == 30
    assert corps["version"]
    assert "no-store" in reponse["Cache-Control"]


def test_sante_without_a_worker_is_degraded_but_answers_200(client):
    reponse = client.get("/sante/")
    assert reponse.status_code == 200
    assert reponse.json()["etat"] == "degrade"


@pytest.mark.parametrize(("attente", "etat"), [(timedelta(minutes=1), "ok"), (timedelta(hours=1), "degrade")])
def test_sante_tells_messages_that_wait_too_long(client, attente, etat):
    travailleur_passe()
    message_en_attente(attente)
    corps = client.get("/sante/").json()
    assert corps["etat"] == etat
    assert corps["taches"]["plus_ancien_message_secondes"] == attente.total_seconds()


def test_sante_without_database_is_503_without_secret(client, monkeypatch):
    def en_panne():
        raise OperationalError("password=secret host=db.interne")

    monkeypatch.setattr(connection, "cursor", en_panne)
    reponse = client.get("/sante/")
    assert reponse.status_code == 503
    assert reponse.json()["etat"] == reponse.json()["base"] == "panne"
    assert "secret" not in reponse.content.decode()


def test_sante_without_a_writable_store_is_503(client, monkeypatch):
    def plein(*_args, **_kwargs):
        raise OSError("disque plein")

    travailleur_passe()
    monkeypatch.setattr(storages["pieces"], "save", plein)
    reponse = client.get("/sante/")
    assert reponse.status_code == 503
    assert reponse.json()["pieces"] == "panne"
    assert reponse.json()["base"] == "ok"


def test_sante_leaves_nothing_in_the_store(client):
    client.get("/sante/")
    assert storages["pieces"].listdir("sante")[1] == []


def test_planifier_taches_twice_makes_one_schedule_of_each(capsys):
    call_command("planifier_taches", "--json")
    assert set(json.loads(capsys.readouterr().out).values()) == {"creee"}
    Schedule.objects.filter(name="absences").update(func="autre.fonction")
    call_command("planifier_taches", "--json")
    bilan = json.loads(capsys.readouterr().out)
    assert bilan.pop("absences") == "corrigee"
    assert set(bilan.values()) == {"inchangee"}
    assert Schedule.objects.count() == 17


def test_planifier_taches_names_functions_that_exist():
    call_command("planifier_taches")
    for fonction in Schedule.objects.values_list("func", flat=True):
        assert callable(import_string(fonction))
