"""CSV for the French Excel: its mark, its separators, and no cell that runs as a formula."""

from __future__ import annotations

import csv

import pytest

from planipref.commun.export import BOM, csv_francais, reponse_csv


def test_csv_has_its_mark_semicolons_and_decimal_commas() -> None:
    contenu = csv_francais(["Motif", "Valeur"], [["Échange ; permis", 3.5], ["Vide", None], ["Dit « oui »", 1200]])
    assert contenu == (
        f'{BOM}Motif;Valeur\r\n"Échange ; permis";3,5\r\nVide;\r\nDit « oui »;1200\r\n'  # no thousands separator
    )
    assert reponse_csv("a.csv", contenu).content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("nombre", "texte"), [(3.0, "3"), (0.1 + 0.2, "0,3"), (-1.255, "-1,25"), (123456.789, "123456,79")]
)
def test_numbers_keep_two_decimals_at_most(nombre: float, texte: str) -> None:
    assert csv_francais([], [[nombre]]).splitlines()[1] == texte


@pytest.mark.parametrize(
    "texte", ["=1+1", "+33 6", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '=HYPERLINK("http://x";"y")', "＝1"]
)
def test_a_text_never_runs_as_a_formula(texte: str) -> None:
    lignes = list(csv.reader(csv_francais(["A"], [[texte]]).splitlines(keepends=True), delimiter=";"))
    assert lignes[1][0] == f"'{texte}"


def test_an_ordinary_text_and_a_negative_number_stay_as_they_are() -> None:
    assert csv_francais([], [["Sous-préfecture", -2]]).splitlines()[1] == "Sous-préfecture;-2"


def test_reponse_is_a_download() -> None:
    reponse = reponse_csv("statistiques.csv", "x")
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    assert reponse["Content-Disposition"] == 'attachment; filename="statistiques.csv"'
