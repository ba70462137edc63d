"""What a condition may name: the questions of a motif and the facts known of a demande, each with its type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

LIBELLES = {
    "texte": "un texte",
    "texte_long": "un texte",
    "commune": "un texte",
    "telephone": "un texte",
    "choix": "un choix",
    "oui_non": "oui ou non",
    "nombre": "un nombre",
    "date": "une date",
}
_EGALITES = frozenset({"egal", "different", "dans", "hors", "vide", "non"})
ORDRES = frozenset({"superieur", "inferieur", "au_moins", "au_plus", "compris"})
_OUI_NON = {"oui": "oui", "non": "non"}
CHIFFRES_MAX = 12


class ErreurCondition(Exception):
    """A condition that cannot be kept.

    Args:
        message: French sentence, without the position.
        position: rank of the character, from 0.
    """

    def __init__(self, message: str, position: int) -> None:
        self.message, self.position = message, position
        super().__init__(f"Au caractère {position + 1} : {message[:1].lower()}{message[1:]}")


@dataclass(frozen=True)
class Lexeme:
    """One word, sign or value of a text.

    Args:
        genre: ``mot``, ``signe``, ``texte``, ``nombre``, ``date`` or ``fin``.
        texte: as written.
        position: rank of its first character, from 0.
    """

    genre: str
    texte: str
    position: int

    @property
    def contenu(self) -> str:
        """A text without its quotation marks."""
        if self.texte.startswith("«"):
            return self.texte[1:-1].strip()
        return re.sub(r"\\(.)", r"\1", self.texte[1:-1])

    def nombre(self) -> int | float:
        """Return its number.

        Raises:
            ErreurCondition: too many digits.
        """
        if len(self.texte) > CHIFFRES_MAX:
            raise ErreurCondition(f"Ce nombre est trop long : {CHIFFRES_MAX} chiffres au plus.", self.position)
        return float(self.texte) if "." in self.texte else int(self.texte)

    def jour(self) -> date:
        """Return its date, written ``31/12/2026`` or, in quotation marks, ``2026-12-31``.

        Raises:
            ErreurCondition: no such day.
        """
        brut = self.contenu if self.genre == "texte" else self.texte
        try:
            if "/" in brut:
                jour, mois, annee = (int(p) for p in brut.split("/"))
                return date(annee, mois, jour)
            return date.fromisoformat(brut)
        except ValueError:
            raise ErreurCondition(
                f"« {brut} » n’est pas une date : écrivez-la JJ/MM/AAAA, comme 31/12/2026.", self.position
            ) from None


@dataclass(frozen=True)
class Nom:
    """Something that a condition may compare.

    Args:
        code: how it is written.
        libelle: what it is.
        genre: type, as `Question.Genre`.
        options: what each value of a choice is called.
        exemple: a value, shown where the options are not listed.
        fait: whether it is a fact, rather than an answer.
    """

    code: str
    libelle: str
    genre: str
    options: Mapping[str, str] = field(default_factory=dict)
    exemple: str = ""
    fait: bool = False

    @property
    def type(self) -> str:
        """Its type in words."""
        return LIBELLES[self.genre]

    @property
    def operations(self) -> frozenset[str]:
        """The comparisons that its type allows."""
        return _EGALITES | ORDRES if self.genre in {"nombre", "date"} else _EGALITES


class Vocabulaire:
    """The names that one condition may use."""

    def __init__(self, noms: Iterable[Nom], plus_tard: Iterable[str] = ()) -> None:
        """Hold the names.

        Args:
            noms: facts and questions already asked; an answer hides a fact of the same name.
            plus_tard: codes of questions asked afterwards, for the message.
        """
        self.noms: dict[str, Nom] = {}
        for nom in noms:
            self.noms[nom.code] = nom
        self.plus_tard = frozenset(plus_tard)

    def exiger_nom(self, lexeme: Lexeme) -> Nom:
        """Return the name written.

        Raises:
            ErreurCondition: unknown, or asked afterwards.
        """
        if lexeme.texte in self.noms:
            return self.noms[lexeme.texte]
        if lexeme.texte in self.plus_tard:
            raise ErreurCondition(
                f"La question « {lexeme.texte} » est posée plus tard : une condition ne cite que ce qui vient avant.",
                lexeme.position,
            )
        raise ErreurCondition(
            f"« {lexeme.texte} » n’est ni une question ni un fait connu.{_suggestion(lexeme.texte, self.noms)}",
            lexeme.position,
        )

    def exiger_operation(self, lexeme: Lexeme, operateur: Lexeme, op: str) -> None:
        """Refuse a comparison that the type of the name does not allow.

        Raises:
            ErreurCondition: at the operator.
        """
        nom = self.noms[lexeme.texte]
        if op not in nom.operations:
            raise ErreurCondition(
                f"« {nom.code} » est {nom.type} : on ne peut pas l’ordonner. Écrivez « est » ou « dans ».",
                operateur.position,
            )

    def valeur(self, lexeme: Lexeme, valeur: Lexeme) -> Any:
        """Return a value in the type of its name.

        Raises:
            ErreurCondition: another type, or an option that does not exist.
        """
        nom = self.noms[lexeme.texte]
        if nom.genre == "nombre":
            if valeur.genre != "nombre":
                raise _autre_type(nom, valeur, "écrivez-le en chiffres, sans guillemets")
            return valeur.nombre()
        if nom.genre == "date":
            if valeur.genre not in {"date", "texte"}:
                raise _autre_type(nom, valeur, "écrivez-la JJ/MM/AAAA, comme 31/12/2026")
            return valeur.jour().isoformat()
        contenu = self._texte(nom, valeur)
        options = _OUI_NON if nom.genre == "oui_non" else nom.options
        if options and contenu not in options:
            raise ErreurCondition(
                f"« {contenu} » n’est pas une réponse possible à « {nom.code} ».{_suggestion(contenu, options)}",
                valeur.position,
            )
        return contenu

    @staticmethod
    def _texte(nom: Nom, valeur: Lexeme) -> str:
        if valeur.genre == "texte":
            return valeur.contenu
        if valeur.genre == "mot" and (nom.genre == "oui_non" or valeur.texte.lower() in nom.options):
            return valeur.texte.lower()
        raise _autre_type(nom, valeur, f'écrivez la valeur entre guillemets, comme "{valeur.texte}"')


def _autre_type(nom: Nom, valeur: Lexeme, conseil: str) -> ErreurCondition:
    return ErreurCondition(
        f"« {nom.code} » est {nom.type}, et « {valeur.texte} » n’en est pas un : {conseil}.", valeur.position
    )


def _suggestion(texte: str, connus: Mapping[str, object]) -> str:
    """Return the end of a message: the nearest known one, or a few of them."""
    proches = get_close_matches(texte.lower(), list(connus), n=1, cutoff=0.6)
    if proches:
        return f" Vouliez-vous dire « {proches[0]} » ?"
    if len(connus) <= 8:
        return f" Possibles : {', '.join(connus)}."
    return ""
