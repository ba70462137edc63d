"""Base of the commands that run a task by hand: same work, its report as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class CommandeDeTache(BaseCommand):
    """A command that runs one task of the worker; ``--json`` prints its report for a machine."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--json``."""
        parser.add_argument("--json", action="store_true", help="Écrit le bilan en JSON.")

    def executer(self) -> Mapping[str, Any]:
        """Run the task and return its report."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the task, then print what it did."""
        bilan = self.executer()
        if options["json"]:
            self.stdout.write(json.dumps(bilan, ensure_ascii=False))
            return
        for nom, valeur in bilan.items():
            self.stdout.write(f"{nom} : {valeur}")
