"""What the browser tests share: a small préfecture, and browsers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.navigateur.monde import Monde, creer_monde
from tests.navigateur.personne import Entrer, Personne


@pytest.fixture
def monde(transactional_db: None) -> Monde:
    """A small préfecture."""
    return creer_monde()


@pytest.fixture
def entrer(browser: Browser, live_server: LiveServer) -> Iterator[Entrer]:
    """Open browsers, each somebody's; all are closed at the end, whatever happened."""
    with contextlib.ExitStack() as pile:

        def ouvrir(identifiant: str = "", *, largeur: int, scripts: bool) -> Personne:
            nouvelle = Personne(browser, live_server.url, largeur=largeur, scripts=scripts)
            pile.callback(nouvelle.contexte.close)
            if identifiant:
                nouvelle.se_connecte(identifiant)
            return nouvelle

        yield ouvrir
