"""Statements of mail servers (RFC 3464), as Postfix and Exchange write them: marked once, never trusted."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from django.core.management import call_command

from demandes.models import Evenement, Notification
from demandes.services.envoi import vider
from demandes.services.retours import Lecture, lire_retour
from planipref.commun.canaux import identifiant_message
from tests.demandes.aide_lettres import ecrire
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import amener_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
ADRESSE = "amina@example.org"

POSTFIX = """\
Return-Path: <>
Date: Mon,  4 Mar 2030 09:00:01 +0100 (CET)
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ne-pas-repondre@prefecture.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2.1/mx.example.net"

This is a MIME-encapsulated message.

--4F2.1/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

<amina@example.org>: host mx.example.org said: 550 5.1.1 User unknown

--4F2.1/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F2
Arrival-Date: Mon,  4 Mar 2030 09:00:00 +0100 (CET)

Final-Recipient: rfc822; amina@example.org
Original-Recipient: rfc822;amina@example.org
Action: {action}
Status: {statut}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--4F2.1/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-ID: {identifiant}
From: PlaniPref <ne-pas-repondre@prefecture.example>
To: amina@example.org
Subject: Votre dossier est complet
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Bonjour,

--4F2.1/mx.example.net--
"""
EXCHANGE = """\
From: postmaster@tenant.example
To: ne-pas-repondre@prefecture.example
Subject: Undeliverable: Votre dossier
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="_b1_"

--_b1_
Content-Type: multipart/alternative; boundary="_b2_"

--_b2_
Content-Type: text/plain; charset="us-ascii"

Delivery has failed to these recipients.

--_b2_--

--_b1_
Content-Type: message/delivery-status

Reporting-MTA: dns;tenant.example
Received-From-MTA: dns;mx.example.net

Final-Recipient: rfc822;amina@example.org
Action: {action}
Status: {statut}
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound

--_b1_
Content-Type: text/rfc822-headers

Received: from mx.example.net by tenant.example
message-id:
 {identifiant}
Subject: Votre dossier

--_b1_--
"""


@pytest.fixture
def courriel() -> Notification:
    """A mail that left."""
    demande = amener_a(DemandeFactory(usager__courriel=ADRESSE), "deposee")
    ligne = ecrire(demande)
    assert ligne is not None
    vider()
    ligne.refresh_from_db()
    assert ligne.etat == "envoyee"
    return ligne


def avis(gabarit: str, ligne: Notification | None, action: str = "failed", statut: str = "5.1.1") -> bytes:
    identifiant = identifiant_message(ligne.cle) if ligne else f"<{'0' * 40}@prefecture.example>"
    return gabarit.format(action=action, statut=statut, identifiant=identifiant).encode()


@pytest.mark.parametrize("gabarit", [POSTFIX, EXCHANGE])
def test_a_mail_that_did_not_arrive_is_marked_once(courriel, gabarit):
    brut = avis(gabarit, courriel)
    assert lire_retour(brut, maintenant=INSTANT) == Lecture.MARQUEE
    assert lire_retour(brut, maintenant=INSTANT) == Lecture.DEJA
    courriel.refresh_from_db()
    assert courriel.refusee_le == INSTANT
    (dit,) = Evenement.objects.filter(nature="message:non_remis")
    assert dit.charge == {"notification_id": courriel.pk}


@pytest.mark.parametrize("gabarit", [POSTFIX, EXCHANGE])
@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_is_late_or_arrived_changes_nothing(courriel, gabarit, action):
    assert lire_retour(avis(gabarit, courriel, action, "4.4.1"), maintenant=INSTANT) == Lecture.IGNOREE
    courriel.refresh_from_db()
    assert courriel.refusee_le is None


def test_given_up_after_days_of_tries_is_lost_whatever_the_last_status(courriel):
    assert lire_retour(avis(POSTFIX, courriel, "failed", "4.4.1"), maintenant=INSTANT) == Lecture.MARQUEE


def test_lines_of_windows_and_a_capital_action_are_read(courriel):
    brut = avis(POSTFIX, courriel, "FAILED").replace(b"\n", b"\r\n")
    assert lire_retour(brut, maintenant=INSTANT) == Lecture.MARQUEE


def test_a_statement_of_no_mail_of_ours_marks_nothing(courriel):
    assert lire_retour(avis(POSTFIX, None), maintenant=INSTANT) == Lecture.INCONNUE
    assert not Notification.objects.exclude(refusee_le=None).exists()


def test_the_identifier_cannot_be_computed_from_the_key(courriel, settings):
    avant = identifiant_message(courriel.cle)
    settings.PLANIPREF_CLE_LIENS = "une-autre-cle-du-serveur-pour-cet-essai"
    assert identifiant_message(courriel.cle) != avant


@pytest.mark.parametrize(
    "brut",
    [
        b"",
        b"\xff\xfe\x00" * 1000,
        b"Subject: Absent\nContent-Type: text/plain\n\nJe suis absent.",
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n--x--\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nrien\n--x--\n",
        b"Content-Type: multipart/report; report-type*=utf-8''delivery-status; boundary=x\n\n--x--",
        b"Content-Type: multipart/report; report-type=delivery-status\n\nsans frontiere",
        b"Content-Type: message/rfc822\n\n" * 500,
    ],
)
def test_garbage_is_refused_quietly(brut):
    assert lire_retour(brut, maintenant=INSTANT) == Lecture.ILLISIBLE


def lancer(monkeypatch: Any, brut: bytes) -> tuple[str, int]:
    """Run the command as a Postfix pipe does; return what it says and its exit code."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(brut)))
    sortie = io.StringIO()
    try:
        call_command("lire_retour", stdout=sortie)
    except SystemExit as fin:
        return sortie.getvalue().strip(), int(fin.code or 0)
    return sortie.getvalue().strip(), 0


def test_the_command_answers_postfix_and_says_no_address(courriel, monkeypatch, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    assert lancer(monkeypatch, avis(POSTFIX, courriel)) == ("marquee", 0)
    assert lancer(monkeypatch, avis(POSTFIX, courriel)) == ("deja_marquee", 0)
    assert lancer(monkeypatch, avis(POSTFIX, None)) == ("inconnue", 65)
    assert lancer(monkeypatch, b"n'importe quoi") == ("illisible", 65)
    capture = capsys.readouterr()
    assert ADRESSE not in caplog.text + capture.out + capture.err
