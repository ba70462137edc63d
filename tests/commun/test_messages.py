"""Everything an usager may read is translated into every language, and what is served is what was translated."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from outils import messages
from planipref.commun.langues import LANGUES

CODES = [code for code in LANGUES.values() if code != "fr"]


@cache
def tout() -> dict[messages.Identifiant, str]:
    return messages.extraire()


def test_extraction_reads_templates_code_and_catalogue():
    assert {"Suivre ma demande", "Écrivez votre message.", "Titre de séjour actuel"} <= set(tout())
    assert len(tout()) > 900


def test_settings_speak_the_languages_of_the_usagers():
    assert [code for code, _ in settings.LANGUAGES] == list(LANGUES.values())


@pytest.mark.parametrize("langue", CODES)
def test_no_string_is_left_in_french_nor_loses_a_variable(langue):
    assert messages.defauts(messages.lire(langue), tout()) == []


@pytest.mark.parametrize("langue", CODES)
def test_compiled_file_says_what_the_source_says(langue):
    po = messages.chemin(langue)
    assert po.with_suffix(".mo").read_bytes() == messages.compiler(messages.lire(langue))


def test_missing_or_broken_translation_is_found():
    vide = Catalog(locale="en")
    assert messages.defauts(vide, {"Suivre": "x"}) == ["pas traduit : Suivre"]
    vide.add("Le %(jour)s", "On the day")
    assert messages.defauts(vide, {"Le %(jour)s": "x"}) == ["variables : Le %(jour)s → On the day"]


@pytest.mark.parametrize(
    ("code", "attendu"),
    [
        ("en", "Monday 4 March 2030, 9:05"),
        ("ar", "الاثنين 4 مارس 2030, 9:05"),
        ("es", "lunes, 4 de marzo de 2030, 9:05"),
        ("pt", "segunda-feira, 4 de março de 2030, 9:05"),
        ("ru", "понедельник, 4 марта 2030, 9:05"),
        ("tr", "4 Mart 2030 Pazartesi, 9:05"),
        ("zh-hans", "2030年3月4日星期一, 9:05"),
        ("fr-x-falc", "lundi 4 mars 2030, 9\u00a0h\u00a005"),
    ],
)
def test_days_and_hours_are_said_as_the_language_does(code, attendu):
    instant = datetime(2030, 3, 4, 9, 5)  # noqa: DTZ001 (a local time, as the filters get it)
    with translation.override(code):
        dit = Template("{% load planipref %}{{ i|jour_long }}, {{ i|heure }}").render(Context({"i": instant}))
    assert dit == attendu
