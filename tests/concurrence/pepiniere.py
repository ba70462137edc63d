"""A process that loads Django once, then gives birth to real workers in milliseconds: each is a fork of it.

Protocol: one line ``mode chemin`` on its input asks for a worker that writes its report to the file; the pid comes back
on its output. Workers are children of this process, never of pytest: a SIGKILL reaches nobody else.
"""

from __future__ import annotations

import ctypes
import io
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import django

PR_SET_PDEATHSIG = 1


def vrai() -> str:
    """Run the command itself."""
    from django.core.management import call_command  # noqa: PLC0415

    sortie = io.StringIO()
    call_command("envoyer_messages", "--json", stdout=sortie)
    return sortie.getvalue()


def sans_reservation() -> str:
    """Send without a reservation: two workers that read the same row both send it."""
    from django.utils import timezone  # noqa: PLC0415

    from demandes.models import Notification  # noqa: PLC0415
    from demandes.services.courriels import composer  # noqa: PLC0415
    from planipref.commun.canaux import envoyer_courriel  # noqa: PLC0415

    while (ligne := Notification.objects.filter(etat="a_envoyer").first()) is not None:
        instant = timezone.now()  # noqa: TID251
        envoyer_courriel(composer(ligne), cle=ligne.cle, maintenant=instant)
        Notification.objects.filter(pk=ligne.pk).update(etat="envoyee", envoyee_le=instant)
    return "{}"


def marque_avant() -> str:
    """Mark, then send: who dies in between loses the message."""
    from django.utils import timezone  # noqa: PLC0415

    from demandes.models import Notification  # noqa: PLC0415
    from demandes.services.courriels import composer  # noqa: PLC0415
    from planipref.commun.canaux import envoyer_courriel  # noqa: PLC0415

    while (ligne := Notification.objects.filter(etat="a_envoyer").first()) is not None:
        instant = timezone.now()  # noqa: TID251
        Notification.objects.filter(pk=ligne.pk).update(etat="envoyee", envoyee_le=instant)
        envoyer_courriel(composer(ligne), cle=ligne.cle, maintenant=instant)
    return "{}"


def sans_cle() -> str:
    """Send as we do, under another Message-ID each time: the receiver cannot tell a copy."""
    with mock.patch("planipref.commun.canaux.identifiant_message", side_effect=_au_hasard):
        return vrai()


def _au_hasard(_cle: str) -> str:
    return f"<{secrets.token_hex(8)}@hasard>"


MODES: dict[str, Callable[[], str]] = {f.__name__: f for f in (vrai, sans_reservation, marque_avant, sans_cle)}


def travailler(mode: str, chemin: Path) -> None:
    """Run in the child: work, write the report, end without any clean-up."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    code = 1
    try:
        chemin.write_text(MODES[mode]())
        code = 0
    except BaseException:  # noqa: BLE001 - told to the test
        chemin.with_suffix(".erreur").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def principal() -> None:
    """Load everything a worker needs, then serve until the input ends."""
    django.setup()
    from django.core.management import load_command_class  # noqa: PLC0415
    from django.template.loader import get_template  # noqa: PLC0415

    load_command_class("demandes", "envoyer_messages")
    for nom in ("message.txt", "message.html"):
        get_template(f"courriels/{nom}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not kept as zombies
    print("prête", flush=True)  # noqa: T201
    for ligne in sys.stdin:
        mode, chemin = ligne.split()
        pid = os.fork()
        if not pid:
            travailler(mode, Path(chemin))
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    principal()
