"""Text messages: what an alphabet holds, how many parts are charged, and letters that need not cost a part."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from planipref.commun.masque import RIEN, Garde

# 3GPP TS 23.038, § 6.2.1: the default alphabet, then what takes two places in it.
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_DOUBLES = frozenset("^{}\\[~]|€\f")
_SIMPLES = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"',
        "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE", "ı": "i",
    }
)  # fmt: skip


class Alphabet(StrEnum):
    """How a text message is written on the air."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


# Characters of a message of one part, and of each part of a longer one.
TAILLES = {Alphabet.GSM_7: (160, 153), Alphabet.UCS_2: (70, 67)}


@dataclass(frozen=True)
class Mesure:
    """What a text message takes.

    Args:
        alphabet: the one it needs.
        caracteres: places that it takes, an extended character two.
        parties: parts charged.
    """

    alphabet: Alphabet
    caracteres: int
    parties: int


@dataclass(frozen=True)
class Sms:
    """A text message ready to leave.

    Args:
        destinataire: number, E.164.
        texte: what it says.
        garde: what is kept of it once it left.
    """

    destinataire: str
    texte: str
    garde: Garde = RIEN


def mesurer(texte: str) -> Mesure:
    """Return what a text takes on the air."""
    if set(texte) <= GSM_7 | GSM_7_DOUBLES:
        alphabet, caracteres = Alphabet.GSM_7, len(texte) + sum(c in GSM_7_DOUBLES for c in texte)
    else:
        alphabet, caracteres = Alphabet.UCS_2, len(texte.encode("utf-16-be")) // 2
    seul, morceau = TAILLES[alphabet]
    return Mesure(alphabet, caracteres, 1 if caracteres <= seul else -(-caracteres // morceau))


def alleger(texte: str) -> str:
    """Write a text of the Latin script with the letters of GSM-7: quotes made plain, accents that it lacks left out.

    One letter outside of it would halve what a part holds. A text in another script comes back as it was.
    """
    simple = texte.translate(_SIMPLES)
    leger = "".join(c if c in GSM_7 or c in GSM_7_DOUBLES else _sans_accent(c) for c in simple)
    return leger if mesurer(leger).alphabet == Alphabet.GSM_7 else texte


def _sans_accent(caractere: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", caractere) if not unicodedata.combining(c))
