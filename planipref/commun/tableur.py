"""Tables that a spreadsheet wrote as CSV: bytes to text, then lines under their headings."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from planipref.commun.erreurs import ErreurMetier


@dataclass(frozen=True)
class Format:
    """What a file must look like.

    Args:
        colonnes: names of its columns.
        facultatives: those that may be left out.
        octets_max: its size.
        lignes_max: its lines, the headings not counted.
        quoi: what a line is, plural, without a capital.
        rien: the same after « aucun ».
    """

    colonnes: Collection[str]
    facultatives: Collection[str]
    octets_max: int
    lignes_max: int
    quoi: str
    rien: str


@dataclass(frozen=True)
class LigneLue:
    """One line.

    Args:
        rang: its number in the file, the headings being line 1.
        cellules: what stands under each heading.
        texte: the line as written.
    """

    rang: int
    cellules: dict[str, str]
    texte: str


def decoder(brut: bytes, octets_max: int) -> str:
    """Read the bytes of a file written by a spreadsheet: UTF-8, or Windows-1252.

    Raises:
        ErreurMetier: ``fichier_lourd``, ``fichier_illisible`` on ``fichier``.
    """
    if len(brut) > octets_max:
        raise _trop_lourd(octets_max)
    for codage in ("utf-8-sig", "cp1252"):
        try:
            texte = brut.decode(codage)
        except UnicodeDecodeError:
            continue
        if "\0" not in texte:
            return texte
    raise ErreurMetier(
        "fichier_illisible", "Ce fichier n’est pas un CSV. Enregistrez-le au format CSV.", champ="fichier"
    )


def decoder_a_confirmer(brut: bytes, octets_max: int) -> str:
    """Read the same; the form that would send it back must also fit, accents and ends of lines included.

    Raises:
        ErreurMetier: as `decoder`.
    """
    contenu = decoder(brut, octets_max)
    if len(contenu.encode()) + contenu.count("\n") > octets_max:
        raise _trop_lourd(octets_max)
    return contenu


def _trop_lourd(octets_max: int) -> ErreurMetier:
    message = f"Ce fichier est trop lourd : {octets_max // 1000} ko au plus."
    return ErreurMetier("fichier_lourd", message, champ="fichier")


def lire_tableau(contenu: str, attendu: Format) -> list[LigneLue]:
    """Split the text; semicolons, tabs or commas, whichever the headings hold most of.

    Raises:
        ErreurMetier: ``fichier_illisible``, ``fichier_vide``, ``colonnes_absentes``, ``trop_de_lignes`` on ``fichier``.
    """
    separateur = max(";\t,", key=contenu.split("\n", 1)[0].count)
    lecteur = csv.reader(io.StringIO(contenu), delimiter=separateur)
    try:
        rangees = [(lecteur.line_num, r) for r in lecteur if any(c.strip() for c in r)]
    except csv.Error:
        raise ErreurMetier("fichier_illisible", "Ce fichier n’est pas un tableau CSV.", champ="fichier") from None
    titres = [cle_de_colonne(c) for c in rangees[0][1]] if rangees else []
    _exiger(titres, len(rangees) - 1, attendu)
    return [
        LigneLue(rang, dict(zip(titres, (c.strip() for c in cellules), strict=False)), separateur.join(cellules))
        for rang, cellules in rangees[1:]
    ]


def lire_objets(contenu: str, attendu: Format) -> list[LigneLue]:
    """Read the same from JSON: a list of objects, or an object that holds only one list; keys are the headings.

    Raises:
        ErreurMetier: as `lire_tableau`.
    """
    try:
        lu = json.loads(contenu)
    except (ValueError, RecursionError):
        raise ErreurMetier("fichier_illisible", "Ce fichier n’est pas du JSON.", champ="fichier") from None
    if "\\u0000" in contenu:  # PostgreSQL stores no such character
        raise ErreurMetier("fichier_illisible", "Ce fichier contient un caractère nul.", champ="fichier")
    if isinstance(lu, dict):
        listes = [v for v in lu.values() if isinstance(v, list)]
        lu = listes[0] if len(listes) == 1 else None
    if not isinstance(lu, list) or not all(isinstance(o, dict) for o in lu):
        raise ErreurMetier("fichier_illisible", "Ce JSON n’est pas une liste de lignes.", champ="fichier")
    lignes = [{cle_de_colonne(str(c)): _en_texte(v) for c, v in objet.items()} for objet in lu]
    _exiger({titre for ligne in lignes for titre in ligne}, len(lignes), attendu)
    return [LigneLue(rang, ligne, ";".join(ligne.values())) for rang, ligne in enumerate(lignes, start=1)]


def _en_texte(valeur: object) -> str:
    return "" if valeur is None else str(valeur).strip()


def _exiger(titres: Collection[str], nombre: int, attendu: Format) -> None:
    """Refuse a table without lines, with too many, or without a column that is wanted."""
    if nombre < 1:
        raise ErreurMetier("fichier_vide", f"Ce fichier ne contient {attendu.rien}.", champ="fichier")
    absentes = [c for c in attendu.colonnes if c not in titres and c not in attendu.facultatives]
    if absentes:
        raise ErreurMetier("colonnes_absentes", f"Il manque des colonnes : {', '.join(absentes)}.", champ="fichier")
    if nombre > attendu.lignes_max:
        message = f"Ce fichier a trop de lignes : {attendu.lignes_max} {attendu.quoi} au plus. Coupez-le en plusieurs."
        raise ErreurMetier("trop_de_lignes", message, champ="fichier")


def cle_de_colonne(titre: str) -> str:
    """Return the name of a column: no accents, no capitals."""
    plat = unicodedata.normalize("NFKD", titre.strip().casefold())
    return re.sub(r"\W+", "_", "".join(c for c in plat if not unicodedata.combining(c)))
