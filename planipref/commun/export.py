"""Files that a spreadsheet opens: CSV as the French Excel reads it on a double click.

Semicolons, decimal commas and a UTF-8 byte order mark: with the French settings of Windows, Excel takes a comma
for a decimal mark and UTF-8 without its mark for Windows-1252. LibreOffice reads the same file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

BOM = "\ufeff"
# A cell that begins so is run as a formula (OWASP, « CSV injection »); what a spreadsheet strips first counts too.
_FORMULES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cellule = str | int | float | None


def csv_francais(entetes: Sequence[str], lignes: Iterable[Sequence[Cellule]]) -> str:
    """Write a table as CSV, its byte order mark included.

    Args:
        entetes: names of the columns.
        lignes: texts are kept from being run as formulas; numbers are written with a decimal comma, at most two
            decimals; None is an empty cell.
    """
    sortie = io.StringIO()
    sortie.write(BOM)
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(entetes)
    ecrivain.writerows([_cellule(c) for c in ligne] for ligne in lignes)
    return sortie.getvalue()


def reponse_csv(nom: str, contenu: str) -> HttpResponse:
    """Return the download of a CSV file.

    Args:
        nom: name of the file, ASCII.
        contenu: what `csv_francais` wrote.
    """
    return HttpResponse(
        contenu,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{nom}"'},
    )


def _cellule(valeur: Cellule) -> str:
    if valeur is None:
        return ""
    if isinstance(valeur, float):
        return f"{valeur:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(valeur, str):
        return f"'{valeur}" if valeur.lstrip(" ").startswith(_FORMULES) else valeur
    return str(valeur)
