"""Search of démarches by words: any language, without its accents, its case or its endings; the best ones first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# What a word is worth where it is found; the words of a group say what a title means, a description only tells of it.
TITRE, COURT, SENS, DESCRIPTION = 10.0, 6.0, 5.0, 2.0
EXACT, PARENT, COMMENCE = 1.0, 0.8, 0.5

_MOT = re.compile(r"\w+")
_IDEOGRAMMES = re.compile(r"[\u3400-\u9fff]+")
_AVANT = re.compile(r"^(?:l|d|n|s|j|m|t|c|qu)['’]")
_ARTICLE_ARABE = re.compile(r"^[وف]?(?:[بك]?ال|لل)(?=\w{3})")
_DOUBLE = re.compile(r"([^\W\d_])\1")
_LETTRES = str.maketrans({"ı": "i", "œ": "oe", "æ": "ae", "ى": "ي", "ة": "ه", "ـ": "", "’": "'"})
# Beyond three letters, what may end a word whose kin ends otherwise: « renouvel-er » and « renouvel-ement ».
_FINALES = frozenset(
    re.findall(
        r"\w+",
        "ement ements ment ments ation ations tion tions ition sion sions ateur atrice ance ence ente ante iant iants "
        "iante isation iser ique able ible eurs euse iere aires aire ales aison "
        "ally ings ment ness ship acion aciones cion ciones miento ados adas idad acao acoes coes ador adora agem "
        "lari leri inin inde inden iyle mesi nesi sini lama leme",
    )
)


@dataclass(frozen=True)
class Fiche:
    """What is known of a démarche, in the languages in which it may be looked for.

    Args:
        titres: its title.
        codes: what agents call it by.
        courts: its short title.
        descriptions: what it is for.
        francais: French titles, which say what groups of words it belongs to.
    """

    titres: tuple[str, ...]
    codes: tuple[str, ...]
    courts: tuple[str, ...]
    descriptions: tuple[str, ...]
    francais: tuple[str, ...]


@dataclass(frozen=True)
class Lexique:
    """What words mean.

    Args:
        groupes: expressions of a French title, with all that people say for them.
        vides: words that help no search.
    """

    groupes: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    vides: frozenset[str]


def classer(texte: str, fiches: Sequence[Fiche], lexique: Lexique) -> list[int]:
    """Return the ranks of the fiches that hold all the words typed, or some when none holds all; the best first.

    Args:
        texte: as it was typed; without a word, every fiche is returned as it comes.
        fiches: to choose from.
        lexique: what words mean.
    """
    cherches = list(dict.fromkeys(mots(texte)))
    cherches = [m for m in cherches if m not in lexique.vides] or cherches
    if not cherches:
        return list(range(len(fiches)))
    notes = [_noter(cherches, fiche, lexique) for fiche in fiches]
    gardes = [rang for rang, (trouves, _) in enumerate(notes) if trouves]
    if any(notes[rang][0] == len(cherches) for rang in gardes):
        gardes = [rang for rang in gardes if notes[rang][0] == len(cherches)]
    return sorted(gardes, key=lambda rang: notes[rang], reverse=True)


def _noter(cherches: Sequence[str], fiche: Fiche, lexique: Lexique) -> tuple[int, float]:
    """Return how many of the words a fiche holds, and what they are worth together."""
    champs = (
        (TITRE, _ensemble(fiche.titres), _proximite),
        (TITRE, _ensemble(fiche.codes), _egalite),
        (COURT, _ensemble(fiche.courts), _proximite),
        (SENS, _ensemble(_sens(fiche, lexique)), _egalite),
        (DESCRIPTION, _ensemble(fiche.descriptions), _proximite),
    )
    notes = [max(poids * proche(mot, connus) for poids, connus, proche in champs) for mot in cherches]
    return sum(note > 0 for note in notes), sum(notes)


def _sens(fiche: Fiche, lexique: Lexique) -> tuple[str, ...]:
    titre = _phrase(" / ".join(fiche.francais))
    trouves = [mots for expressions, mots in lexique.groupes if any(_phrase(e) in titre for e in expressions)]
    return tuple(mot for groupe in trouves for mot in groupe)


@lru_cache(maxsize=4096)
def _phrase(texte: str) -> str:
    return f" {' '.join(mots(texte))} "


@lru_cache(maxsize=2048)
def _ensemble(textes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(mot for texte in textes for mot in mots(texte))


@lru_cache(maxsize=20_000)
def _proximite(cherche: str, connus: frozenset[str]) -> float:
    """Say how well one of these words answers the one typed: 1 for the same, 0 for none."""
    if cherche in connus:
        return EXACT
    if any(parents(cherche, connu) for connu in connus):
        return PARENT
    if len(cherche) >= 3 and any(connu.startswith(cherche) for connu in connus):
        return COMMENCE
    return 0.0


@lru_cache(maxsize=20_000)
def _egalite(cherche: str, connus: frozenset[str]) -> float:
    """Like `_proximite`, where several languages meet: « permis » is neither « permit » nor « permiso »."""
    if cherche in connus:
        return EXACT
    racine = cherche.rstrip("esx")
    if cherche.isascii():
        return PARENT if any(connu.rstrip("esx") == racine for connu in connus) else 0.0
    return PARENT if any(parents(cherche, connu) for connu in connus) else 0.0


def mots(texte: str) -> Iterator[str]:
    """Yield the words of a text, flat; of Chinese, which leaves no space between them, each pair of characters."""
    decompose = unicodedata.normalize("NFKD", texte.casefold().translate(_LETTRES))
    plat = "".join(c for c in decompose if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    for morceau in re.split(r"[^\w']+", plat.translate(_LETTRES)):
        for brut in _MOT.findall(_AVANT.sub("", morceau)):
            yield from _decouper(brut)


def _decouper(brut: str) -> Iterator[str]:
    for suite in _IDEOGRAMMES.findall(brut):
        yield from (suite[i : i + 2] for i in range(max(1, len(suite) - 1)))
    reste = _IDEOGRAMMES.sub("", brut)
    if reste:
        yield _DOUBLE.sub(r"\1", _ARTICLE_ARABE.sub("", reste))


def parents(un: str, autre: str) -> bool:
    """Say whether two flat words differ only by their endings: « renouveler » and « renouvelement »."""
    commun = next((i for i, (a, b) in enumerate(zip(un, autre, strict=False)) if a != b), min(len(un), len(autre)))
    court = min(len(un), len(autre))
    if court <= 3:
        return commun == court == 3 and max(len(un), len(autre)) <= 5
    part = 0.7 if un.isascii() else 0.6
    return commun >= 4 and commun >= part * court and _finale(un[commun:]) and _finale(autre[commun:])


def _finale(reste: str) -> bool:
    return len(reste) <= 3 or reste in _FINALES or (not reste.isascii() and len(reste) <= 4)
