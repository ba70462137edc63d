"""The site served on the connection of the test: what the browser does happens in the transaction of the test.

So one world serves many pages, a savepoint undoes what a form did, and nothing is left to flush.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction

from tests.boucle import hors_boucle


class _Serveur(ThreadingMixIn, WSGIServer):
    """One thread per connection, since Chromium opens some that it doesn't use."""

    daemon_threads = True


class _Muet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Print nothing."""


class SitePartage:
    """The site, one request at a time; `verrou` is held while it answers, and by the test while it writes."""

    def __init__(self) -> None:
        self.verrou = threading.RLock()
        self._ferme = False
        self._connexion = connections["default"]
        self._site = StaticFilesHandler(WSGIHandler())
        self._serveur = make_server("127.0.0.1", 0, self._repondre, _Serveur, _Muet)
        self.url = f"http://127.0.0.1:{self._serveur.server_port}"

    def _repondre(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(settings.STATIC_URL):
            return self._site(environ, start_response)
        with self.verrou:
            if self._ferme:  # asked as the browser was leaving: the connection is the next test's
                start_response("503 Service Unavailable", [])
                return []
            connections["default"] = self._connexion
            reponse = self._site(environ, start_response)
            corps = b"".join(reponse)
            reponse.close()
            return [corps]

    def demarrer(self) -> None:
        """Serve from a thread of its own; like the test client, keep the connection open between requests."""
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        self._connexion.inc_thread_sharing()
        threading.Thread(target=self._serveur.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def arreter(self) -> None:
        """Stop serving."""
        self._serveur.shutdown()
        with self.verrou:
            self._ferme = True
        self._serveur.server_close()
        self._connexion.dec_thread_sharing()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

    @contextmanager
    def a_la_main(self) -> Iterator[None]:
        """Act on the base beside the browser: no request meanwhile, nor the loop that hides the connection."""
        with self.verrou, hors_boucle():
            la_sienne = connections["default"]
            connections["default"] = self._connexion
            try:
                yield
            finally:
                connections["default"] = la_sienne

    @contextmanager
    def pour_rien(self) -> Iterator[None]:
        """Undo at the end of the block all that the site wrote meanwhile."""
        with self.verrou:
            point = transaction.savepoint()
        try:
            yield
        finally:
            with self.verrou:
                transaction.savepoint_rollback(point)


@contextmanager
def site_partage() -> Iterator[SitePartage]:
    """Serve the site during a block, inside the transaction that a test of pytest-django opens."""
    site = SitePartage()
    site.demarrer()
    try:
        yield site
    finally:
        site.arreter()
