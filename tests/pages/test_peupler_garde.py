"""Invented people and known passwords stay in the demonstration."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from demandes.models import Agent

pytestmark = pytest.mark.django_db


def test_peupler_outside_the_demonstration_is_refused_and_writes_nothing(settings: Any) -> None:
    settings.PLANIPREF_DEMO = False
    with pytest.raises(CommandError, match="démonstration"):
        call_command("peupler", "--prefectures", "67")
    assert not Agent.objects.exists()
