"""The languages of the pages for usagers: chosen by them, never guessed; agents' pages are French."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from planipref.commun.erreurs import ErreurMetier

FRANCAIS = "fr"
TEMOIN = "langue"
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


def langue_choisie(request: HttpRequest) -> str:
    """Return the short code that this browser chose; French without a choice."""
    choisie = request.COOKIES.get(TEMOIN, "")
    return choisie if choisie in LANGUES else FRANCAIS


def langue_proposee(request: HttpRequest) -> str:
    """Return the language to propose, from what the browser reads; empty when French will do, or after a choice."""
    if TEMOIN in request.COOKIES:
        return ""
    for annoncee, _poids in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        courte = annoncee.partition("-")[0]
        if courte in LANGUES:
            return courte if courte in INVITATIONS else ""
    return ""


class LangueMiddleware:
    """Speak the language that the browser chose; French to whoever is signed in, agents and aidants."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the language chosen."""
        langue = langue_choisie(request)
        if langue != FRANCAIS and request.user.is_authenticated:
            langue = FRANCAIS
        with translation.override(code_django(langue)):
            reponse = self.get_response(request)
            reponse.headers.setdefault("Content-Language", translation.get_language() or FRANCAIS)
            return reponse
