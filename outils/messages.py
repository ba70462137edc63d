"""Extracts what the pages of the usagers say, updates locale/*/LC_MESSAGES/django.po and compiles the .mo.

``python outils/messages.py`` ; with ``--verifier``, changes nothing and lists what is not translated (exit 1).
Needs neither gettext nor its tools: templates are read by Django itself, Python by its own parser.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RACINE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RACINE))

import django  # noqa: E402
from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from django.template import engines  # noqa: E402
from django.template.base import Node, Token  # noqa: E402
from django.templatetags.i18n import BlockTranslateNode, TranslateNode  # noqa: E402

PAQUETS = ("demandes", "planning", "guichet", "planipref")
FONCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
CHAMP = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
Identifiant = str | tuple[str, str]
# Fixed: the same texts give the same files.
ORIGINE = datetime(2026, 11, 25, tzinfo=UTC)
DATES: dict[str, Any] = {"creation_date": ORIGINE, "revision_date": ORIGINE}


def langues() -> list[str]:
    """Return the codes of the languages to translate into."""
    from django.conf import settings  # noqa: PLC0415

    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def chemin(langue: str) -> Path:
    """Return the file of a language."""
    from django.utils.translation import to_locale  # noqa: PLC0415

    return RACINE / "locale" / to_locale(langue) / "LC_MESSAGES" / "django.po"


def extraire() -> dict[Identifiant, str]:
    """Return every message, with the file that says it first."""
    trouves: dict[Identifiant, str] = {}
    for message, origine in _tout():
        if message:
            trouves.setdefault(message, origine)
    return trouves


def _tout() -> Iterator[tuple[Identifiant, str]]:
    sources: list[tuple[str, str, Callable[[Path], Iterable[Identifiant]]]] = [
        ("templates", "*.*", _du_gabarit),
        ("demandes/donnees/motifs", "*.json", _du_catalogue),
        *((paquet, "*.py", _du_module) for paquet in PAQUETS),
    ]
    for dossier, motif, lire_fichier in sources:
        for fichier in sorted((RACINE / dossier).rglob(motif)):
            yield from ((message, str(fichier.relative_to(RACINE))) for message in lire_fichier(fichier))


def _du_catalogue(fichier: Path) -> Iterator[str]:
    """Walk a motif: what `{{ …|traduit }}` says of it."""
    motif = json.loads(fichier.read_text())
    yield from (motif[cle] for cle in ("libelle", "libelle_court", "description", "orientation"))
    yield (motif.get("delai") or {}).get("base") or ""
    yield (motif.get("taxe") or {}).get("libelle") or ""
    yield ((motif.get("fenetre_depot") or {}).get("retard") or {}).get("libelle") or ""
    for piece in motif["pieces"]:
        yield from (piece["libelle"], piece.get("aide") or "")
    for question in motif["questions"]:
        yield from (question["libelle"], question.get("aide") or "", question.get("message_regex") or "")
        yield from (option["libelle"] for option in question.get("options") or [])


def _du_gabarit(fichier: Path) -> Iterator[Identifiant]:
    gabarit: Any = engines["django"].from_string(fichier.read_text())
    for noeud in _noeuds(gabarit.template.nodelist):
        if isinstance(noeud, TranslateNode):
            texte = noeud.filter_expression.var
            if isinstance(texte, str):
                yield str(texte)
            elif getattr(texte, "literal", None):
                yield str(texte.literal)
        elif isinstance(noeud, BlockTranslateNode):
            singulier = _bloc(noeud, noeud.singular)
            yield (singulier, _bloc(noeud, noeud.plural)) if noeud.plural else singulier


def _bloc(noeud: BlockTranslateNode, jetons: list[Token]) -> str:
    return str(noeud.render_token_list(jetons)[0])


def _noeuds(liste: list[Node]) -> Iterator[Node]:
    """Walk a template, without following what it includes or extends."""
    for noeud in liste:
        yield noeud
        for attribut in getattr(noeud, "child_nodelists", ()):
            yield from _noeuds(getattr(noeud, attribut, None) or [])
        for _condition, branche in getattr(noeud, "conditions_nodelists", ()):
            yield from _noeuds(branche)


def _du_module(fichier: Path) -> Iterator[Identifiant]:
    for noeud in ast.walk(ast.parse(fichier.read_text())):
        if not isinstance(noeud, ast.Call) or not noeud.args:
            continue
        nom = noeud.func.id if isinstance(noeud.func, ast.Name) else getattr(noeud.func, "attr", "")
        textes = [a.value for a in noeud.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if nom in FONCTIONS and textes:
            yield textes[0]
        elif nom in {"ngettext", "ngettext_lazy"} and len(textes) > 1:
            yield (textes[0], textes[1])


def lire(langue: str) -> Catalog:
    """Return the catalogue of a language; an empty one when it does not exist yet."""
    po = chemin(langue)
    if not po.exists():
        return Catalog(locale=_babel(langue), charset="utf-8", fuzzy=False)
    return read_po(io.BytesIO(po.read_bytes()), locale=_babel(langue))


def _babel(langue: str) -> str:
    return langue.split("-", maxsplit=1)[0]


def mettre_a_jour(langue: str, messages: dict[Identifiant, str]) -> Catalog:
    """Return the catalogue of a language with exactly these messages; translations known are kept."""
    ancien = lire(langue)
    nouveau = Catalog(locale=_babel(langue), charset="utf-8", fuzzy=False, project="PlaniPref", version="1", **DATES)
    for identifiant, fichier in messages.items():
        connu = ancien.get(identifiant)
        chaine = connu.string if connu else ""
        nouveau.add(identifiant, chaine or "", auto_comments=[fichier], flags=_marques(identifiant))
    return nouveau


def _marques(identifiant: Identifiant) -> set[str]:
    texte = identifiant if isinstance(identifiant, str) else identifiant[0]
    return {"python-format"} if "%(" in texte else set()


def defauts(catalogue: Catalog, messages: dict[Identifiant, str]) -> list[str]:
    """Return what is not translated, or loses or invents a variable."""
    fautes = []
    for identifiant in messages:
        message = catalogue.get(identifiant)
        chaines = _chaines(message)
        if not chaines or not all(c.strip() for c in chaines):
            fautes.append(f"pas traduit : {identifiant}")
            continue
        attendus = _champs(identifiant if isinstance(identifiant, str) else identifiant[1])
        fautes += [f"variables : {identifiant} → {c}" for c in chaines[-1:] if _champs(c) != attendus]
    return fautes


def _chaines(message: Message | None) -> list[str]:
    if message is None:
        return []
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _champs(texte: str) -> set[str]:
    return {a or b for a, b in CHAMP.findall(texte)}


def compiler(catalogue: Catalog) -> bytes:
    """Return the .mo of a catalogue."""
    sortie = io.BytesIO()
    write_mo(sortie, catalogue)
    return sortie.getvalue()


def main() -> int:
    """Update or check every language."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planipref.settings")
    django.setup()
    messages, fautes = extraire(), 0
    for langue in langues():
        po = chemin(langue)
        catalogue = lire(langue) if "--verifier" in sys.argv else mettre_a_jour(langue, messages)
        if "--verifier" not in sys.argv:
            po.parent.mkdir(parents=True, exist_ok=True)
            with po.open("wb") as sortie:
                write_po(sortie, catalogue, width=120, include_lineno=False, ignore_obsolete=True)
            po.with_suffix(".mo").write_bytes(compiler(catalogue))
        manques = defauts(catalogue, messages)
        fautes += len(manques)
        print(f"{langue} : {len(messages) - len(manques)}/{len(messages)}")
        print("\n".join(manques[:20]))
    return 1 if fautes and "--verifier" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
