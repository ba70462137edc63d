"""The languages of the pages for usagers: the one that they chose, else that of the person, else of their browser.

Agents' pages are French.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from planipref.commun.erreurs import ErreurMetier

FRANCAIS = "fr"
TEMOIN = "langue"
CLE_SESSION = "langue"
DUREE_TEMOIN = 365 * 24 * 3600  # seconds

# Short code, kept in `Usager.langue` and in the cookie → code of Django. FALC is French that is easy to read.
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
# Each in its own words, as who needs it reads it.
NOMS: dict[str, str] = {
    "fr": "Français",
    "falc": "Français facile (FALC)",
    "en": "English",
    "ar": "العربية",
    "es": "Español",
    "pt": "Português",
    "ru": "Русский",
    "tr": "Türkçe",
    "zh": "中文",
}
INVITATIONS: dict[str, str] = {
    "en": "Read these pages in English",
    "ar": "اقرأ هذه الصفحات بالعربية",
    "es": "Leer estas páginas en español",
    "pt": "Ler estas páginas em português",
    "ru": "Читать эти страницы по-русски",
    "tr": "Bu sayfaları Türkçe okuyun",
    "zh": "用中文阅读这些网页",
}


# What the pages offer: short code, code of Django, name.
OFFERTES = [(courte, LANGUES[courte], nom) for courte, nom in NOMS.items()]


def code_django(langue: str) -> str:
    """Return Django's code of a language; French when it is not one of ours."""
    return LANGUES.get(langue, FRANCAIS)


def dire(erreur: ErreurMetier) -> str:
    """Return the sentence of a refusal in the current language, even when a pure module wrote it in French."""
    phrase = translation.gettext(erreur.phrase)
    return phrase % erreur.parametres if erreur.parametres else phrase


def isoler(texte: object) -> str:
    """Keep a name or an address in its own order inside a sentence read from the right: U+2068, text, U+2069."""
    return f"\u2068{texte}\u2069" if texte and translation.get_language_bidi() else str(texte or "")


def langue_parlee(request: HttpRequest) -> str:
    """Return the short code of the language to speak: French to whoever is signed in, agents and aidants.

    A choice made in this browser comes before all; then the language of the person whose secret link is open, or
    whose demande this session opened; then what the browser reads.
    """
    langue = request.COOKIES.get(TEMOIN, "")
    if langue not in LANGUES:
        connue = getattr(request, "langue_du_lien", "") or request.session.get(CLE_SESSION, "")
        langue = connue if connue in LANGUES else langue_lue(request)
    return langue if langue and not request.user.is_authenticated else FRANCAIS


def langue_lue(request: HttpRequest) -> str:
    """Return the first of our languages that the browser says it reads; empty when it names none."""
    for annoncee, _poids in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        courte = annoncee.partition("-")[0]
        if courte in LANGUES:
            return courte
    return ""


def langue_proposee(request: HttpRequest) -> str:
    """Return the language to propose: what the browser reads, when the page speaks the language of the person."""
    lue = langue_lue(request)
    return lue if lue in INVITATIONS and TEMOIN not in request.COOKIES and lue != langue_parlee(request) else ""


def parler_a(request: HttpRequest, langue: str) -> None:
    """Speak the language of the person to whom a secret link was sent, for the rest of this request.

    Call it only once the link has been found good: the language is theirs, and says something of them.

    Args:
        request: of the page that the link opens.
        langue: `Usager.langue`.
    """
    request.langue_du_lien = langue  # type: ignore[attr-defined]
    translation.activate(code_django(langue_parlee(request)))  # `LangueMiddleware` puts back the one before


class LangueMiddleware:
    """Speak the language of who reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in this language; without a choice, the answer depends on what the browser reads."""
        try:
            langue = langue_parlee(request)
        except OperationalError:  # the page will say that the base is down
            langue = FRANCAIS
        with translation.override(code_django(langue)):
            reponse = self.get_response(request)
            reponse.headers.setdefault("Content-Language", translation.get_language() or FRANCAIS)
            patch_vary_headers(reponse, ["Accept-Language", "Cookie"])
            return reponse
