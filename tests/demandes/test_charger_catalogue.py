"""The command that fills a new base: idempotent, and plain about what it does not know."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from demandes.models import Motif, Prefecture, Site

pytestmark = pytest.mark.django_db


def test_charger_catalogue_twice_loads_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        call_command("charger_catalogue", "--prefectures", "67, 93")
    assert Motif.objects.count() == 33
    assert sorted(Prefecture.objects.values_list("departement", flat=True)) == ["67", "93"]
    assert "Bas-Rhin" in capsys.readouterr().out


def test_charger_catalogue_unknown_departement_is_said() -> None:
    with pytest.raises(CommandError, match="Département inconnu : 99"):
        call_command("charger_catalogue", "--prefectures", "99")


def test_charger_catalogue_puts_a_place_on_the_map_where_it_is_known_and_nowhere_else() -> None:
    call_command("charger_catalogue", "--prefectures", "67")
    assert "mlat=48.587300&mlon=7.754100" in Site.objects.get(code="67-strasbourg").carte
    molsheim = Site.objects.filter(code="67-molsheim")
    assert not molsheim.get().carte
    molsheim.update(latitude="48.54", longitude="7.49")  # an administrator knows
    call_command("charger_catalogue", "--prefectures", "67")
    assert molsheim.get().carte
