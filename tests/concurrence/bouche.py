"""A real SMTP server in a thread: it notes what it accepts, and can hold a dialogue where a test wants a death."""

from __future__ import annotations

import asyncio
import email
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

logging.getLogger("mail.log").setLevel(logging.WARNING)

POINTS = ("salutation", "donnees", "accepte")


@dataclass(frozen=True)
class Recu:
    """One message accepted.

    Args:
        identifiant: its Message-ID.
        destinataire: envelope recipient.
        instant: monotonic time.
    """

    identifiant: str
    destinataire: str
    instant: float


@dataclass
class Bouche:
    """The server.

    A dialogue can be held, once, at: ``salutation`` (connected, nothing said yet), ``donnees`` (the whole message
    was given, not accepted), ``accepte`` (it is kept, the sender does not know yet).
    """

    recus: list[Recu] = field(default_factory=list)
    port: int = 0
    reponse: str = "250 OK"
    _retenir: str = ""
    atteint: threading.Event = field(default_factory=threading.Event)
    parti: threading.Event = field(default_factory=threading.Event)
    _libre: threading.Event = field(default_factory=threading.Event)

    def retenir(self, point: str) -> None:
        """Hold the next dialogue that comes to this point."""
        assert point in POINTS
        self.atteint.clear()
        self.parti.clear()
        self._libre.clear()
        self._retenir = point

    def attendre(self) -> None:
        """Wait until a dialogue is held."""
        assert self.atteint.wait(20), "aucun travailleur n’est venu jusqu’au point"

    def lacher(self) -> None:
        """Let the dialogue go on."""
        self._libre.set()

    async def _passer(self, point: str) -> None:
        if self._retenir != point:
            return
        self._retenir = ""
        self.atteint.set()
        try:
            while not self._libre.is_set():
                await asyncio.sleep(0.002)
        except asyncio.CancelledError:  # the connection was cut
            self.parti.set()
            raise

    async def handle_EHLO(  # noqa: N802 - named by aiosmtpd
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        await self._passer("salutation")
        session.host_name = hostname
        return responses

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept a message; a sender that dies while held here has its message thrown away."""
        await self._passer("donnees")
        if self.reponse.startswith("250"):
            message = email.message_from_bytes(envelope.original_content or b"")
            self.recus.append(Recu(message["Message-ID"], envelope.rcpt_tos[0], time.monotonic()))
        await self._passer("accepte")
        return self.reponse

    def servir(self) -> Any:
        """Return a context in which the server runs."""
        return _EnService(self)


class _EnService:
    def __init__(self, bouche: Bouche) -> None:
        self.bouche = bouche
        self.boucle = asyncio.new_event_loop()
        self.fil = threading.Thread(target=self._tourner, daemon=True)
        self.pret = threading.Event()

    def __enter__(self) -> Bouche:
        self.fil.start()
        assert self.pret.wait(10)
        return self.bouche

    def __exit__(self, *_: object) -> None:
        self.bouche.lacher()
        self.boucle.call_soon_threadsafe(self.boucle.stop)
        self.fil.join(10)

    def _tourner(self) -> None:
        asyncio.set_event_loop(self.boucle)
        try:
            self.boucle.run_until_complete(self._ouvrir())
            self.boucle.run_forever()
        finally:
            self.serveur.close()
            taches = asyncio.all_tasks(self.boucle)
            for tache in taches:
                tache.cancel()
            self.boucle.run_until_complete(asyncio.gather(*taches, return_exceptions=True))
            self.boucle.close()

    async def _ouvrir(self) -> None:
        self.serveur = await self.boucle.create_server(
            lambda: SMTP(self.bouche, hostname="bouche.test", loop=self.boucle), "127.0.0.1", 0
        )
        self.bouche.port = self.serveur.sockets[0].getsockname()[1]
        self.pret.set()
