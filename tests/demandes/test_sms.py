"""Text messages: to whom, by a real HTTP provider, at decent hours, each once; what the provider says later."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as heure
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import stamina
from django.test import Client
from django.utils import translation

from demandes.models import Demande, Evenement, Notification, RegleMessages, Usager
from demandes.services.courriels import composer_sms
from demandes.services.envoi import vider
from demandes.services.textes_sms import TEXTES_SMS
from planipref.commun import disjoncteur
from planipref.commun.langues import LANGUES, code_django
from planipref.commun.models import Disjoncteur, MessageBoite
from planipref.commun.sms import mesurer
from planning.services import reservation
from planning.services.rappels import rappeler_partout
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory, UsagerFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
NUMERO = "+33639980001"
SECRET = "secret-des-accuses"


class Fournisseur(ThreadingHTTPServer):
    """A provider that keeps what it takes, once by key, and answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Guichet)
        self.appels: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.reponses: list[int] = []
        self.recus: dict[str, dict[str, Any]] = {}

    @property
    def adresse(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/sms"


class _Guichet(BaseHTTPRequestHandler):
    server: Fournisseur

    def do_POST(self) -> None:
        corps = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.appels.append((dict(self.headers), corps))
        statut = self.server.reponses.pop(0) if self.server.reponses else 202
        if statut < 300:
            self.server.recus[self.headers["Idempotency-Key"]] = corps
        self.send_response(statut)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def fournisseur(settings: Any) -> Iterator[Fournisseur]:
    """A provider that listens; the breaker knows it."""
    serveur = Fournisseur()
    fil = Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    settings.PLANIPREF_SMS_URL, settings.PLANIPREF_SMS_JETON = serveur.adresse, "jeton"
    yield serveur
    serveur.shutdown()
    serveur.server_close()
    fil.join()


def convoquee(**usager: Any) -> Demande:
    """A person with a telephone only, who is convoked."""
    prefecture = usager.pop("prefecture", None) or PrefectureFactory()
    demande = amener_a(
        DemandeFactory(motif=MotifFactory(pieces=0, etapes=[2, 3]), prefecture=prefecture, usager=UsagerFactory()),
        "complete",
    )
    Notification.objects.filter(demande=demande).clore_sans_envoi()
    Usager.objects.filter(pk=demande.usager_id).update(**{"courriel": "", "telephone": NUMERO} | usager)
    return amener_a(Demande.objects.get(pk=demande.pk), "convoquee")


def sms() -> list[Notification]:
    """Return the text messages of the outbox."""
    return list(Notification.objects.filter(canal="sms").order_by("pk"))


def test_who_has_no_mail_gets_a_text_message_once(fournisseur: Fournisseur) -> None:
    convoquee()
    assert vider()["envoyees"] == 1
    assert vider()["envoyees"] == 0
    ((entetes, corps),) = fournisseur.appels
    assert entetes["Authorization"] == "Bearer jeton"
    assert corps["id"] == entetes["Idempotency-Key"] == sms()[0].reference
    assert (corps["to"], corps["from"]) == (NUMERO, "PREFECTURE")
    assert "/rdv/" in corps["text"]
    assert mesurer(corps["text"]).alphabet == "GSM-7"


def test_who_has_a_mail_gets_no_text_message(fournisseur: Fournisseur) -> None:
    convoquee(courriel="amina@example.org")
    assert sms() == []


@pytest.mark.usefixtures("settings")
def test_none_is_written_where_none_can_leave(settings: Any) -> None:
    settings.PLANIPREF_DEMO = False
    convoquee()
    assert not Notification.objects.filter(canal="sms").exists()


def test_demonstration_keeps_them_in_its_mailbox(settings: Any) -> None:
    settings.PLANIPREF_DEMO, settings.PLANIPREF_SMS_URL = True, ""
    convoquee()
    vider()
    assert [m.canal for m in MessageBoite.objects.filter(destinataire=NUMERO)] == ["sms"]


def test_appointment_is_reminded_by_mail_and_two_days_before_by_text_message(fournisseur: Fournisseur) -> None:
    demande = convoquee(courriel="amina@example.org")
    creneau = CreneauFactory(file=equipe(demande).file, debut=INSTANT + timedelta(days=14, hours=1))
    reservation.reserver(convocation_active(demande), creneau, par=acteur(demande.usager), maintenant=INSTANT)
    for jour in range(14):
        rappeler_partout(maintenant=INSTANT + timedelta(days=jour, hours=2))
        rappeler_partout(maintenant=INSTANT + timedelta(days=jour, hours=3))
    ecrits = Notification.objects.filter(modele="rappel_rendez_vous").order_by("pk")
    rangs = [(n.canal, (n.prochain_essai_le - INSTANT).days) for n in ecrits]
    assert rangs == [("courriel", 7), ("sms", 12), ("courriel", 13)]


def test_nobody_is_written_to_at_night(fournisseur: Fournisseur, temps_fige: Any) -> None:
    demande = convoquee()
    RegleMessages.objects.create(prefecture=demande.prefecture, sms_de=heure(10), sms_a=heure(18))
    assert vider()["reportees"] == 1  # 9:00 in Paris
    assert sms()[0].prochain_essai_le == datetime(2030, 3, 4, 9, tzinfo=UTC)
    temps_fige.move_to(datetime(2030, 3, 4, 17, tzinfo=UTC))  # 18:00
    assert vider()["reportees"] == 1
    assert sms()[0].prochain_essai_le == datetime(2030, 3, 5, 9, tzinfo=UTC)
    assert fournisseur.appels == []
    temps_fige.move_to(datetime(2030, 3, 5, 9, tzinfo=UTC))
    assert vider()["envoyees"] == 1


def test_night_is_that_of_the_prefecture(fournisseur: Fournisseur, temps_fige: Any) -> None:
    temps_fige.move_to(datetime(2030, 3, 4, 17, tzinfo=UTC))  # 18:00 in Paris, 21:00 in Saint-Denis
    convoquee(prefecture=PrefectureFactory(reunion=True))
    assert vider()["reportees"] == 1
    assert sms()[0].prochain_essai_le == datetime(2030, 3, 5, 4, tzinfo=UTC)


def test_busy_provider_is_tried_again_and_one_that_refuses_is_not(fournisseur: Fournisseur) -> None:
    convoquee()
    with stamina.set_testing(True, attempts=3):
        fournisseur.reponses = [503, 503]
        assert vider()["envoyees"] == 1
        assert len(fournisseur.appels) == 3
        assert len({corps["id"] for _, corps in fournisseur.appels}) == 1
        convoquee(telephone="+33639980002")
        fournisseur.reponses = [400]
        assert vider()["echecs"] == 1
    assert [n.etat for n in sms()] == ["envoyee", "echec"]


def test_provider_that_is_down_is_left_alone_then_tried_again(fournisseur: Fournisseur, temps_fige: Any) -> None:
    with stamina.set_testing(True, attempts=1):
        for n in range(7):
            convoquee(telephone=f"+3363998001{n}")
        fournisseur.reponses = [503] * 20
        vider()
        assert len(fournisseur.appels) == disjoncteur.ECHECS_MAX
        assert Disjoncteur.objects.get().ouvert_jusqu_a == INSTANT + disjoncteur.REPOS
        vider()
        assert len(fournisseur.appels) == disjoncteur.ECHECS_MAX
        fournisseur.reponses = []
        temps_fige.move_to(INSTANT + timedelta(minutes=45))
        assert vider()["envoyees"] == 7
    assert Disjoncteur.objects.get().echecs == 0
    assert len(fournisseur.recus) == 7


def test_rate_of_the_provider_is_kept(fournisseur: Fournisseur, settings: Any) -> None:
    settings.PLANIPREF_SMS_PAR_SECONDE = 4
    for n in range(8):
        convoquee(telephone=f"+3363998002{n}")
    debut = time.monotonic()
    assert vider()["envoyees"] == 8
    assert time.monotonic() - debut > 0.8  # four at once, then four a second


def accuser(reference: str, statut: str, *, quand: datetime = INSTANT, secret: str = SECRET, client: Any = None) -> int:
    """Say what became of a message, signed; return the status."""
    corps = json.dumps({"id": reference, "status": statut}).encode()
    horodatage = str(int(quand.timestamp()))
    signature = hmac.new(secret.encode(), horodatage.encode() + b"." + corps, hashlib.sha256).hexdigest()
    reponse = (client or Client()).post(
        "/messages/accuses/sms/",
        corps,
        content_type="application/json",
        headers={"X-Horodatage": horodatage, "X-Signature": signature},
    )
    return int(reponse.status_code)


def test_what_the_provider_says_is_kept_once(fournisseur: Fournisseur, settings: Any) -> None:
    settings.PLANIPREF_SMS_SECRET = SECRET
    convoquee()
    convoquee(telephone="+33639980002")
    vider()
    un, deux = sms()
    assert [accuser(un.reference, s) for s in ("sent", "delivered", "failed")] == [204, 204, 204]
    assert [accuser(deux.reference, "Undelivered") for _ in range(2)] == [204, 204]
    assert accuser("inconnu", "delivered") == accuser("", "delivered") == 204
    un, deux = sms()
    assert (un.recue_le, un.refusee_le) == (INSTANT, None)
    assert (deux.recue_le, deux.refusee_le) == (None, INSTANT)
    (dit,) = Evenement.objects.filter(nature="message:non_remis")
    assert (dit.demande_id, dit.charge) == (deux.demande_id, {"notification_id": deux.pk})


def test_statement_that_is_not_signed_now_by_the_provider_is_refused(settings: Any) -> None:
    assert accuser("x", "delivered") == 403, "no secret is set"
    settings.PLANIPREF_SMS_SECRET = SECRET
    assert accuser("x", "delivered", secret="autre") == 403
    assert accuser("x", "delivered", quand=INSTANT - timedelta(minutes=6)) == 403
    assert accuser("x", "delivered", quand=INSTANT + timedelta(minutes=6)) == 403
    client = Client()
    assert client.post("/messages/accuses/sms/", b"{}", content_type="application/json").status_code == 403


@pytest.mark.parametrize("langue", sorted(LANGUES))
@pytest.mark.parametrize("modele", sorted(TEXTES_SMS))
def test_text_says_all_in_few_parts_in_every_language(modele: str, langue: str) -> None:
    demande = convoquee(langue=langue)
    ligne = sms()[0]
    ligne.modele = modele
    ligne.contexte |= {"rdv": {"debut": INSTANT.isoformat()}}
    if "pieces" in modele:
        agent = demande.convocations.latest("pk").emise_par
        attendues = demande.complements.create(agent=agent, notifie_le=INSTANT, limite=INSTANT)
        ligne.contexte |= {"complement_id": attendues.pk}
    with translation.override(code_django(langue)):
        texte = composer_sms(ligne).texte
    assert "{" not in texte
    assert "http" in texte
    assert mesurer(texte).parties <= (2 if mesurer(texte).alphabet == "GSM-7" else 4)
    assert Usager.objects.get(pk=demande.usager_id).nom not in texte
