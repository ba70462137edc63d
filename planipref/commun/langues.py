"""The languages that an usager may choose, and a refusal said in the current one."""

from __future__ import annotations

from django.utils.translation import gettext

from planipref.commun.erreurs import ErreurMetier

LANGUES: dict[str, str] = {
    "fr": "fr",
    "falc": "fr-x-falc",
    "en": "en",
    "ar": "ar",
    "es": "es",
    "pt": "pt",
    "ru": "ru",
    "tr": "tr",
    "zh": "zh-hans",
}


def code_django(langue: str) -> str:
    """Return Django's code of a language as stored in ``Usager.langue``; French when unknown."""
    return LANGUES.get(langue, "fr")


def dire(erreur: ErreurMetier) -> str:
    """Return the sentence of a refusal in the current language, even when a pure module wrote it in French."""
    phrase = gettext(erreur.phrase)
    return phrase % erreur.parametres if erreur.parametres else phrase
