"""The outbox against kill -9: nothing lost, nothing twice, in order, whatever dies and wherever.

What is promised, exactly:

- the demonstration mailbox holds each message once, always: its unique key and the outbox are in one database;
- SMTP has no transaction that spans two machines. Between the instant at which the server keeps a message and the
  instant at which we have committed that it left, a death leaves a doubt that no protocol can lift: either one sends
  again, or one may lose. We send again, under the same Message-ID: the set of Message-IDs that the server keeps is
  exactly that of the messages, each death adds one copy at most, and a receiver that drops the Message-IDs it knows
  (as most mailboxes do) shows each message once;
- without a death, nothing is ever handed over twice, even by workers that press together, even if PostgreSQL drops
  every connection in the middle of a dialogue;
- for one demande, messages come in the order of the facts.
"""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle

import pytest

from demandes.models import Demande, Notification
from demandes.services import envoi
from planipref.commun.canaux import identifiant_message
from planipref.commun.horloge import maintenant
from planipref.commun.models import MessageBoite
from tests.concurrence.bouche import Bouche
from tests.concurrence.travailleurs import (
    RACINE,
    Pepiniere,
    attendre,
    autres_connexions,
    couper_les_connexions,
    enterrer,
    expirer_les_reservations,
    fermer_les_connexions,
    restant,
    verrou,
)
from tests.demandes.factories import DemandeFactory, MotifFactory

pytestmark = pytest.mark.django_db(transaction=True)

LIGNE = "SELECT 1 FROM demandes_notification WHERE id = %s FOR UPDATE"


@pytest.fixture(scope="module")
def _bouche() -> Iterator[Bouche]:
    with Bouche().servir() as bouche:
        yield bouche


@pytest.fixture(scope="module")
def _smtp(_bouche, django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Pepiniere]:
    with django_db_blocker.unblock():
        pepiniere = Pepiniere(tmp_path_factory.mktemp("smtp"), _bouche.port)
        yield pepiniere
        pepiniere.fermer()


@pytest.fixture(scope="module")
def _boite(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Pepiniere]:
    with django_db_blocker.unblock():
        pepiniere = Pepiniere(tmp_path_factory.mktemp("boite"), None)
        yield pepiniere
        pepiniere.fermer()


@pytest.fixture
def bouche(_bouche) -> Iterator[Bouche]:
    """The SMTP server, with nothing received yet."""
    _bouche.recus.clear()
    yield _bouche
    _bouche.lacher()


@pytest.fixture
def smtp(_smtp, bouche, transactional_db) -> Iterator[Pepiniere]:
    """Workers that send to `bouche`; none outlives the test."""
    yield _smtp
    enterrer()


@pytest.fixture
def boite(_boite, transactional_db) -> Iterator[Pepiniere]:
    """Workers that send to the demonstration mailbox."""
    yield _boite
    enterrer()


def ecrire(nombre: int, *, demandes: int) -> list[Notification]:
    """Write messages in the outbox as `notifier` does, the demandes taking turns."""
    motif = MotifFactory(pieces=0)
    lignes = [DemandeFactory(motif=motif) for _ in range(demandes)]
    commun = {"modele": "message", "prochain_essai_le": maintenant() - timedelta(hours=1)}
    return Notification.objects.bulk_create(
        Notification(demande=d, destinataire=d.usager.courriel, cle=f"message:{i}", **commun)
        for i, d in zip(range(nombre), cycle(lignes), strict=False)
    )


def verifier_smtp(bouche: Bouche, messages: list[Notification], *, morts: int = 0) -> None:
    """Check what the server kept: every message, no other, a copy more per death at most, in order per demande."""
    recus = [r.identifiant for r in bouche.recus]
    attendus = [identifiant_message(m.cle) for m in messages]
    copies = Counter(recus)
    assert set(recus) == set(attendus), "perdu, ou inconnu"
    assert copies.total() - len(copies) <= morts, "envoyé deux fois"
    premieres = {identifiant: rang for rang, identifiant in reversed(list(enumerate(recus)))}
    _verifier_l_ordre(messages, [premieres[identifiant] for identifiant in attendus])
    assert not restant()


def verifier_boite(messages: list[Notification]) -> None:
    """Check the mailbox: every message, once, in order per demande."""
    rangs = {cle: pk for pk, cle in MessageBoite.objects.order_by("pk").values_list("pk", "cle")}
    assert sorted(MessageBoite.objects.values_list("cle", flat=True)) == sorted(m.cle for m in messages)
    _verifier_l_ordre(messages, [rangs[m.cle] for m in messages])
    assert not restant()


def _verifier_l_ordre(messages: list[Notification], rangs: list[int]) -> None:
    par_demande: dict[Demande | None, list[int]] = {}
    for message, rang in zip(messages, rangs, strict=True):
        par_demande.setdefault(message.demande, []).append(rang)
    assert all(suite == sorted(suite) for suite in par_demande.values()), "désordre dans une demande"


