"""Tables that a spreadsheet wrote as CSV: bytes to text, then lines under their headings."""

from __future__ import annotations

import csv
import io
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
        raise ErreurMetier(
            "fichier_lourd", f"Ce fichier est trop lourd : {octets_max // 1000} ko au plus.", champ="fichier"
        )
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


def lire_tableau(contenu: str, attendu: Format) -> list[LigneLue]:
    """Split the text; semicolons or commas, whichever the headings hold more of.

    Raises:
        ErreurMetier: ``fichier_illisible``, ``fichier_vide``, ``colonnes_absentes``, ``trop_de_lignes`` on ``fichier``.
    """
    premiere = contenu.split("\n", 1)[0]
    separateur = ";" if premiere.count(";") >= premiere.count(",") else ","
    lecteur = csv.reader(io.StringIO(contenu), delimiter=separateur)
    try:
        rangees = [(lecteur.line_num, r) for r in lecteur if any(c.strip() for c in r)]
    except csv.Error:
        raise ErreurMetier("fichier_illisible", "Ce fichier n’est pas un tableau CSV.", champ="fichier") from None
    if len(rangees) < 2:
        raise ErreurMetier("fichier_vide", f"Ce fichier ne contient {attendu.rien}.", champ="fichier")
    titres = [cle_de_colonne(c) for c in rangees[0][1]]
    absentes = [c for c in attendu.colonnes if c not in titres and c not in attendu.facultatives]
    if absentes:
        raise ErreurMetier("colonnes_absentes", f"Il manque des colonnes : {', '.join(absentes)}.", champ="fichier")
    if len(rangees) - 1 > attendu.lignes_max:
        message = f"Ce fichier a trop de lignes : {attendu.lignes_max} {attendu.quoi} au plus. Coupez-le en plusieurs."
        raise ErreurMetier("trop_de_lignes", message, champ="fichier")
    return [
        LigneLue(rang, dict(zip(titres, (c.strip() for c in cellules), strict=False)), separateur.join(cellules))
        for rang, cellules in rangees[1:]
    ]


def cle_de_colonne(titre: str) -> str:
    """Return the name of a column: no accents, no capitals."""
    plat = unicodedata.normalize("NFKD", titre.strip().casefold())
    return re.sub(r"\W+", "_", "".join(c for c in plat if not unicodedata.combining(c)))
