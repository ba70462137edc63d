"""The conditions as a text that a webmestre writes: `analyser` reads it, `ecrire` writes it back.

``hebergement est "tiers" et (revenu > 1000 ou non enfants est oui)``. Grammar, from the loosest to the tightest:
``ou``, ``et``, ``non``, then one comparison of a name: ``est``, ``n’est pas``, ``=``, ``!=``, ``<``, ``<=``, ``>``,
``>=``, ``avant``, ``après``, ``dans [ … ]``, ``hors de [ … ]``, ``compris entre … et …``, ``est vide``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from demandes.calculs.conditions import plat
from demandes.calculs.vocabulaire import ORDRES, ErreurCondition, Lexeme, Vocabulaire

LONGUEUR_MAX = 1000
PROFONDEUR_MAX = 8
COMPARAISONS_MAX = 40
LISTE_MAX = 120

_LEXEMES = re.compile(
    r"""
    (?P<blanc>\s+)
  | (?P<texte>"(?:[^"\\]|\\.)*"|«[^»]*»)
  | (?P<date>\d{1,2}/\d{1,2}/\d{4}(?!\w))
  | (?P<nombre>-?\d++(?:\.\d++)?(?!\w|[.,]\d))
  | (?P<mot>n['’]est(?!\w)|[^\W\d][\w-]*)
  | (?P<signe><=|>=|<>|!=|[=<>≤≥≠()\[\],;])
    """,
    re.VERBOSE,
)
_SIGNES = {
    "=": "egal", "!=": "different", "<>": "different", "≠": "different", "<": "inferieur", ">": "superieur",
    "<=": "au_plus", "≤": "au_plus", ">=": "au_moins", "≥": "au_moins", "avant": "inferieur", "apres": "superieur",
}  # fmt: skip
_ECRITS = {
    "egal": "est", "different": "n’est pas", "inferieur": "<", "superieur": ">", "au_plus": "<=", "au_moins": ">=",
    "dans": "dans", "hors": "hors de",
}  # fmt: skip
MOTS = frozenset(
    {
        "et",
        "ou",
        "non",
        "est",
        "n'est",
        "pas",
        "dans",
        "hors",
        "de",
        "vide",
        "compris",
        "entre",
        "avant",
        "apres",
        "oui",
    }
)


def analyser(texte: str, vocabulaire: Vocabulaire | None = None) -> dict[str, Any] | None:
    """Return the tree of a condition; None for an empty text, which always holds.

    Args:
        texte: what was written.
        vocabulaire: what it may name, with types; without it only the grammar is checked.

    Raises:
        ErreurCondition: where and why it cannot be read, in French.
    """
    if len(texte) > LONGUEUR_MAX:
        raise ErreurCondition(f"La condition est trop longue : {LONGUEUR_MAX} caractères au plus.", LONGUEUR_MAX)
    lexemes = _decouper(texte)
    return _Lecture(lexemes, len(texte.rstrip()), vocabulaire).tout() if lexemes else None


def _decouper(texte: str) -> list[Lexeme]:
    lexemes, ici = [], 0
    while ici < len(texte):
        trouve = _LEXEMES.match(texte, ici)
        if trouve is None:
            raise ErreurCondition(_illisible(texte, ici), ici)
        if trouve.lastgroup != "blanc":
            lexemes.append(Lexeme(str(trouve.lastgroup), trouve.group(), ici))
        ici = trouve.end()
    return lexemes


def _illisible(texte: str, ici: int) -> str:
    if texte[ici] in '"«':
        return "Ces guillemets ne sont pas refermés."
    if texte[ici].isdigit():
        return (
            "Ce nombre ne se lit pas : les décimales suivent un point (12.5), et une virgule veut un espace ([1, 2])."
        )
    return f"Le signe « {texte[ici]} » n’a pas de sens ici : les textes s’écrivent entre guillemets."


@dataclass
class _Lecture:
    """One reading, lexeme by lexeme."""

    lexemes: list[Lexeme]
    longueur: int
    vocabulaire: Vocabulaire | None
    rang: int = 0
    profondeur: int = 0
    comparaisons: int = 0

    @property
    def _ici(self) -> Lexeme:
        if self.rang < len(self.lexemes):
            return self.lexemes[self.rang]
        return Lexeme("fin", "", self.longueur)

    def _est(self, *mots: str) -> bool:
        lexeme = self._ici
        return lexeme.genre in {"mot", "signe"} and _cle(lexeme) in mots

    def _avancer(self) -> Lexeme:
        lexeme = self._ici
        self.rang += 1
        return lexeme

    def _prendre(self, *mots: str) -> bool:
        if self._est(*mots):
            self.rang += 1
            return True
        return False

    def _exiger(self, mot: str, quoi: str) -> None:
        if not self._prendre(mot):
            raise self._attendu(quoi)

    def _attendu(self, quoi: str) -> ErreurCondition:
        lexeme = self._ici
        trouve = "la condition s’arrête" if lexeme.genre == "fin" else f"il y a « {lexeme.texte} »"
        return ErreurCondition(f"Il faut {quoi} ; {trouve}.", lexeme.position)

    def tout(self) -> dict[str, Any]:
        condition = self._ou()
        if self._ici.genre != "fin":
            raise self._attendu("« et » ou « ou » entre deux comparaisons")
        return condition

    def _ou(self) -> dict[str, Any]:
        termes = [self._et()]
        while self._prendre("ou"):
            termes.append(self._et())
        return termes[0] if len(termes) == 1 else {"op": "ou", "termes": termes}

    def _et(self) -> dict[str, Any]:
        termes = [self._non()]
        while self._prendre("et"):
            termes.append(self._non())
        return termes[0] if len(termes) == 1 else {"op": "et", "termes": termes}

    def _non(self) -> dict[str, Any]:
        if not self._est("non", "("):
            return self._comparaison()
        debut = self._avancer()
        self.profondeur += 1
        if self.profondeur > PROFONDEUR_MAX:
            raise ErreurCondition(f"Trop de parenthèses emboîtées : {PROFONDEUR_MAX} au plus.", debut.position)
        if debut.texte == "(":
            condition = self._ou()
            if not self._prendre(")"):
                raise ErreurCondition("Cette parenthèse n’est pas refermée.", debut.position)
        else:
            condition = {"op": "non", "terme": self._non()}
        self.profondeur -= 1
        return condition

    def _comparaison(self) -> dict[str, Any]:
        nom = self._ici
        if nom.genre != "mot" or _cle(nom) in MOTS:
            raise self._attendu("le nom d’une question ou d’un fait")
        self.rang += 1
        self.comparaisons += 1
        if self.comparaisons > COMPARAISONS_MAX:
            raise ErreurCondition(f"Trop de comparaisons : {COMPARAISONS_MAX} au plus.", nom.position)
        if self.vocabulaire is not None:
            self.vocabulaire.exiger_nom(nom)
        operateur = self._ici
        condition = self._operation(nom.texte)
        lexemes = condition.pop("lexemes", [])
        if self.vocabulaire is not None:
            self.vocabulaire.exiger_operation(nom, operateur, condition["op"])
            sure = [self.vocabulaire.valeur(nom, v) for v in lexemes]
        else:
            sure = [_valeur_libre(v) for v in lexemes]
        if "terme" in condition:
            return condition
        return {**condition, **_ranger(condition["op"], sure)}

    def _operation(self, nom: str) -> dict[str, Any]:
        """Read what follows a name; the values stay lexemes, for the check of their type."""
        if self._prendre("n'est"):
            self._exiger("pas", "« pas » après « n’est »")
            if self._prendre("vide"):
                return {"op": "non", "terme": {"op": "vide", "question": nom}}
            if self._prendre("dans"):
                return {"op": "hors", "question": nom, "lexemes": self._liste()}
            return {"op": "different", "question": nom, "lexemes": [self._valeur()]}
        if self._prendre("est"):
            return self._apres_est(nom)
        if self._est("dans", "hors", "pas", "compris"):
            return self._ensemble(nom)
        lexeme = self._ici
        if lexeme.genre in {"mot", "signe"} and _cle(lexeme) in _SIGNES:
            self.rang += 1
            return {"op": _SIGNES[_cle(lexeme)], "question": nom, "lexemes": [self._valeur()]}
        raise self._attendu(f"une comparaison après « {nom} » (est, n’est pas, dans, hors de, <, >, compris entre)")

    def _apres_est(self, nom: str) -> dict[str, Any]:
        if self._prendre("vide"):
            return {"op": "vide", "question": nom}
        if self._est("dans", "hors", "compris"):
            return self._ensemble(nom)
        return {"op": "egal", "question": nom, "lexemes": [self._valeur()]}

    def _ensemble(self, nom: str) -> dict[str, Any]:
        if self._prendre("compris"):
            self._exiger("entre", "« entre » après « compris »")
            bas = self._valeur()
            self._exiger("et", "« et » entre les deux bornes")
            return {"op": "compris", "question": nom, "lexemes": [bas, self._valeur()]}
        op = "dans" if self._est("dans") else "hors"
        if _cle(self._avancer()) != "dans":
            suite = "dans" if _cle(self.lexemes[self.rang - 1]) == "pas" else "de"
            self._exiger(suite, f"« {suite} »")
        return {"op": op, "question": nom, "lexemes": self._liste()}

    def _liste(self) -> list[Lexeme]:
        self._exiger("[", 'une liste entre crochets, comme ["67", "68"]')
        valeurs = [self._valeur()]
        while self._prendre(",", ";"):
            valeurs.append(self._valeur())
        if len(valeurs) > LISTE_MAX:
            raise ErreurCondition(f"Cette liste est trop longue : {LISTE_MAX} valeurs au plus.", valeurs[-1].position)
        self._exiger("]", "une virgule ou « ] »")
        return valeurs

    def _valeur(self) -> Lexeme:
        lexeme = self._ici
        if lexeme.genre in {"texte", "nombre", "date"} or self._est("oui", "non"):
            self.rang += 1
            return lexeme
        if lexeme.genre == "mot":
            raise ErreurCondition(f'Écrivez cette valeur entre guillemets : "{lexeme.texte}".', lexeme.position)
        raise self._attendu("une valeur : un texte entre guillemets, un nombre ou une date JJ/MM/AAAA")


def _cle(lexeme: Lexeme) -> str:
    return plat(lexeme.texte) if lexeme.genre == "mot" else lexeme.texte


def _ranger(op: str, valeurs: list[Any]) -> dict[str, Any]:
    if op in {"dans", "hors"}:
        return {"valeurs": valeurs}
    if op == "compris":
        return {"min": valeurs[0], "max": valeurs[1]}
    return {"valeur": valeurs[0]} if valeurs else {}


def _valeur_libre(lexeme: Lexeme) -> Any:
    if lexeme.genre == "texte":
        return lexeme.contenu
    if lexeme.genre == "nombre":
        return lexeme.nombre()
    return lexeme.jour().isoformat() if lexeme.genre == "date" else plat(lexeme.texte)


def ecrire(condition: Mapping[str, Any] | None, vocabulaire: Vocabulaire | None = None) -> str:
    """Return the text of a tree; `analyser` gives the same tree back, with the same vocabulary or none.

    Args:
        condition: groups hold two terms at least; None is an empty text.
        vocabulaire: says which names are dates, whose values are then written ``31/12/2026``.
    """
    return _Ecriture(vocabulaire).condition(condition) if condition is not None else ""


@dataclass(frozen=True)
class _Ecriture:
    """One writing."""

    vocabulaire: Vocabulaire | None

    def condition(self, condition: Mapping[str, Any]) -> str:
        op = condition["op"]
        if op in {"et", "ou"}:
            return f" {op} ".join(self._terme(t, op) for t in condition["termes"])
        if op == "non":
            return self._non(condition["terme"])
        return f"{condition['question']} {self._operation(op, condition)}"

    def _operation(self, op: str, condition: Mapping[str, Any]) -> str:
        if op == "vide":
            return "est vide"
        en_date = self._est_une_date(op, condition["question"])
        if op == "compris":
            return f"compris entre {_valeur(condition['min'], en_date)} et {_valeur(condition['max'], en_date)}"
        if op in {"dans", "hors"}:
            return f"{_ECRITS[op]} [{', '.join(_valeur(v, en_date) for v in condition['valeurs'])}]"
        return f"{_ECRITS[op]} {_valeur(condition['valeur'], en_date)}"

    def _est_une_date(self, op: str, question: str) -> bool:
        """Tell whether the value is a date rather than a text that looks like one: a text has no order."""
        nom = self.vocabulaire.noms.get(question) if self.vocabulaire else None
        return nom.genre == "date" if nom else op in ORDRES

    def _non(self, terme: Mapping[str, Any]) -> str:
        if terme["op"] == "vide":
            return f"{terme['question']} n’est pas vide"
        return f"non ({self.condition(terme)})" if terme["op"] in {"et", "ou"} else f"non {self.condition(terme)}"

    def _terme(self, terme: Mapping[str, Any], autour: str) -> str:
        """Write a term; an « et » inside an « ou » needs no parentheses."""
        serre = terme["op"] == "et" and autour == "ou"
        ecrit = self.condition(terme)
        return f"({ecrit})" if terme["op"] in {"et", "ou"} and not serre else ecrit


def _valeur(valeur: Any, en_date: bool) -> str:
    if not isinstance(valeur, str):
        return str(valeur)
    try:
        if en_date and re.fullmatch(r"\d{4}-\d{2}-\d{2}", valeur):
            jour = date.fromisoformat(valeur)
            return f"{jour:%d/%m}/{jour.year:04d}"
    except ValueError:
        pass
    return '"' + valeur.replace("\\", "\\\\").replace('"', '\\"') + '"'