def mourir_au_point(pepiniere: Pepiniere, bouche: Bouche, point: str, mode: str = "vrai") -> None:
    """Start a worker and kill it in its first message: `marque` is after the server's 250, before our commit."""
    premiere = Notification.objects.order_by("pk").first()
    assert premiere is not None
    bouche.retenir("salutation" if point == "marque" else point)
    travailleur = pepiniere.naitre(mode)
    bouche.attendre()
    if point != "marque":
        assert travailleur.tuer()
        assert bouche.parti.wait(20), "le serveur n’a pas vu la mort du travailleur"
        bouche.lacher()
        enterrer()
        return
    with verrou(LIGNE, premiere.pk):
        bouche.lacher()
        attendre(lambda: autres_connexions(bloquees=True), "le travailleur n’a pas voulu marquer")
        assert travailleur.tuer()
        fermer_les_connexions()
    expirer_les_reservations()


@pytest.mark.parametrize(("point", "copies"), [("salutation", 1), ("donnees", 1), ("accepte", 2), ("marque", 2)])
def test_envoyer_killed_at_a_point_of_the_dialogue_loses_nothing(point, copies, smtp, bouche):
    messages = ecrire(6, demandes=2)
    mourir_au_point(smtp, bouche, point)
    assert len(bouche.recus) == copies - 1
    bilan = smtp.naitre().finir()
    assert bilan["envoyees"] == 6
    verifier_smtp(bouche, messages, morts=copies - 1)
    assert Counter(r.identifiant for r in bouche.recus)[identifiant_message(messages[0].cle)] == copies
    assert Notification.objects.get(pk=messages[0].pk).essais == 2


def test_envoyer_killed_again_and_again_at_the_worst_point_adds_one_copy_per_death(smtp, bouche):
    messages = ecrire(3, demandes=1)
    for _ in range(4):
        mourir_au_point(smtp, bouche, "accepte")
    smtp.naitre().finir()
    verifier_smtp(bouche, messages, morts=4)
    assert len(bouche.recus) == 3 + 4


@pytest.mark.parametrize("point", ["avant", "apres"])
def test_envoyer_to_the_mailbox_killed_around_the_insert_delivers_once(point, boite):
    """`avant`: reserved, the mailbox not written; `apres`: written, the row not marked."""
    messages = ecrire(6, demandes=2)
    with contextlib.ExitStack() as sur_la_ligne:
        with verrou("LOCK TABLE commun_messageboite IN EXCLUSIVE MODE"):
            travailleur = boite.naitre()
            attendre(lambda: autres_connexions(bloquees=True), "le travailleur n’a pas voulu écrire")
            if point == "avant":
                assert travailleur.tuer()
                fermer_les_connexions()
            else:
                sur_la_ligne.enter_context(verrou(LIGNE, messages[0].pk))
        if point == "apres":
            attendre(MessageBoite.objects.exists, "rien dans la boîte")
            attendre(lambda: autres_connexions(bloquees=True), "le travailleur n’a pas voulu marquer")
            assert travailleur.tuer()
            fermer_les_connexions()
    expirer_les_reservations()
    assert MessageBoite.objects.count() == (point == "apres")
    boite.naitre().finir()
    verifier_boite(messages)


def tuer_au_hasard(pepiniere: Pepiniere, *, morts: int, graine: int) -> int:
    """Start workers and kill each after a random while, then let one finish; return how many died at work.

    The while grows as long as they die before they have begun: on a busy machine, they are born slowly.
    """
    hasard, au_travail, en_plein_envoi, duree = random.Random(graine), 0, 0, 0.12
    while (au_travail < morts or not en_plein_envoi) and restant():
        travailleur = pepiniere.naitre()
        time.sleep(hasard.uniform(0.01, duree))
        au_travail += travailleur.tuer()
        if enterrer():
            en_plein_envoi += 1
        else:
            duree *= 1.2
    pepiniere.naitre().finir()
    assert en_plein_envoi, "aucune mort n’a laissé de message en plein envoi : le banc ne prouve rien"
    return au_travail


def test_envoyer_killed_at_random_by_smtp_delivers_the_exact_set(smtp, bouche):
    messages = ecrire(45, demandes=9)
    morts = tuer_au_hasard(smtp, morts=12, graine=42)
    verifier_smtp(bouche, messages, morts=morts)
    essais = {identifiant_message(n.cle): n.essais for n in Notification.objects.order_by("pk")}
    for identifiant, copies in Counter(r.identifiant for r in bouche.recus).items():
        assert copies <= essais[identifiant]


def test_envoyer_killed_at_random_to_the_mailbox_delivers_once(boite):
    messages = ecrire(45, demandes=9)
    tuer_au_hasard(boite, morts=12, graine=43)
    verifier_boite(messages)


def test_envoyer_by_4_workers_at_once_sends_200_messages_once(smtp, bouche):
    messages = ecrire(200, demandes=40)
    bilans = [t.finir() for t in [smtp.naitre() for _ in range(4)]]
    while restant():  # a worker may stop while the last of a demande waits for the one before, held by another
        bilans.append(smtp.naitre().finir())
    verifier_smtp(bouche, messages)
    assert sum(b["envoyees"] for b in bilans) == 200
    assert len(bouche.recus) == 200
    assert min(b["envoyees"] for b in bilans[:4]) > 0, "ils n’ont pas travaillé ensemble"


