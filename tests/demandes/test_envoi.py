"""The outbox when something goes wrong with one message, one act or the server: the others leave, nothing is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from threading import Thread

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError, connection, transaction

from demandes import tasks
from demandes.cycle import Etat
from demandes.models import Acte, Demande, Notification
from demandes.services import depot, envoi, notifications, suites
from demandes.services.envoi import ESSAIS_MAX, ESSAIS_SERVEUR_MAX, RESERVATION
from demandes.services.notifications import notifier
from planipref.commun import debit
from planipref.commun.canaux import identifiant_message
from planipref.commun.horloge import maintenant
from planipref.commun.models import MessageBoite
from planipref.commun.verrous import une_place
from tests.concurrence.bouche import Bouche
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory
from tests.parcours import acteur, amener_a, equipe

pytestmark = pytest.mark.django_db

RIEN = {"actes": 0, "envoyees": 0, "annulees": 0, "reportees": 0, "echecs": 0, "cedees": 0}


@pytest.fixture(autouse=True)
def _dossier(settings, tmp_path) -> None:
    settings.PLANIPREF_DATA = tmp_path


@pytest.fixture
def bouche(settings) -> Iterator[Bouche]:
    """A real SMTP server that the settings name."""
    with Bouche().servir() as bouche:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", bouche.port, False
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        yield bouche


def ecrire(demande: Demande, *cles: str, modele: str = "message") -> list[Notification]:
    """Write messages of a demande in the outbox."""
    with transaction.atomic():
        lignes = [notifier(demande, modele, maintenant=INSTANT, cle=cle) for cle in cles]
    return [n for n in lignes if n is not None]


def echoir() -> None:
    """Make every message due by the real clock, that the SMTP dialogue needs."""
    Notification.objects.update(prochain_essai_le=INSTANT - timedelta(days=3650))


def sans_gabarit(demande: Demande, cle: str) -> Notification:
    """Write a message that can never be composed."""
    (ligne,) = ecrire(demande, cle, modele="inconnu")
    return ligne


def recus() -> list[str]:
    return [cle.removeprefix("message:") for cle in MessageBoite.objects.order_by("pk").values_list("cle", flat=True)]


def etat(ligne: Notification) -> tuple[str, int]:
    ligne.refresh_from_db()
    return ligne.etat, ligne.essais


def test_envoyer_message_that_cannot_be_composed_lets_other_demandes_pass(temps_fige):
    motif = MotifFactory(pieces=0)
    malade, saine = DemandeFactory(motif=motif), DemandeFactory(motif=motif)
    casse = sans_gabarit(malade, "a")
    ecrire(malade, "suite")
    ecrire(saine, "b", "c")
    assert envoi.vider() == RIEN | {"envoyees": 2, "reportees": 1}
    assert recus() == ["b", "c"]
    assert etat(casse) == ("a_envoyer", 1)
    assert casse.derniere_erreur == "KeyError"


def test_envoyer_message_that_cannot_be_composed_ends_in_failure_then_the_later_ones_leave(temps_fige):
    demande = DemandeFactory()
    casse = sans_gabarit(demande, "a")
    ecrire(demande, "b", "c")
    attentes = []
    for essai in range(1, ESSAIS_MAX):
        assert envoi.vider() == RIEN | {"reportees": 1}, essai
        casse.refresh_from_db()
        attentes.append((casse.prochain_essai_le - maintenant()).total_seconds())
        temps_fige.shift(attentes[-1] - 1)
        assert envoi.vider() == RIEN, "not before its hour, nor the later ones before it"
        temps_fige.shift(1)
    assert attentes[0] == 20
    assert all(b == min(2 * a, 1800) for a, b in pairwise(attentes))
    assert envoi.vider() == RIEN | {"echecs": 1, "envoyees": 2}
    assert etat(casse) == ("echec", ESSAIS_MAX)
    assert recus() == ["b", "c"]


def test_envoyer_act_that_cannot_be_made_stops_neither_the_messages_nor_the_other_acts(temps_fige, monkeypatch):
    motif = MotifFactory(pieces=0)
    e = equipe(DemandeFactory(motif=motif))
    identite = {"nom": "Ben Ali", "prenoms": "Amina", "date_naissance": "1980-05-17"}  # and no address to write to
    malade, saine = (
        depot.ouvrir_au_guichet(motif, e.site, identite=identite, par=acteur(e.chloe), maintenant=INSTANT)
        for _ in range(2)
    )
    ecrire(DemandeFactory(motif=motif), "a")
    Acte.objects.filter(demande=malade).update(contenu={})
    assert envoi.vider() == RIEN | {"actes": 1, "envoyees": 1}
    assert recus() == ["a"]
    assert Acte.objects.get(demande=saine).produit_le
    assert not Acte.objects.get(demande=malade).produit_le


def test_envoyer_message_whose_act_cannot_be_made_is_put_off(temps_fige):
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.DEPOSEE)
    Acte.objects.filter(demande=demande).update(contenu={})
    assert envoi.vider() == RIEN | {"reportees": 1}
    assert not recus()


def test_envoyer_message_whose_workers_always_die_ends_in_failure(temps_fige, monkeypatch):
    """What kills its worker each time (memory, crash of a library) must end by stopping to do so."""
    demande = DemandeFactory()
    mortel, suite = ecrire(demande, "mortel", "suite")

    def mourir(_ligne: Notification) -> None:
        raise SystemExit

    with monkeypatch.context() as rustine:
        rustine.setattr(envoi, "composer", mourir)
        for _ in range(ESSAIS_SERVEUR_MAX):
            with pytest.raises(SystemExit):
                envoi.envoyer_une()
            assert etat(suite) == ("a_envoyer", 0)
            assert envoi.envoyer_une() is None, "the reservation of the dead still holds"
            temps_fige.shift(RESERVATION)
    assert envoi.vider() == RIEN | {"echecs": 1, "envoyees": 1}
    assert etat(mortel) == ("echec", ESSAIS_SERVEUR_MAX)
    assert mortel.derniere_erreur == "TravailleurMort"
    assert recus() == ["suite"]


@pytest.mark.parametrize(
    ("reponse", "issue", "attendu"),
    [
        ("550 refused content", "echecs", "echec"),
        ("554 no", "echecs", "echec"),
        ("451 try later", "reportees", "a_envoyer"),
        ("452 full", "reportees", "a_envoyer"),
    ],
)
def test_envoyer_by_smtp_refused_ends_or_is_put_off_by_the_code(reponse, issue, attendu, bouche):
    (ligne,) = ecrire(DemandeFactory(), "a")
    echoir()
    bouche.reponse = reponse
    assert envoi.vider()[issue] == 1
    assert etat(ligne) == (attendu, 1)
    bouche.reponse = "250 OK"
    echoir()
    assert envoi.vider()["envoyees"] == (attendu == "a_envoyer")


def test_envoyer_by_smtp_carries_the_id_of_its_key_and_both_bodies(bouche):
    (ligne,) = ecrire(DemandeFactory(), "a")
    echoir()
    assert envoi.vider()["envoyees"] == 1
    (recu,) = bouche.recus
    assert recu.identifiant == identifiant_message(ligne.cle)
    assert recu.destinataire == ligne.destinataire
    assert not MessageBoite.objects.exists()


def test_envoyer_while_the_server_is_away_for_a_day_and_a_half_then_sends(settings, temps_fige):
    """Two days of tries, as between mail servers: an outage of the mail does not lose the mail."""
    with socket.socket() as ferme:
        ferme.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", ferme.getsockname()[1]
        settings.EMAIL_BACKEND, settings.EMAIL_USE_TLS = "django.core.mail.backends.smtp.EmailBackend", False
        (ligne,) = ecrire(DemandeFactory(), "a")
        debut = maintenant()
        while maintenant() < debut + timedelta(hours=36):
            assert envoi.vider() == RIEN | {"reportees": 1}
            ligne.refresh_from_db()
            assert ligne.prochain_essai_le - maintenant() <= timedelta(minutes=30)
            temps_fige.move_to(ligne.prochain_essai_le)
    assert ligne.essais > ESSAIS_MAX
    settings.EMAIL_HOST = ""
    assert envoi.vider() == RIEN | {"envoyees": 1}


def test_envoyer_without_smtp_outside_the_demonstration_says_nothing_sent(settings, temps_fige):
    settings.PLANIPREF_DEMO = False
    (ligne,) = ecrire(DemandeFactory(), "a")
    assert envoi.vider() == RIEN | {"reportees": 1}
    assert etat(ligne) == ("a_envoyer", 1)
    assert not MessageBoite.objects.exists()


def test_envoyer_when_the_mark_finds_the_database_gone_tries_again(bouche, monkeypatch):
    """Seen from inside; `tests/concurrence/test_envoi_tue.py` cuts real connections."""
    (ligne,) = ecrire(DemandeFactory(), "a")
    echoir()
    vrai, appels = envoi._changer, []

    def capricieux(notification: Notification, **champs: object) -> bool:
        appels.append(champs)
        if len(appels) in (2, 3):
            raise OperationalError
        return vrai(notification, **champs)

    monkeypatch.setattr(envoi, "_changer", capricieux)
    monkeypatch.setattr(envoi, "ATTENTES_BASE", (0, 0))
    monkeypatch.setattr(envoi, "connection", Silencieuse())
    assert envoi.vider()["envoyees"] == 1
    assert etat(ligne) == ("envoyee", 1)
    assert len(bouche.recus) == 1


class Silencieuse:
    """A connection outside any transaction, whose closing is remembered by nobody."""

    in_atomic_block = False

    def close(self) -> None:
        """Close nothing."""


def test_vider_with_a_duration_stops_between_two_messages(monkeypatch, temps_fige):
    ecrire(DemandeFactory(), "a", "b", "c")
    instants = iter([0.0, 0.0, 1.0, 41.0, 41.0, 41.0, 100.0])
    monkeypatch.setattr("demandes.services.envoi.time.monotonic", lambda: next(instants))
    assert envoi.vider(duree_max=timedelta(seconds=40))["envoyees"] == 2
    assert recus() == ["a", "b"]


def test_task_ends_well_before_the_worker_interrupts_it(settings):
    pire = 2 * tasks.DUREE_ENVOIS.total_seconds()  # the messages, then the acts
    assert pire < settings.Q_CLUSTER["timeout"] - 30


@pytest.mark.django_db(transaction=True)
def test_acte_committed_while_the_queue_cannot_be_reached_still_succeeds(monkeypatch, temps_fige):
    """The wake-up is a comfort: the schedule passes each minute."""
    demande = amener_a(DemandeFactory(motif__pieces=0), Etat.DEPOSEE)
    monkeypatch.setattr(notifications, "get_broker", EnPanne)
    suites.retirer(demande, par=acteur(demande.usager), maintenant=INSTANT)
    demande.refresh_from_db()
    assert demande.etat == Etat.SANS_SUITE
    assert Notification.objects.filter(modele="sans_suite").count() == 1


class EnPanne:
    """A broker that cannot be reached."""

    def queue_size(self) -> int:
        """Fail."""
        raise ConnectionError


def test_envoyer_address_that_smtp_cannot_carry_is_put_off_and_stops_nobody(bouche, monkeypatch):
    motif = MotifFactory(pieces=0)
    ecrire(DemandeFactory(motif=motif, usager__courriel="élodie\n@example.org"), "a")
    ecrire(DemandeFactory(motif=motif), "b")
    echoir()
    bilan = envoi.vider()
    assert (bilan["envoyees"], bilan["reportees"]) == (1, 1)


def test_message_is_one_mail_to_one_person(bouche, monkeypatch):
    ecrire(DemandeFactory(), "a")
    echoir()
    partis: list[EmailMultiAlternatives] = []
    monkeypatch.setattr(EmailMultiAlternatives, "send", lambda self: partis.append(self))  # noqa: PLW0108 - binds
    envoi.vider()
    (parti,) = partis
    assert len(parti.recipients()) == 1
    assert not parti.cc + parti.bcc


@pytest.mark.django_db(transaction=True)
def test_mails_leave_a_process_of_the_worker_to_the_other_tasks(settings, temps_fige):
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 2}
    amener_a(DemandeFactory(), "deposee")
    bilans = []

    def autre_processus():
        bilans.append(tasks.vider_la_boite())
        connection.close()

    with une_place("vider_la_boite", 1) as place:
        assert place
        fil = Thread(target=autre_processus)
        fil.start()
        fil.join()
    fil = Thread(target=autre_processus)
    fil.start()
    fil.join()
    assert bilans[0] == {}
    assert bilans[1]["envoyees"] > 0


def test_the_rate_of_the_server_spreads_the_mails_and_uses_no_try(bouche, settings, monkeypatch):
    settings.PLANIPREF_SMTP_PAR_MINUTE = 2
    monkeypatch.setattr(debit, "ATTENTE_MAX", 0.0)
    demande = amener_a(DemandeFactory(), "deposee")
    Notification.objects.all().delete()
    ecrire(demande, "1", "2", "3")
    echoir()
    assert envoi.envoyer_une() == "envoyees"
    assert [envoi.envoyer_une() for _ in range(3)] == ["reportees", None, None]
    assert len(bouche.recus) == 1
    deuxieme = Notification.objects.order_by("pk")[1]
    assert (deuxieme.etat, deuxieme.essais) == ("a_envoyer", 0)
    assert deuxieme.prochain_essai_le > INSTANT - timedelta(days=3650)


def test_access_code_waits_for_no_older_message_and_holds_none():
    demande = amener_a(DemandeFactory(), "deposee")
    Notification.objects.all().delete()
    ancien, suivant = ecrire(demande, "1", "2")
    with transaction.atomic():
        code = notifier(demande, "code_acces", maintenant=INSTANT, cle="7", contexte={"code_acces_id": 7})
    assert code is not None
    Notification.objects.filter(pk=ancien.pk).update(prochain_essai_le=INSTANT + timedelta(days=1))
    assert list(Notification.objects.envoyables(INSTANT)) == [code]
    Notification.objects.filter(pk=ancien.pk).update(etat="annulee")
    Notification.objects.filter(pk=code.pk).update(prochain_essai_le=INSTANT + timedelta(days=1))
    ecrire(demande, "3")
    assert list(Notification.objects.envoyables(INSTANT)) == [suivant]


@pytest.mark.usefixtures("temps_fige")
def test_access_code_leaves_before_whatever_waits_for_longer():
    demande, autre = (amener_a(DemandeFactory(), "deposee") for _ in range(2))
    Notification.objects.all().delete()
    (ancien,) = ecrire(autre, "1")
    with transaction.atomic():
        code = notifier(demande, "code_acces", maintenant=INSTANT, cle="7", contexte={"code_acces_id": 7})
    assert code is not None
    Notification.objects.filter(pk=ancien.pk).update(prochain_essai_le=INSTANT - timedelta(days=1))
    assert envoi.envoyer_une() == "envoyees"
    code.refresh_from_db()
    ancien.refresh_from_db()
    assert (code.etat, ancien.etat) == ("envoyee", "a_envoyer")


def test_rate_of_the_server_by_default_lets_a_hundred_thousand_mails_go_in_a_night(settings):
    par_minute = settings.PLANIPREF_SMTP_PAR_MINUTE
    assert 0 < par_minute <= 20 * 60
    assert 100_000 / par_minute < 6 * 60


def test_without_a_rate_every_mail_leaves(bouche, settings):
    settings.PLANIPREF_SMTP_PAR_MINUTE = 0
    demande = amener_a(DemandeFactory(), "deposee")
    ecrire(demande, "1", "2", "3")
    echoir()
    envoi.vider()
    assert len(bouche.recus) == Notification.objects.count()
