"""ClamAV behind one function: a file is harmless, infected or unreadable; a daemon that is away is an exception."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import clamd
from django.conf import settings

journal = logging.getLogger(__name__)

DELAI_SECONDES = 30


class Verdict(StrEnum):
    """What the antivirus says of a file."""

    SAIN = "sain"
    INFECTE = "infecte"
    ILLISIBLE = "illisible"


class AntivirusAbsent(Exception):
    """The daemon does not answer: what waits goes on waiting."""


def est_configure() -> bool:
    """Say whether files are analysed at all: without an address, none is."""
    return bool(settings.PLANIPREF_CLAMD)


def analyser(flux: Any) -> Verdict:
    """Send a file to clamd and return its verdict.

    Args:
        flux: open binary file, read to its end.

    Raises:
        AntivirusAbsent: clamd does not answer, or not in half a minute.
    """
    try:
        with _client() as client:
            etat, detail = client.instream(flux)["stream"]
    except clamd.BufferTooLongError:
        return Verdict.ILLISIBLE  # over StreamMaxLength: clamd would never read it
    except (clamd.ClamdError, OSError, KeyError, TypeError) as erreur:
        raise AntivirusAbsent from erreur
    if etat == "OK":
        return Verdict.SAIN
    if etat == "FOUND":
        journal.warning("clamd found %s", detail)
        return Verdict.INFECTE
    return Verdict.ILLISIBLE


def repond() -> bool:
    """Say whether clamd answers."""
    try:
        with _client() as client:
            return bool(client.ping() == "PONG")
    except (clamd.ClamdError, OSError):
        return False


@contextmanager
def _client() -> Iterator[clamd.ClamdNetworkSocket]:
    adresse = settings.PLANIPREF_CLAMD
    if adresse.startswith("/"):
        client = clamd.ClamdUnixSocket(path=adresse, timeout=DELAI_SECONDES)
    else:
        hote, _, port = adresse.rpartition(":")
        client = clamd.ClamdNetworkSocket(host=hote, port=int(port), timeout=DELAI_SECONDES)
    try:
        yield client
    finally:
        prise = getattr(client, "clamd_socket", None)
        if prise is not None:  # the module forgets it when the daemon is away
            prise.close()
