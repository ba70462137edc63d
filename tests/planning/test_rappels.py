"""Reminders: the day and hour they leave, once each, never for what is not true any more; rules of a préfecture."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg.types.range import DateRange

from demandes.models import Agent, Convocation, Demande, Notification, RegleMessages, Usager
from demandes.services.convocation import revoquer_convocation
from demandes.services.courriels import composer, lien_convocation
from demandes.services.envoi import vider
from demandes.services.validite import est_encore_vraie
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte
from planning.models import RendezVous
from planning.services import attente, reservation
from planning.services import rappels as services
from planning.services.absence import marquer_absent
from planning.services.rappels import rappeler_partout, rendez_vous_tient
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory
from tests.demandes.outils_famille import convoquer_ensemble, creneaux, famille
from tests.parcours import acteur, amener_a, convocation_active, creneau_libre, equipe
from tests.planning.factories import CreneauFactory, FermetureFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
NAISSANCE = "17/05/1980"


@pytest.fixture(autouse=True)
def _sans_sms(monkeypatch: pytest.MonkeyPatch) -> None:
    """No provider of text messages, that have their tests in `tests/demandes/test_sms.py`."""
    for module in ("demandes.services.notifications", "planning.services.rappels"):
        monkeypatch.setattr(f"{module}.est_relie", lambda: False)


def rappels(modele: str) -> list[Notification]:
    """Return what was written, in order."""
    return list(Notification.objects.filter(modele=modele).order_by("pk"))


def a(jours: int, heure: int = 10, minute: int = 0) -> datetime:
    """An instant, some days after today, in Paris."""
    jour = INSTANT.astimezone(PARIS).date() + timedelta(days=jours)
    return datetime.combine(jour, time(heure, minute), tzinfo=PARIS)


@pytest.fixture
def rendez_vous() -> RendezVous:
    """An appointment taken today, on Monday in two weeks."""
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0, etapes=[2, 3])), "convoquee")
    creneau = CreneauFactory(file=equipe(demande).file, debut=a(14, 9, 30))
    par = acteur(demande.usager)
    return reservation.reserver(convocation_active(demande), creneau, par=par, maintenant=INSTANT)


def test_appointment_is_reminded_a_week_and_a_day_before_from_the_hour_on(rendez_vous: RendezVous) -> None:
    for jour in range(15):
        rappeler_partout(maintenant=a(jour, 9, 59))
        assert len(rappels("rappel_rendez_vous")) == (0 if jour < 8 else 1 if jour < 14 else 2)
        for heure in (10, 11, 23):
            rappeler_partout(maintenant=a(jour, heure))
        assert len(rappels("rappel_rendez_vous")) == (0 if jour < 7 else 1 if jour < 13 else 2)
    courriel = composer(rappels("rappel_rendez_vous")[0])
    assert "lundi 18 mars 2030 à 9\u00a0h\u00a030" in courriel.texte
    assert lien_convocation(rendez_vous.convocation) in courriel.texte
    assert [p.nom for p in courriel.pieces] == ["rendez-vous.ics"]


def test_past_the_time_allowed_the_worker_is_woken_for_what_is_left(
    rendez_vous: RendezVous, monkeypatch: pytest.MonkeyPatch
) -> None:
    autre = amener_a(DemandeFactory(prefecture=rendez_vous.convocation.demande.prefecture), "convoquee")
    creneau = CreneauFactory(file=equipe(autre).file, debut=a(14, 11))
    reservation.reserver(convocation_active(autre), creneau, par=acteur(autre.usager), maintenant=INSTANT)
    reveils: list[str] = []
    monkeypatch.setattr("planning.services.rappels.reveiller", reveils.append)
    for ecrits in (1, 2):
        rappeler_partout(maintenant=a(7), duree_max=timedelta(0))
        assert len(rappels("rappel_rendez_vous")) == ecrits
        assert reveils == ["planning.tasks.envoyer_rappels"] * ecrits
    rappeler_partout(maintenant=a(7), duree_max=timedelta(minutes=1))
    assert len(rappels("rappel_rendez_vous")) == len(reveils) == 2


def test_appointment_taken_today_is_not_reminded_at_once(rendez_vous: RendezVous) -> None:
    RendezVous.objects.filter(pk=rendez_vous.pk).update(pris_le=a(7, 0, 5))
    rappeler_partout(maintenant=a(7))
    assert rappels("rappel_rendez_vous") == []


def test_reminder_of_what_changed_since_never_leaves(rendez_vous: RendezVous, temps_fige: object) -> None:
    convocation, par = rendez_vous.convocation, acteur(rendez_vous.convocation.demande.usager)
    vider()
    temps_fige.move_to(a(7))  # type: ignore[attr-defined]
    rappeler_partout(maintenant=a(7))
    reservation.annuler(convocation, par=par, maintenant=a(7))
    autre = CreneauFactory(file=rendez_vous.creneau.file, debut=a(14, 11))
    nouveau = reservation.reserver(convocation, autre, par=par, maintenant=a(7))
    bilan = vider()
    assert bilan["annulees"] == 1
    assert rappels("rappel_rendez_vous")[0].etat == "annulee"
    rappeler_partout(maintenant=a(13))
    assert [r.contexte["rendez_vous_id"] for r in rappels("rappel_rendez_vous")] == [rendez_vous.pk, nouveau.pk]
    temps_fige.move_to(a(14, 12))  # type: ignore[attr-defined]  # the worker was away: it has begun
    assert vider()["annulees"] == 1


def test_family_is_reminded_once_by_address() -> None:
    demandes = famille(3)
    porteuse = convoquer_ensemble(demandes)
    debut = creneaux(demandes[0], 6)[0]
    pris = reservation.reserver(porteuse, debut, par=acteur(demandes[0].usager), maintenant=INSTANT)
    jours = (pris.creneau.debut.astimezone(PARIS).date() - INSTANT.date()).days
    rappeler_partout(maintenant=a(jours - 1))
    assert len(rappels("rappel_rendez_vous")) == 1


def test_link_that_booked_nothing_is_reminded_then_told_to_who_convoked(temps_fige: object) -> None:
    demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0, etapes=[2, 3])), "convoquee")
    Agent.objects.filter(pk=equipe(demande).chloe.pk).update(email="chloe@example.org")
    vider()
    attendus = {3: 1, 4: 1, 7: 2, 9: 2, 10: 2}
    for jour, nombre in attendus.items():
        for _ in range(2):
            rappeler_partout(maintenant=a(jour))
        assert len(rappels("relance_lien")) == nombre, jour
        assert len(rappels("liens_dormants")) == (jour >= 10)
    assert "/rdv/" in composer(rappels("relance_lien")[0]).texte
    assert "/agent/?etat=convoquee" in composer(rappels("liens_dormants")[0]).texte
    creneau = CreneauFactory(file=equipe(demande).file, debut=a(14, 9, 30))
    reservation.reserver(convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=a(10))
    temps_fige.move_to(a(10))  # type: ignore[attr-defined]
    assert vider()["annulees"] == 2


def test_link_that_booked_is_left_alone(rendez_vous: RendezVous) -> None:
    bilans = [rappeler_partout(maintenant=a(jour)) for jour in (3, 7, 10)]
    assert [b["67"]["liens"] + b["67"]["alertes"] for b in bilans] == [0, 0, 0]


def test_missing_pieces_are_reminded_while_they_are_waited_for(temps_fige: object) -> None:
    demande = amener_a(DemandeFactory(), "a_completer")
    vider()
    complement = demande.complements.get()
    reste = (complement.limite - INSTANT.date()).days
    rappeler_partout(maintenant=a(reste - 7))
    rappeler_partout(maintenant=a(reste - 7, 12))
    (rappel,) = rappels("rappel_pieces")
    assert complement.manquants[0]["libelle"] in composer(rappel).texte
    demande.complements.update(produit_le=a(reste - 7))
    temps_fige.move_to(a(reste - 7))  # type: ignore[attr-defined]
    assert vider()["annulees"] == 1
    assert rappeler_partout(maintenant=a(reste - 2))["67"]["pieces"] == 0


def test_service_is_told_that_legal_time_limits_are_near() -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    denis = equipe(demande).denis
    Agent.objects.filter(pk=denis.pk).update(email="denis@example.org")
    Demande.objects.filter(pk=demande.pk).update(echeance=a(40).date())
    faits = {jour: rappeler_partout(maintenant=a(jour))["67"]["delais"] for jour in (24, 25, 26, 39, 40)}
    assert faits == {24: 0, 25: 1, 26: 0, 39: 1, 40: 0}
    assert rappeler_partout(maintenant=a(39, 15))["67"]["delais"] == 0
    (premier, _) = rappels("delais_proches")
    assert premier.destinataire == "denis@example.org"
    assert str(demande.numero) not in composer(premier).texte


def test_alert_of_a_day_without_worker_is_given_the_day_after() -> None:
    demande = amener_a(DemandeFactory(), "deposee")
    Agent.objects.filter(pk=equipe(demande).denis.pk).update(email="denis@example.org")
    Demande.objects.filter(pk=demande.pk).update(echeance=a(40).date())
    faits = {jour: rappeler_partout(maintenant=a(jour))["67"]["delais"] for jour in (26, 27)}
    assert faits == {26: 1, 27: 0}


def test_appointment_at_a_site_closed_since_is_not_reminded(rendez_vous: RendezVous) -> None:
    rappeler_partout(maintenant=a(7))
    (rappel,) = rappels("rappel_rendez_vous")
    assert rendez_vous_tient(rappel, a(7))
    site, jour = rendez_vous.creneau.file.site, a(14).date()
    FermetureFactory(prefecture=site.prefecture, site=site, pendant=DateRange(jour, jour + timedelta(days=1)))
    assert not rendez_vous_tient(rappel, a(7))


def test_prefecture_has_its_own_rules_and_its_own_hour(rendez_vous: RendezVous) -> None:
    prefecture = rendez_vous.convocation.demande.prefecture
    RegleMessages.objects.create(prefecture=None, rappels=[2], heure=time(9))
    RegleMessages.objects.create(prefecture=prefecture, rappels=[3])
    faits = {jour: rappeler_partout(maintenant=a(jour, 9))["67"]["rendez_vous"] for jour in (7, 11, 12, 13)}
    assert faits == {7: 0, 11: 1, 12: 0, 13: 0}
    RegleMessages.objects.filter(prefecture=prefecture).update(rappels=[])
    assert rappeler_partout(maintenant=a(12, 9))["67"]["rendez_vous"] == 0


def test_hour_is_that_of_the_prefecture_overseas_and_when_clocks_change() -> None:
    PrefectureFactory(reunion=True)
    PrefectureFactory()
    attendus = {
        (4, 6): {"67": False, "974": True},
        (4, 9): {"67": True, "974": True},
        (5, 5): {"67": False, "974": False},
        (31, 8): {"67": True, "974": True},  # clocks go forward that night: 8:00 UTC is 10:00 in Paris
        (30, 8): {"67": False, "974": True},
    }
    for (jour, heure), dits in attendus.items():
        bilan = rappeler_partout(maintenant=datetime(2030, 3, jour, heure, tzinfo=ZoneInfo("UTC")))
        assert {d: bool(bilan[d]) for d in bilan} == dits, (jour, heure)


def test_command_says_what_it_wrote(rendez_vous: RendezVous, temps_fige: object, capsys: object) -> None:
    temps_fige.move_to(a(13))  # type: ignore[attr-defined]
    call_command("rappels", "--json")
    assert json.loads(capsys.readouterr().out)["67"]["rendez_vous"] == 1  # type: ignore[attr-defined]


def manquer(rendez_vous: RendezVous) -> None:
    """Miss an appointment."""
    acte(marquer_absent)(
        RendezVous.objects.select_related("convocation__demande").get(pk=rendez_vous.pk),
        par=acteur(None),
        maintenant=INSTANT,
    )


def test_one_appointment_missed_is_taken_again_two_are_not(client: Client, rendez_vous: RendezVous) -> None:
    demande = rendez_vous.convocation.demande
    convocation, par = Convocation.objects.avec_page().get(pk=rendez_vous.convocation_id), acteur(demande.usager)
    manquer(rendez_vous)
    assert "Prendre un autre rendez-vous" in composer(rappels("absence")[0]).texte
    second = reservation.reserver(convocation, creneau_libre(demande), par=par, maintenant=INSTANT)
    manquer(second)
    courriel = composer(rappels("absence")[1])
    assert "ne permet plus de prendre rendez-vous" in courriel.texte
    assert "/rdv/" not in courriel.texte
    creneau = creneau_libre(demande)
    for geste in (
        lambda: reservation.reserver(convocation, creneau, par=par, maintenant=INSTANT),
        lambda: attente.inscrire(convocation, par=par, maintenant=INSTANT),
    ):
        with pytest.raises(ErreurMetier, match="ne permet plus") as refus:
            geste()
        assert refus.value.code == "reprises_epuisees"
    lien = lien_convocation(convocation).removeprefix("http://localhost:8000")
    client.post(lien, {"date_naissance": NAISSANCE})
    page = client.get(lien).content.decode()
    assert "ne permet plus de prendre rendez-vous" in page
    assert "data-creneau" not in page
    reservation.reserver(convocation, creneau, par=acteur(equipe(demande).chloe), maintenant=INSTANT)


def test_prefecture_says_how_many_may_be_missed(rendez_vous: RendezVous) -> None:
    demande = rendez_vous.convocation.demande
    RegleMessages.objects.create(prefecture=demande.prefecture, reprises=0)
    manquer(rendez_vous)
    with pytest.raises(ErreurMetier, match="ne permet plus"):
        reservation.reserver(
            convocation_active(demande), creneau_libre(demande), par=acteur(demande.usager), maintenant=INSTANT
        )


def test_queries_do_not_grow_with_what_was_already_reminded(
    rendez_vous: RendezVous, django_assert_num_queries: object
) -> None:
    rappeler_partout(maintenant=a(13))
    with CaptureQueriesContext(connection) as un:
        rappeler_partout(maintenant=a(13, 11))
    for n in range(4):
        demande = amener_a(DemandeFactory(motif=MotifFactory(pieces=0, etapes=[2, 3])), "convoquee")
        creneau = CreneauFactory(file=equipe(demande).file, debut=a(14, 10 + n))
        reservation.reserver(convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=INSTANT)
    assert rappeler_partout(maintenant=a(13, 12))["67"]["rendez_vous"] == 4
    with django_assert_num_queries(len(un)):  # type: ignore[operator]
        rappeler_partout(maintenant=a(13, 13))


def test_day_that_the_worker_missed_is_caught_up_with_the_next_one(rendez_vous: RendezVous) -> None:
    assert [rappeler_partout(maintenant=a(jour))["67"]["rendez_vous"] for jour in (8, 9)] == [1, 0]
    assert [n.cle for n in rappels("rappel_rendez_vous")] == [f"rappel_rendez_vous:{rendez_vous.pk}:j7"]


def test_who_left_the_visit_of_the_family_is_not_reminded(temps_fige: object) -> None:
    demandes = famille(2)
    Usager.objects.filter(pk=demandes[1].usager_id).update(courriel="awa@example.org")
    porteuse = convoquer_ensemble([Demande.objects.get(pk=d.pk) for d in demandes])
    debut = creneaux(demandes[0], 6)[0]
    pris = reservation.reserver(porteuse, debut, par=acteur(demandes[0].usager), maintenant=INSTANT)
    veille = (pris.creneau.debut.astimezone(PARIS).date() - INSTANT.date()).days - 1
    RendezVous.objects.filter(pk=pris.pk).update(pris_le=INSTANT - timedelta(days=2))
    rappeler_partout(maintenant=a(veille))
    assert len(rappels("rappel_rendez_vous")) == 2
    revoquer_convocation(demandes[1], par=acteur(equipe(demandes[0]).chloe), maintenant=a(veille))
    temps_fige.move_to(a(veille))  # type: ignore[attr-defined]
    vider()
    assert {n.destinataire: n.etat for n in rappels("rappel_rendez_vous")} == {
        "diop@example.org": "envoyee",
        "awa@example.org": "annulee",
    }


def test_one_kind_that_fails_stops_no_other(rendez_vous: RendezVous, monkeypatch: pytest.MonkeyPatch) -> None:
    def en_panne(*args: object) -> int:
        raise OperationalError

    monkeypatch.setitem(services.TACHES, "rendez_vous", en_panne)
    bilan = rappeler_partout(maintenant=a(13))["67"]
    assert set(bilan) == {"confirmations", "liens", "alertes", "pieces", "delais"}


def test_last_day_of_the_pieces_is_that_of_the_prefecture() -> None:
    demande = amener_a(DemandeFactory(prefecture=PrefectureFactory(reunion=True)), "a_completer")
    complement = demande.complements.get()
    rappel = Notification(modele="rappel_pieces", contexte={"complement_id": complement.pk})
    minuit = datetime.combine(complement.limite + timedelta(days=1), time(0), tzinfo=ZoneInfo("Indian/Reunion"))
    assert est_encore_vraie(rappel, minuit - timedelta(minutes=1))
    assert not est_encore_vraie(rappel, minuit + timedelta(minutes=1))
