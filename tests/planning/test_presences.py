"""Presence estimates from the database: what is read, nothing of the day nor of the person, kept day by day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demandes.models import Notification, Usager
from planning.models import ModelePresence, RendezVous
from planning.selectors_presence import attendus_le, calibration_de, faits_avant
from planning.services.presences import modele_du_jour
from planning.services.reservation import deplacer, reserver
from tests.demandes.factories import INSTANT, DemandeFactory, UsagerFactory
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.aide_presence import HIER, convocation, file_ouverte, histoire, passe
from tests.planning.factories import CreneauFactory, FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

LUNDI = date(2030, 3, 4)


def test_faits_say_what_was_known_before_the_day() -> None:
    file, qui = FileGuichetFactory(), convocation()
    debut = datetime(2030, 2, 28, 13, 30, tzinfo=UTC)
    passe(qui, file, debut - timedelta(days=30), venu=False)
    passe(qui, file, debut - timedelta(days=500), venu=False)
    lu = passe(qui, file, debut, venu=True, delai=6, choisi=False)
    for rang, envoyee_le in enumerate((debut - timedelta(days=2), debut - timedelta(days=20), debut)):
        Notification.objects.create(
            demande=qui.demande,
            modele="rappel_rendez_vous",
            destinataire="amina@example.org",
            cle=f"rappel-{rang}",
            etat="envoyee",
            envoyee_le=envoyee_le,
            prochain_essai_le=envoyee_le,
        )
    fait = faits_avant(file.site.prefecture, LUNDI)[0]
    assert (fait.debut, fait.venu, fait.instants) == (debut, True, (debut,))
    c = fait.circonstances
    assert (c.motif, c.choisi, c.delai, c.heure, c.jour) == (qui.demande.motif_id, lu.choisi, 6.0, 14.5, 3)
    assert (c.absences, c.rappels) == (1, 1), "one missed in the year before; one reminder between booking and day"


def test_nothing_of_the_day_nor_after_is_read() -> None:
    """The leak: a model of a day is the same whatever that day and the next ones bring."""
    file = FileGuichetFactory()
    histoire(file, 80)
    avant = ModelePresence.objects.values("coefficients", "calibration", "faits")
    modele_du_jour(file.site.prefecture, maintenant=INSTANT)
    appris = list(avant)
    ModelePresence.objects.all().delete()
    qui = convocation()
    for heures in range(0, 96, 4):
        passe(qui, file, datetime(2030, 3, 3, 23, 0, tzinfo=UTC) + timedelta(hours=heures), venu=False)
    modele_du_jour(file.site.prefecture, maintenant=INSTANT)
    assert list(avant) == appris


def test_what_was_missed_on_the_same_day_is_not_known_yet() -> None:
    file, qui = FileGuichetFactory(), convocation()
    passe(qui, file, HIER, venu=False)
    passe(qui, file, HIER + timedelta(hours=2), venu=True)
    assert [f.circonstances.absences for f in faits_avant(file.site.prefecture, LUNDI)] == [0, 0]


def test_no_sensitive_attribute_is_read() -> None:
    file = file_ouverte()
    histoire(file, 5)
    with CaptureQueriesContext(
        connection,
    ) as lues:
        faits_avant(file.site.prefecture, LUNDI)
        attendus_le(file, LUNDI)
    ordres = " ".join(q["sql"] for q in lues.captured_queries)
    assert len(lues) == 2
    assert Usager._meta.db_table not in ordres, "the table of persons is not even joined"
    assert "reponses" not in ordres


def test_who_the_person_is_changes_nothing() -> None:
    file = FileGuichetFactory()
    usager = UsagerFactory(nom="Ben Ali", date_naissance="1990-01-01", nationalite="TN")
    qui = convocation(usager)
    for rang in range(60):
        passe(qui, file, HIER - timedelta(days=rang), venu=rang % 3 > 0)
    un = modele_du_jour(file.site.prefecture, maintenant=INSTANT).coefficients
    Usager.objects.update(nom="Weiss", prenoms="Hélène", date_naissance="1950-12-31", nationalite="FR")
    ModelePresence.objects.all().delete()
    assert modele_du_jour(file.site.prefecture, maintenant=INSTANT).coefficients == un


def test_calibration_is_kept_from_days_that_the_model_had_not_seen() -> None:
    file = FileGuichetFactory()
    histoire(file, 200)
    dixiemes = calibration_de(modele_du_jour(file.site.prefecture, maintenant=INSTANT))
    derniers = RendezVous.objects.filter(creneau__debut__gte=INSTANT - timedelta(days=28, hours=8, minutes=1))
    assert len(dixiemes) == 10
    assert sum(d.nombre for d in dixiemes) == derniers.count()
    assert [d.prevu for d in dixiemes] == sorted(d.prevu for d in dixiemes)
    assert all(0 <= d.observe <= 1 for d in dixiemes)


def test_too_few_recent_appointments_give_no_calibration() -> None:
    file = FileGuichetFactory()
    histoire(file, 20)
    garde = modele_du_jour(file.site.prefecture, maintenant=INSTANT)
    assert (garde.faits, garde.calibration) == (20, [])


def test_estimer_presences_learns_once_a_day(capsys: Any, django_assert_num_queries: Any) -> None:
    file = FileGuichetFactory()
    histoire(file, 10)
    call_command("estimer_presences", "--json")
    assert json.loads(capsys.readouterr().out) == {"67": 10}
    with django_assert_num_queries(1):
        assert modele_du_jour(file.site.prefecture, maintenant=INSTANT).jour == LUNDI
    modele_du_jour(file.site.prefecture, maintenant=INSTANT + timedelta(days=1))
    assert ModelePresence.objects.count() == 2


def test_last_model_of_each_month_is_read() -> None:
    file = FileGuichetFactory()
    for jours in (0, 1, 40, 45, 400):
        modele_du_jour(file.site.prefecture, maintenant=INSTANT - timedelta(days=jours))
    derniers = ModelePresence.objects.derniers_du_mois(file.site.prefecture_id)
    assert [m.jour.isoformat() for m in derniers] == ["2030-03-04", "2030-01-23", "2029-01-28"]


def test_a_slot_given_by_an_agent_is_not_chosen() -> None:
    demande = amener_a(DemandeFactory(), "convoquee")
    qui, agent = convocation_active(demande), acteur(equipe(demande).chloe)
    pris = reserver(qui, creneau_libre(demande), par=acteur(demande.usager), maintenant=INSTANT)
    assert pris.choisi
    deplace = deplacer(qui, creneau_libre(demande), par=agent, maintenant=INSTANT + timedelta(hours=1))
    assert not deplace.choisi


def test_former_appointments_are_read_in_the_journal() -> None:
    demande = amener_a(DemandeFactory(), "convoquee")
    qui, agent = convocation_active(demande), acteur(equipe(demande).chloe)
    reserver(qui, creneau_libre(demande), par=acteur(demande.usager), maintenant=INSTANT)
    deplacer(qui, creneau_libre(demande), par=agent, maintenant=INSTANT + timedelta(hours=1))
    RendezVous.objects.update(choisi=True)
    with connection.cursor() as curseur:
        curseur.execute(import_module("planning.migrations.0013_choisi_relu_du_journal").DONNES)
    assert list(RendezVous.objects.order_by("pk").values_list("etat", "choisi")) == [("deplace", True), ("pris", False)]


def test_doctors_appointments_are_left_out() -> None:
    file = FileGuichetFactory(site__genre="visite_medicale", site__code="67-medecin")
    passe(convocation(), file, HIER, venu=True)
    assert faits_avant(file.site.prefecture, LUNDI) == []


def test_one_who_stays_for_two_slots_is_expected_in_both() -> None:
    demande = amener_a(DemandeFactory(motif__guichet_minutes=30), "convoquee")
    qui = convocation_active(demande)
    premier = creneau_libre(demande)
    second = CreneauFactory(file=premier.file, debut=premier.debut + timedelta(minutes=15))
    reserver(qui, premier, par=acteur(demande.usager), maintenant=INSTANT)
    attendu = attendus_le(premier.file, date(2030, 3, 7))[0]
    assert attendu.instants == (premier.debut, second.debut)
