"""The outbox against kill -9 of its workers and of PostgreSQL: `python -m bench.messages [--nombre 100000]`.

Mail goes to a real SMTP server, text messages to a real HTTP one, both in this process; they note whatever they take.
What is asked: each message at its receiver, each once for a receiver that drops the identifiers it knows (as mailboxes
and providers do), no more copies than deaths, and for each demande the order of the facts.
"""

from __future__ import annotations

import argparse
import email
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.rapport import dire
from bench.socle import Socle, port_libre, serveur_durable

NOMBRE, DEMANDES, TRAVAILLEURS = 100_000, 2_000, 2
MORTS, PANNES = 60, 8  # of a worker, and of PostgreSQL, about; spread over the messages, whatever the machine
SECONDES_AVANT = 0.3  # at most, between the message that calls a death and that death
SMS_PAR_SECONDE = "1000"
DEBUT = datetime(2030, 3, 5, 9, tzinfo=UTC)


@dataclass
class Recus:
    """What the two servers took, in the order in which they took it."""

    identifiants: list[str] = field(default_factory=list)

    async def handle_DATA(self, _serveur: SMTP, _session: Session, enveloppe: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        message = email.message_from_bytes(enveloppe.original_content or b"")
        self.identifiants.append(message["Message-ID"])
        return "250 OK"


class _Fournisseur(BaseHTTPRequestHandler):
    recus: Recus

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.recus.identifiants.append(self.headers["Idempotency-Key"])
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def _receveurs() -> Iterator[tuple[Recus, dict[str, str]]]:
    """Run the two servers; give what they take, and the settings that lead to them."""
    recus = Recus()
    smtp = Controller(recus, hostname="127.0.0.1", port=port_libre())
    smtp.start()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Fournisseur", (_Fournisseur,), {"recus": recus}))
    Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield (
            recus,
            {
                "PLANIPREF_SMTP_HOTE": "127.0.0.1",
                "PLANIPREF_SMTP_PORT": str(smtp.port),
                "PLANIPREF_SMTP_STARTTLS": "false",
                "PLANIPREF_SMTP_PAR_MINUTE": "0",  # as fast as the product can
                "PLANIPREF_SMS_URL": f"http://127.0.0.1:{http.server_address[1]}/sms",
                "PLANIPREF_SMS_PAR_SECONDE": SMS_PAR_SECONDE,
            },
        )
    finally:
        smtp.stop()
        http.shutdown()


class Travailleur:
    """`python manage.py envoyer_messages`, in a loop as the worker of the product runs it."""

    def __init__(self, environnement: dict[str, str]) -> None:
        self.environnement = environnement
        self.processus: subprocess.Popen[bytes] | None = None

    def veiller(self) -> None:
        """Start it again when it has ended."""
        if self.processus is None or self.processus.poll() is not None:
            self.processus = subprocess.Popen(
                [sys.executable, "manage.py", "envoyer_messages", "--json"],
                env=os.environ | self.environnement,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def tuer(self) -> bool:
        """Kill -9; say whether it was still at work."""
        vivait = self.processus is not None and self.processus.poll() is None
        if self.processus is not None:
            self.processus.kill()
            self.processus.wait()
        return vivait


def _ecrire(nombre: int) -> list[tuple[int, str]]:
    """Write the messages, mail and text by turns; return the demande and the identifier of each, in their order."""
    from demandes.models import Demande, Notification, RegleMessages  # noqa: PLC0415 (Django is set by now)
    from planipref.commun.canal_sms import identifiant_sms  # noqa: PLC0415
    from planipref.commun.canaux import identifiant_message  # noqa: PLC0415
    from planipref.commun.horloge import maintenant  # noqa: PLC0415

    RegleMessages.objects.create(sms_de="00:00", sms_a="23:59")  # the measure waits for no morning
    demandes = list(Demande.objects.exclude(numero=None).order_by("pk").values_list("pk", flat=True)[:DEMANDES])
    rdv = {"debut": DEBUT.isoformat(), "fin": (DEBUT + timedelta(minutes=20)).isoformat(), "lieu": "Bobigny"}
    rdv |= {"uid": "mesure@planipref", "sequence": "1", "methode": "CANCEL", "url": ""}
    instant, lignes, ecrits = maintenant(), [], []
    for rang, demande in zip(range(nombre), cycle(demandes), strict=False):
        cle, par_sms = f"mesure:{rang}", rang // len(demandes) % 2 == 1
        reference = identifiant_sms(cle) if par_sms else ""
        ecrits.append((demande, reference or identifiant_message(cle)))
        lignes.append(
            Notification(
                demande_id=demande,
                cle=cle,
                reference=reference,
                prochain_essai_le=instant,
                canal="sms" if par_sms else "courriel",
                modele="rendez_vous_annule" if par_sms else "message",
                destinataire="+33639980001" if par_sms else "mesure@exemple.fr",
                contexte={"rdv": rdv} if par_sms else {},
            )
        )
    Notification.objects.bulk_create(lignes, batch_size=5_000)
    return ecrits


def _envoyer(socle: Socle, environnement: dict[str, str], recus: Recus, *, nombre: int, graine: int) -> dict[str, int]:
    """Let the workers send all, killing now one of them, now PostgreSQL; return what died, and the time it took."""
    hasard, depart = random.Random(graine), time.monotonic()
    travailleurs = [Travailleur(environnement) for _ in range(TRAVAILLEURS)]
    bilan = {"morts": 0, "pannes": 0}
    mort, panne = _suivante(hasard, nombre // MORTS), _suivante(hasard, nombre // PANNES)
    while _restent():
        for travailleur in travailleurs:
            travailleur.veiller()
        limite = time.monotonic() + 1.0
        while time.monotonic() < limite and len(recus.identifiants) < min(mort, panne):
            time.sleep(0.005)
        faits = len(recus.identifiants)
        if faits >= mort:
            time.sleep(hasard.uniform(0, SECONDES_AVANT))
            bilan["morts"] += hasard.choice(travailleurs).tuer()
            mort = faits + _suivante(hasard, nombre // MORTS)
        if faits >= panne:
            _tuer_la_base(socle)
            bilan["pannes"] += 1
            panne = faits + _suivante(hasard, nombre // PANNES)
            dire(f"{faits} messages reçus, {bilan['morts']} travailleurs tués, PostgreSQL tué {bilan['pannes']} fois")
    for travailleur in travailleurs:
        travailleur.tuer()
    return bilan | {"secondes": round(time.monotonic() - depart)}


def _suivante(hasard: random.Random, moyenne: int) -> int:
    """Return after how many messages the next death comes."""
    return hasard.randint(1, 2 * moyenne)


def _tuer_la_base(socle: Socle) -> None:
    pid = socle.serveur.pid()
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    socle.serveur.ouvrir()


def _restent() -> int:
    from django.db import connection  # noqa: PLC0415

    from demandes.models import Notification  # noqa: PLC0415

    connection.close()  # it may have died with the server
    return Notification.objects.exclude(etat=Notification.Etat.ENVOYEE).count()


def verifier(ecrits: list[tuple[int, str]], recus: list[str], morts: int) -> dict[str, int]:
    """Check what was received.

    Args:
        ecrits: demande and identifier of each message, in the order of the facts.
        recus: identifiers received, in their order.
        morts: deaths of workers and of PostgreSQL: each may add one copy of each worker's message.

    Returns:
        Counts: ``messages``, ``copies`` under an identifier already known.

    Raises:
        RuntimeError: a message is lost, unknown, copied without a death, or out of order.
    """
    attendus, copies = [identifiant for _, identifiant in ecrits], Counter(recus)
    if set(copies) != set(attendus):
        raise RuntimeError(f"lost {len(set(attendus) - set(copies))}, unknown {len(set(copies) - set(attendus))}")
    if (en_trop := copies.total() - len(copies)) > morts:
        raise RuntimeError(f"{en_trop} copies for {morts} deaths")
    premieres = {identifiant: rang for rang, identifiant in reversed(list(enumerate(recus)))}
    dernier: dict[int, int] = {}
    for demande, identifiant in ecrits:
        if premieres[identifiant] < dernier.get(demande, -1):
            raise RuntimeError("messages of a demande out of order")
        dernier[demande] = premieres[identifiant]
    return {"messages": len(attendus), "copies": en_trop}


def principal(arguments: list[str] | None = None) -> int:
    """Run the measure; exit code 1 when a message is lost, sent twice or out of order."""
    analyse = argparse.ArgumentParser(prog="python -m bench.messages")
    analyse.add_argument("--nombre", type=int, default=NOMBRE, help=f"messages ({NOMBRE})")
    analyse.add_argument("--graine", type=int, default=1)
    analyse.add_argument("--sortie", type=Path, default=Path(__file__).parent / "messages.json")
    options = analyse.parse_args(arguments)
    with _receveurs() as (recus, environnement), serveur_durable() as socle:
        from bench.deroulement import charger  # noqa: PLC0415

        charger(DEMANDES)
        ecrits = _ecrire(options.nombre)
        dire(f"{len(ecrits)} messages écrits")
        bilan = _envoyer(socle, environnement, recus, nombre=options.nombre, graine=options.graine)
        # Each death of PostgreSQL is one for every worker.
        deces = bilan["morts"] + bilan["pannes"] * TRAVAILLEURS
        bilan |= verifier(ecrits, recus.identifiants, deces)
    bilan["par_seconde"] = round(bilan["messages"] / bilan["secondes"])
    options.sortie.write_text(json.dumps(bilan, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(bilan))
    return 0


if __name__ == "__main__":
    sys.exit(principal())
