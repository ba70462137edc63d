"""Write docs/cycle.md: the table of transitions as it is, its diagram, and what the apps do after each one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demandes.cycle import ETAPE_DE, LIBELLES, TABLE, Etat, Transition, mermaid, reactions


class Command(BaseCommand):
    """Write the page, or check that it is fresh."""

    help = "Écrit docs/cycle.md d’après la table des transitions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--verifier``."""
        parser.add_argument("--verifier", action="store_true", help="échoue si la page n’est pas à jour")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or check."""
        fichier = Path(settings.BASE_DIR) / "docs" / "cycle.md"
        texte = page()
        if not options["verifier"]:
            fichier.write_text(texte, encoding="utf-8")
        elif not fichier.exists() or fichier.read_text(encoding="utf-8") != texte:
            raise CommandError("docs/cycle.md n’est pas à jour : lancez « manage.py cycle ».")


def _arrivees(transition: Transition) -> str:
    retours = ", ".join(f"`{e}`" for e in transition.retours)
    return f"`{transition.vers}`" + (f" ; {retours} si convoquée de là" if retours else "")


def page() -> str:
    """Return the page in Markdown."""
    etats = [f"| `{e.value}` | {LIBELLES[e]} | {ETAPE_DE[e] or '–'} |" for e in Etat]
    lignes = [
        f"| `{t.nom}` | {', '.join(f'`{d.value}`' for d in t.depuis)} | {_arrivees(t)} "
        f"| {' ou '.join(f'`{d.value}`' for d in t.droits)} | {_condition(t.si)} | {_suites(t.nom)} |"
        for t in TABLE
    ]
    return "\n".join(
        [
            "# Vie d’une demande",
            "",
            "Page écrite par `python manage.py cycle` d’après `demandes/cycle.py` ; ne pas la modifier à la main.",
            "",
            "## États",
            "",
            "| état | libellé | étape |",
            "| --- | --- | --- |",
            *etats,
            "",
            "## Transitions",
            "",
            "| nom | depuis | vers | droit | condition du motif | effets enregistrés |",
            "| --- | --- | --- | --- | --- | --- |",
            *lignes,
            "",
            "## Diagramme",
            "",
            "```mermaid",
            mermaid(),
            "```",
            "",
        ]
    )


def _condition(si: object) -> str:
    nom = getattr(si, "__name__", "")
    return f"`{nom.lstrip('_')}`" if nom else "–"


def _suites(nom: str) -> str:
    return ", ".join(f"`{r.__module__}.{r.__qualname__}`" for r in reactions(nom)) or "–"