def test_envoyer_when_postgresql_drops_the_connection_in_a_dialogue_sends_once(smtp, bouche):
    """The message has left, the connection that must say so is dead: the same worker says it on another one."""
    messages = ecrire(6, demandes=2)
    bouche.retenir("donnees")
    travailleur = smtp.naitre()
    bouche.attendre()
    assert couper_les_connexions() == 1
    bouche.lacher()
    assert travailleur.finir()["envoyees"] == 6
    verifier_smtp(bouche, messages)


def test_envoyer_while_connections_are_dropped_at_random_loses_nothing(smtp, bouche):
    messages = ecrire(150, demandes=6)
    hasard = random.Random(44)
    coupees = 0
    for _ in range(8):
        travailleurs = [smtp.naitre(), smtp.naitre()]
        time.sleep(hasard.uniform(0.3, 0.75))  # now within the first message, now after some
        coupees += couper_les_connexions()
        attendre(lambda: not any(t.vit() for t in travailleurs), "un travailleur attend sans fin")  # noqa: B023
        expirer_les_reservations()
        Notification.objects.filter(etat="a_envoyer").update(prochain_essai_le=maintenant() - timedelta(hours=1))
    smtp.naitre().finir()
    assert coupees > 2
    verifier_smtp(bouche, messages)


def test_envoyer_slow_before_the_dialogue_gives_up_what_another_took(smtp, bouche):
    """Stopped while it composes, past its reservation: it asks again before it sends."""
    messages = ecrire(4, demandes=1)
    with verrou("LOCK TABLE demandes_service IN ACCESS EXCLUSIVE MODE"):
        lent = smtp.naitre()
        attendre(lambda: autres_connexions(bloquees=True), "le travailleur n’a pas voulu composer")
        lent.signaler(signal.SIGSTOP)
    expirer_les_reservations()
    assert smtp.naitre().finir()["envoyees"] == 4
    lent.signaler(signal.SIGCONT)
    assert lent.finir() == {"actes": 0, "envoyees": 0, "annulees": 0, "reportees": 0, "echecs": 0, "cedees": 1}
    verifier_smtp(bouche, messages)


def test_envoyer_slow_within_the_dialogue_past_its_reservation_adds_one_copy_and_changes_nothing(smtp, bouche):
    """What the reservation cannot see. It is longer than the worst dialogue, so that this takes a broken clock."""
    messages = ecrire(4, demandes=1)
    bouche.retenir("donnees")
    lent = smtp.naitre()
    bouche.attendre()
    expirer_les_reservations()
    assert smtp.naitre().finir()["envoyees"] == 4
    avant = list(Notification.objects.order_by("pk").values())
    bouche.lacher()
    assert lent.finir()["cedees"] == 1
    verifier_smtp(bouche, messages, morts=1)
    assert list(Notification.objects.order_by("pk").values()) == avant


def test_envoyer_by_the_command_itself_killed_in_a_dialogue_then_run_again(smtp, bouche):
    """The same, without the nursery: `python manage.py envoyer_messages`, as the documentation says."""
    messages = ecrire(3, demandes=1)
    commande = [sys.executable, "manage.py", "envoyer_messages", "--json"]
    bouche.retenir("accepte")
    processus = subprocess.Popen(commande, cwd=RACINE, env=smtp.environnement, stdout=subprocess.PIPE)
    bouche.attendre()
    processus.kill()
    assert processus.communicate()[0] == b""
    bouche.lacher()
    enterrer()
    assert smtp.naitre().finir()["envoyees"] == 3
    verifier_smtp(bouche, messages, morts=1)


def test_control_without_reservation_4_workers_send_twice(smtp, bouche):
    """The control: under the same bench, a sender without reservation is caught."""
    messages = ecrire(16, demandes=16)
    for travailleur in [smtp.naitre("sans_reservation") for _ in range(4)]:
        travailleur.finir()
    assert len(bouche.recus) > 16
    with pytest.raises(AssertionError, match="envoyé deux fois"):
        verifier_smtp(bouche, messages)


def test_control_marked_before_sending_a_death_loses(smtp, bouche):
    messages = ecrire(3, demandes=1)
    mourir_au_point(smtp, bouche, "salutation", mode="marque_avant")
    smtp.naitre().finir()
    with pytest.raises(AssertionError, match="perdu"):
        verifier_smtp(bouche, messages, morts=1)


def test_control_with_another_message_id_each_time_a_copy_is_not_recognised(smtp, bouche):
    messages = ecrire(3, demandes=1)
    mourir_au_point(smtp, bouche, "accepte", mode="sans_cle")
    smtp.naitre().finir()
    with pytest.raises(AssertionError, match="inconnu"):
        verifier_smtp(bouche, messages, morts=1)


def test_reservation_is_longer_than_the_worst_dialogue(settings):
    """Greeting, EHLO, STARTTLS, its handshake, EHLO, AUTH in two, MAIL, RCPT, DATA, the text, its answer, QUIT."""
    assert envoi.RESERVATION.total_seconds() > 13 * settings.EMAIL_TIMEOUT
