"""The rules of the house hold everywhere, and each of them is able to fail."""

from __future__ import annotations

import pytest

from tests.architecture.regles import REGLES, fautes
from tests.architecture.sources import APPLICATIONS, RACINE, fichiers, nom_de

SOURCES = {nom_de(chemin): chemin for chemin in fichiers(*APPLICATIONS, suffixe=".py")}


def noms(regle):
    return regle.nom


@pytest.mark.parametrize("regle", REGLES, ids=noms)
def test_rule_holds_in_the_whole_code(regle):
    trouvees = [
        faute for nom, chemin in SOURCES.items() for faute in fautes(regle, nom, chemin.read_text(encoding="utf-8"))
    ]
    assert trouvees == []


@pytest.mark.parametrize("regle", REGLES, ids=noms)
def test_rule_sees_a_planted_violation(regle):
    assert fautes(regle, regle.chemin_planche, regle.planche)


def test_every_source_is_read():
    assert len(SOURCES) > 50
    assert (RACINE / "demandes").is_dir()
