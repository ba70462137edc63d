"""No file grows past the size one can hold in mind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.sources import APPLICATIONS, fichiers, nom_de

LIMITES = {
    (APPLICATIONS, ".py"): 500,
    (("tests", "outils", "bench"), ".py"): 500,
    (("templates",), ".html"): 150,
    (("static",), ".js"): 400,
}


def trop_longs(chemins: list[Path], limite: int) -> list[str]:
    """Name the files longer than the limit, with their length in lines."""
    longueurs = ((chemin, len(chemin.read_text(encoding="utf-8").splitlines())) for chemin in chemins)
    return [f"{chemin.name} : {lignes} lignes" for chemin, lignes in longueurs if lignes > limite]


@pytest.mark.parametrize(("ou", "limite"), LIMITES.items(), ids=str)
def test_files_stay_short(ou, limite):
    dossiers, suffixe = ou
    # A migration that creates everything is generated, read once and never edited.
    chemins = [chemin for chemin in fichiers(*dossiers, suffixe=suffixe) if "/migrations/" not in nom_de(chemin)]
    assert trop_longs(chemins, limite) == []


def test_size_rule_can_fail(tmp_path):
    (tmp_path / "gros.py").write_text("x = 1\n" * 501)
    assert trop_longs([tmp_path / "gros.py"], 500) == ["gros.py : 501 lignes"]
