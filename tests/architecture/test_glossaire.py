"""The glossary defines every model, state, transition, right and role once: no word of the domain goes undefined."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from demandes.cycle import TABLE, Etat
from demandes.droits import Role

GLOSSAIRE = (Path(settings.BASE_DIR) / "docs" / "glossaire.md").read_text(encoding="utf-8").splitlines()
# The first and third columns of each line, as the page writes them.
ATTENDUES = [
    *(f"`{m.__name__}`" for app in ("demandes", "planning", "guichet") for m in apps.get_app_config(app).get_models()),
    *(f"`Etat.{e.name}`" for e in Etat),
    *(f"`Role.{r.name}`" for r in Role),
]


@pytest.mark.parametrize("mot", ATTENDUES)
def test_model_state_and_role_are_defined_once(mot: str) -> None:
    assert [ligne for ligne in GLOSSAIRE if mot in _colonnes(ligne)[::2]] != []


def test_each_transition_is_defined_once() -> None:
    definies = [_colonnes(ligne)[0] for ligne in GLOSSAIRE if "`demandes/cycle.py`" in ligne]
    noms = {t.nom for t in TABLE}
    assert sorted(d for d in definies if d in noms) == sorted(noms)


def _colonnes(ligne: str) -> list[str]:
    return [c.strip() for c in ligne.strip("|").split("|")]
