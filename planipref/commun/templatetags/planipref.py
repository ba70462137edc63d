"""Filters for dates and durations as French people say them, state badges, and navigation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import NamedTuple, TypedDict

from django import template
from django.http import HttpRequest
from django.template import Context
from django.template.defaultfilters import date as formater
from django.urls import is_valid_path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from planipref.commun.champs import ChampTelephone
from planipref.commun.langues import isoler
from planipref.commun.nombres import accord

register = template.Library()

COULEURS_ETAT = {
    "brouillon": "",
    "deposee": "new",
    "a_completer": "warning",
    "complete": "info",
    "convoquee": "info",
    "rdv_pris": "info",
    "recue": "info",
    "en_instruction": "info",
    "accordee": "success",
    "refusee": "error",
    "a_remettre": "success",
    "remise": "success",
    "sans_suite": "",
    "cloturee": "",
}
RUBRIQUES_USAGER = (
    ("/", gettext_lazy("Accueil")),
    ("/demarches/", gettext_lazy("Les démarches")),
    ("/suivi/", gettext_lazy("Suivre ma demande")),
    ("/verifier/", gettext_lazy("Vérifier un document")),
)


class Ecriture(NamedTuple):
    """How a language writes a date: formats of Django, where the name of the day goes, and capitals inside it."""

    date: str = "j F Y"
    jour_et_mois: str = "j F"
    long: str = "{jour} {date}"
    majuscules: bool = False


FRANCAISE = Ecriture()
ECRITURES = {
    "en": Ecriture(majuscules=True),
    "ar": Ecriture(),
    "es": Ecriture(r"j \d\e F \d\e Y", r"j \d\e F", "{jour}, {date}"),
    "pt": Ecriture(r"j \d\e F \d\e Y", r"j \d\e F", "{jour}, {date}"),
    "ru": Ecriture("j E Y", "j E", "{jour}, {date}"),
    "tr": Ecriture(long="{date} {jour}", majuscules=True),
    "zh-hans": Ecriture("Y年n月j日", "n月j日", "{date}{jour}"),
}


class LienNavigation(TypedDict):
    """One entry of a navigation bar."""

    libelle: str
    url: str
    actif: bool


def _ecriture() -> Ecriture:
    return ECRITURES.get(get_language() or "fr", FRANCAISE)


def _ecrire(jour: date, modele: str) -> str:
    """Format a date, its first day as « 1er » in French, its names in lower case where they are not names of people."""
    ecrit = formater(jour, modele)
    if not _ecriture().majuscules:  # Django's names begin a line in Russian and in Portuguese
        ecrit = ecrit.lower()
    return f"1er{ecrit[1:]}" if jour.day == 1 and _ecriture() is FRANCAISE and modele.startswith("j") else ecrit


def _jour_local(valeur: datetime | date) -> date:
    """Return the civil day of an instant in the current timezone; a date as it is."""
    if not isinstance(valeur, datetime):
        return valeur
    return timezone.localtime(valeur).date() if timezone.is_aware(valeur) else valeur.date()


@register.filter
def date_civile(valeur: str | date | None) -> str:
    """Say a civil date ``AAAA-MM-JJ`` whose month or day may be 00: « 1980 (jour et mois inconnus) »."""
    if not valeur:
        return ""
    annee, mois, jour = (int(partie) for partie in str(valeur)[:10].split("-"))
    if not mois:
        return _("%(annee)d (jour et mois inconnus)") % {"annee": annee}
    if not jour:
        return _("%(mois)s %(annee)d (jour inconnu)") % {
            "mois": _ecrire(date(annee, mois, 1), "F"),
            "annee": annee,
        }
    return _ecrire(date(annee, mois, jour), _ecriture().date)


@register.filter
def heure(valeur: datetime | time | None) -> str:
    """Say a time: « 9 h » or « 9 h 05 » (no-break spaces), 9:05 in other languages, in the current timezone."""
    if valeur is None:
        return ""
    locale = timezone.localtime(valeur) if isinstance(valeur, datetime) and timezone.is_aware(valeur) else valeur
    if _ecriture() is not FRANCAISE:
        return f"{locale.hour}:{locale.minute:02}"
    return f"{locale.hour}\u00a0h" + (f"\u00a0{locale.minute:02}" if locale.minute else "")


@register.filter
def jour_long(valeur: datetime | date | None) -> str:
    """Say a day with its name: « lundi 4 mars 2030 », « vendredi 1er mars 2030 », in the current timezone."""
    if valeur is None:
        return ""
    jour, ecriture = _jour_local(valeur), _ecriture()
    return ecriture.long.format(jour=_ecrire(jour, "l"), date=_ecrire(jour, ecriture.date))


@register.filter
def jour_et_mois(valeur: datetime | date | None) -> str:
    """Say a near day: « 30 novembre », « 1er décembre », in the current timezone."""
    return _ecrire(_jour_local(valeur), _ecriture().jour_et_mois) if valeur else ""


@register.filter
def jours_nommes(jours: Iterable[date]) -> str:
    """Name some days of one week: « lundi, mardi »."""
    # Translators: between the names of a list.
    return _(", ").join(_ecrire(jour, "l") for jour in jours)


@register.filter
def minutes(valeur: float | None) -> str:
    """Say a duration given in minutes: « 45 min », « 1 h 05 » (no-break spaces)."""
    if valeur is None:
        return ""
    entier = round(valeur)
    if entier < 60:
        return f"{entier}\u00a0min"
    heures, reste = divmod(entier, 60)
    return f"{heures}\u00a0h" + (f"\u00a0{reste:02}" if reste else "")


@register.filter
def attente(valeur: int) -> str:
    """Say how long somebody has waited: « vient d’arriver », « attend depuis 12 min »."""
    return f"attend depuis {minutes(valeur)}" if valeur else "vient d’arriver"


@register.filter
def traduit(texte: str | None) -> str:
    """Say a text of the catalogue in the language of the page; in French as long as nobody has translated it."""
    return _(texte) if texte else ""


@register.simple_tag
def en_francais(texte: str | None) -> SafeString:
    """Mark an opening tag whose text of the catalogue stays French on a page in another language."""
    ailleurs = texte and not (get_language() or "fr").startswith("fr") and traduit(texte) == texte
    return format_html(' lang="{}" dir="ltr"', "fr") if ailleurs else SafeString("")


@register.filter
def isole(texte: object) -> str:
    """Keep a name in its own order inside a translated sentence; elsewhere, `<bdi>` does it."""
    return isoler(texte)


@register.filter
def pluriel(n: float, marque: str = "s") -> str:
    """Return the mark of the plural from two on: « 0 demande{{ 0|pluriel }} » is « 0 demande »."""
    return accord(n, "", marque)


@register.filter
def telephone(valeur: str | None) -> str:
    """Say a stored E.164 number as people write it: « 03 88 21 67 68 »."""
    return str(ChampTelephone().prepare_value(valeur or ""))


@register.filter
def avant_deux_points(libelle: str) -> str:
    """Return a label ready for what follows it: « Nom : », but a question keeps its own mark, « Où ? »."""
    texte = str(libelle).strip()
    return texte if texte.endswith(("?", "!", ":", ".", "…")) else f"{texte}\u00a0:"


@register.simple_tag
def etiquette_etat(code: str, libelle: str) -> SafeString:
    """Render a state as a badge: always its words, the colour only repeats them.

    Args:
        code: state of a demande; an unknown one gets the neutral badge.
        libelle: its French or translated name.
    """
    couleur = COULEURS_ETAT.get(str(code), "")
    variante = f" fr-badge--{couleur} fr-badge--no-icon" if couleur else ""
    return format_html('<span class="fr-badge fr-badge--sm{}">{}</span>', variante, traduit(libelle))


@register.simple_tag
def page_existe(chemin: str) -> bool:
    """Tell whether an address of the contract is served by this version, so that no menu leads to a 404."""
    return bool(is_valid_path(chemin))


@register.simple_tag(takes_context=True)
def navigation_usager(context: Context) -> list[LienNavigation]:
    """Return the public navigation, without the pages that this version does not serve."""
    request: HttpRequest | None = context.get("request")
    courant = request.path if request else ""
    return [
        LienNavigation(libelle=str(libelle), url=url, actif=courant == url or (url != "/" and courant.startswith(url)))
        for url, libelle in RUBRIQUES_USAGER
        if is_valid_path(url)
    ]
