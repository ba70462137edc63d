"""Reads settings from the environment and remembers each name: the documentation is made from them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured

VRAI, FAUX = frozenset({"true", "1", "on"}), frozenset({"false", "0", "off", ""})
OBLIGATOIRE = object()  # no default: the process refuses to start without the variable


@dataclass(frozen=True)
class Variable:
    """One environment variable: what `docs/configuration.md` says of it."""

    nom: str
    rubrique: str
    type: str
    defaut: str
    aide: str


class Environnement:
    """Typed reader over `os.environ`; every name may be declared once only.

    A default may be a function: it is then called only when the variable is not set.
    """

    def __init__(self) -> None:
        self._env = environ.Env()
        self.variables: dict[str, Variable] = {}
        self.rubrique = "Général"

    def texte(self, nom: str, defaut: Any = OBLIGATOIRE, *, aide: str, affiche: str | None = None) -> str:
        """Declare and read a text."""
        return str(self._lire(self._env.str, "texte", nom, defaut, aide, affiche))

    def entier(self, nom: str, defaut: Any = OBLIGATOIRE, *, aide: str, affiche: str | None = None) -> int:
        """Declare and read a whole number."""
        return int(self._lire(self._env.int, "entier", nom, defaut, aide, affiche))

    def booleen(self, nom: str, defaut: Any = OBLIGATOIRE, *, aide: str, affiche: str | None = None) -> bool:
        """Declare and read a boolean (`true`/`false`, `1`/`0`, `on`/`off`)."""
        return bool(self._lire(self._booleen, "booléen", nom, defaut, aide, affiche))

    def _booleen(self, nom: str, default: Any = environ.Env.NOTSET) -> bool:
        """Read a boolean; environ takes any unknown word for `false`, and `PLANIPREF_TLS=oui` would turn TLS off."""
        texte = str(self._env.str(nom, default=default)).strip().lower()
        if texte not in VRAI | FAUX:
            raise ValueError
        return texte in VRAI

    def liste(self, nom: str, defaut: Any = OBLIGATOIRE, *, aide: str, affiche: str | None = None) -> list[str]:
        """Declare and read a comma separated list of texts."""
        return list(self._lire(self._env.list, "liste", nom, defaut, aide, affiche))

    def base(self, nom: str, *, aide: str, affiche: str) -> dict[str, Any] | None:
        """Declare and read a database address, as Django's dictionary; None when it is not set.

        A host such as `%2Ftmp%2Fx` is the folder of a Unix socket, as in libpq addresses.
        """
        valeur = str(self._lire(self._env.str, "URL", nom, "", aide, affiche))
        if not valeur:
            return None
        if not re.match(r"(postgres|postgresql|psql)://", valeur):  # environ only warns
            raise ImproperlyConfigured(f"La variable {nom} n’est pas une adresse « postgres://… ».")
        reglage: dict[str, Any] = dict(self._env.db_url_config(valeur))
        reglage["HOST"] = unquote(reglage.get("HOST") or "")
        return reglage

    def _lire(
        self, lecteur: Callable[..., Any], type_: str, nom: str, defaut: Any, aide: str, affiche: str | None
    ) -> Any:
        if nom in self.variables:
            raise ImproperlyConfigured(f"La variable {nom} est déclarée deux fois.")
        self.variables[nom] = Variable(nom, self.rubrique, type_, affiche or _texte_du_defaut(defaut), aide)
        if callable(defaut) and nom not in os.environ:
            return defaut()
        try:
            return lecteur(nom) if defaut is OBLIGATOIRE else lecteur(nom, default=defaut)
        except ImproperlyConfigured as erreur:
            raise ImproperlyConfigured(f"La variable {nom} est obligatoire : {aide}") from erreur
        except ValueError as erreur:
            raise ImproperlyConfigured(f"La variable {nom} n’est pas un {type_} valable.") from erreur


def _texte_du_defaut(defaut: Any) -> str:
    """Render a default value the way one would write it in the environment."""
    if defaut is OBLIGATOIRE:
        return "(obligatoire)"
    if isinstance(defaut, bool):
        return "true" if defaut else "false"
    if isinstance(defaut, list | tuple):
        return ",".join(str(element) for element in defaut) or "(vide)"
    return str(defaut) if defaut != "" else "(vide)"
