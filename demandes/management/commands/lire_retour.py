"""Read, on the standard input, what a mail server says of a mail that did not arrive."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError

from demandes.services.retours import OCTETS_MAX, Lecture, lire_retour
from planipref.commun.horloge import maintenant

# As sysexits.h names them: Postfix keeps for later what answers 75, and returns the rest to nobody.
EX_DATAERR, EX_TEMPFAIL = 65, 75
REFUS = (Lecture.INCONNUE, Lecture.ILLISIBLE)


class Command(BaseCommand):
    """Read one statement (RFC 3464), as a Postfix pipe gives it."""

    help = "Lit sur l’entrée standard un avis de non-remise (RFC 3464) et marque le courriel perdu."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Say in one word what the statement led to; 65 when it is refused, 75 when it must come again."""
        try:
            lecture = lire_retour(sys.stdin.buffer.read(OCTETS_MAX), maintenant=maintenant())
        except (DatabaseError, InterfaceError):
            sys.exit(EX_TEMPFAIL)
        self.stdout.write(lecture.value)
        if lecture in REFUS:
            sys.exit(EX_DATAERR)
