"""Form fields from what people type (a date, a name, a telephone) to values of the domain."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any, NamedTuple

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from planipref.commun.horloge import aujourdhui

AGE_MAXIMAL = 130
FORMATS_ACCEPTES = ("pdf", "jpg", "jpeg", "png", "heic", "heif")
TAILLE_MAXIMALE = 10 * 1024 * 1024
# National prefixes of the overseas departments, whose country calling code is not +33 (numbering plan).
INDICATIFS_ULTRAMARINS = {
    "0590": "GP", "0690": "GP", "0691": "GP", "0594": "GF", "0694": "GF", "0596": "MQ", "0696": "MQ",
    "0697": "MQ", "0262": "RE", "0263": "RE", "0692": "RE", "0693": "RE", "0269": "YT", "0639": "YT",
}  # fmt: skip
LIANTS_AUTORISES = {"\u200c", "\u200d"}  # needed to write Persian and Indic names
SIGNES_AUTORISES = set("-‐‑'’‘ʼʻ`´.,·()/")

_ISO = re.compile(r"(?P<annee>\d{4})-(?P<mois>\d{1,2})-(?P<jour>\d{1,2})")
_FRANCAISE = re.compile(r"(?P<jour>\d{1,2})\s*[/.\-\s]\s*(?P<mois>\d{1,2})\s*[/.\-\s]\s*(?P<annee>\d{4})")
_COMPACTE = re.compile(r"(?P<jour>\d{2})(?P<mois>\d{2})(?P<annee>\d{4})")
_ANNEE_COURTE = re.compile(r"\d{1,2}\s*[/.\-\s]\s*\d{1,2}\s*[/.\-\s]\s*\d{2}")


class DateSaisie(NamedTuple):
    """Year, month and day as typed; month and day may be 0."""

    annee: int
    mois: int
    jour: int


def lire_date(texte: str) -> DateSaisie | None:
    """Read a date typed as 5/3/1980, 05.03.1980, 05 03 1980, 05031980 or 1980-03-05; None otherwise."""
    for motif in (_ISO, _FRANCAISE, _COMPACTE):
        if lue := motif.fullmatch(texte.strip()):
            return DateSaisie(int(lue["annee"]), int(lue["mois"]), int(lue["jour"]))
    return None


class SaisieDate(forms.TextInput):
    """One text input: for a known date, quicker and more accessible than three lists or a calendar."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "maxlength": "14", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Show a stored date, or its ISO string, as JJ/MM/AAAA; what was typed otherwise stays as typed."""
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        if isinstance(value, str) and (lue := _ISO.fullmatch(value.strip())):
            return f"{int(lue['jour']):02}/{int(lue['mois']):02}/{lue['annee']}"
        texte: str | None = super().format_value(value)
        return texte


LOINTAINE = date(2999, 12, 31)


class ChampDate(forms.Field):
    """Date in one text input, cleaned to a ``date``.

    Args:
        minimum: earliest date accepted, if any.
        maximum: latest date accepted, if any; nobody means one after `LOINTAINE`.
    """

    widget = SaisieDate
    default_error_messages = {
        "format": _("Écrivez la date comme ceci : jour/mois/année, par exemple 25/12/2026."),
        "annee": _("Écrivez l’année avec quatre chiffres, par exemple 25/12/2026."),
        "inexistante": _("Cette date n’existe pas dans le calendrier. Vérifiez le jour et le mois."),
        "trop_tot": _("Cette date est trop ancienne : indiquez au plus tôt le %(limite)s."),
        "trop_tard": _("Cette date est trop lointaine : indiquez au plus tard le %(limite)s."),
    }

    def __init__(self, *, minimum: date | None = None, maximum: date | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Format attendu : JJ/MM/AAAA. Exemple : 25/12/2026"))
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(**kwargs)

    def erreur(self, code: str, **parametres: str) -> ValidationError:
        """Build the field's error of that code."""
        return ValidationError(self.error_messages[code], code=code, params=parametres)

    def lire(self, value: Any) -> DateSaisie | None:
        """Read what was typed; None when empty, ValidationError when it is not a date."""
        texte = str(value or "").strip()
        if not texte:
            return None
        if lue := lire_date(texte):
            return lue
        raise self.erreur("annee" if _ANNEE_COURTE.fullmatch(texte) else "format")

    def to_python(self, value: Any) -> Any:
        """Clean to a ``date``, or None when empty."""
        if isinstance(value, date):
            return value
        if (lue := self.lire(value)) is None:
            return None
        if lue.annee > LOINTAINE.year:
            raise self.erreur("trop_tard", limite=f"{LOINTAINE:%d/%m/%Y}")
        try:
            return date(*lue)
        except ValueError as erreur:
            raise self.erreur("inexistante") from erreur

    def validate(self, value: Any) -> None:
        """Refuse an empty mandatory date and one out of its limits."""
        super().validate(value)
        if value and self.minimum and value < self.minimum:
            raise self.erreur("trop_tot", limite=f"{self.minimum:%d/%m/%Y}")
        if value and self.maximum and value > self.maximum:
            raise self.erreur("trop_tard", limite=f"{self.maximum:%d/%m/%Y}")


class ChampDateNaissance(ChampDate):
    """Birth date, cleaned to the string ``AAAA-MM-JJ``; day, or day and month, may be 00 (unknown)."""

    default_error_messages = {
        "format": _("Écrivez la date comme ceci : jour/mois/année, par exemple 05/03/1980."),
        "annee": _("Écrivez l’année de naissance avec quatre chiffres, par exemple 05/03/1980."),
        "futur": _("Cette date de naissance est dans le futur. Vérifiez l’année."),
        "trop_ancienne": _("Cette date de naissance est trop ancienne. Vérifiez l’année."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text",
            _("Format attendu : JJ/MM/AAAA. Exemple : 05/03/1980. Jour ou mois inconnu : écrivez 00."),
        )
        kwargs.setdefault("widget", SaisieDate({"autocomplete": "bday"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Clean to ``AAAA-MM-JJ``, with 00 for what is unknown; empty string when empty."""
        if (lue := self.lire(value)) is None:
            return ""
        if lue.mois == 0 and lue.jour != 0:
            raise self.erreur("inexistante")
        try:
            au_plus_tot = date(lue.annee, lue.mois or 1, lue.jour or 1)
        except ValueError as erreur:
            raise self.erreur("inexistante") from erreur
        jour = aujourdhui(settings.TIME_ZONE)
        if au_plus_tot > jour:
            raise self.erreur("futur")
        if jour.year - lue.annee > AGE_MAXIMAL:
            raise self.erreur("trop_ancienne")
        return f"{lue.annee:04}-{lue.mois:02}-{lue.jour:02}"


class ChampTelephone(forms.CharField):
    """Telephone, cleaned to E.164; a number without country code is French, overseas departments included."""

    default_error_messages = {
        "invalid": _("Ce numéro de téléphone n’est pas valide. Exemples : 06 12 34 56 78 ou +33 6 12 34 56 78."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "tel"}))
        kwargs.setdefault(
            "help_text",
            _("Exemple : 06 12 34 56 78. Pour un numéro étranger, commencez par + et l’indicatif du pays."),
        )
        super().__init__(max_length=kwargs.pop("max_length", 30), **kwargs)

    def clean(self, value: Any) -> str:
        """Return the number as ``+33612345678``; empty string when empty."""
        texte = super().clean(value)
        if not texte:
            return ""
        chiffres = re.sub(r"\D", "", texte)
        region = INDICATIFS_ULTRAMARINS.get(chiffres[:4], "FR") if chiffres.startswith("0") else "FR"
        try:
            numero = phonenumbers.parse(texte, region)
        except phonenumbers.NumberParseException as erreur:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from erreur
        if not phonenumbers.is_valid_number(numero):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored E.164 number as people write it: national for a French one.

        A number not yet given out, as those of fiction, is grouped all the same.
        """
        if not (isinstance(value, str) and value.startswith("+")):
            return value
        try:
            numero = phonenumbers.parse(value)
        except phonenumbers.NumberParseException:
            return value
        if not phonenumbers.is_possible_number(numero):
            return value
        francais = numero.country_code in {33, 262, 590, 594, 596}
        modele = phonenumbers.PhoneNumberFormat.NATIONAL if francais else phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(numero, modele)


class ChampNom(forms.CharField):
    """Name of a person in any script, cleaned to NFC with single spaces; 100 characters at most."""

    default_error_messages = {
        "chiffre": _("Un nom ne contient pas de chiffre. Écrivez-le comme sur la pièce d’identité."),
        "caractere": _("Ce nom contient un caractère qui n’est pas accepté : « %(caractere)s »."),
        "max_length": _("Ce nom est trop long : %(limit_value)d caractères au plus (%(show_value)d saisis)."),
    }

    def __init__(self, *, autocomplete: str = "name", **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput({"autocomplete": autocomplete, "spellcheck": "false", "autocapitalize": "words"}),
        )
        kwargs.setdefault("max_length", 100)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Normalise, then refuse what no name holds: digits, control characters, symbols."""
        normalise = unicodedata.normalize("NFC", super().to_python(value) or "")
        texte = " ".join(normalise.split())
        for caractere in texte:
            categorie = unicodedata.category(caractere)
            if categorie.startswith("N"):
                raise ValidationError(self.error_messages["chiffre"], code="chiffre")
            if caractere in SIGNES_AUTORISES or caractere in LIANTS_AUTORISES or caractere == " ":
                continue
            if categorie[0] not in "LM":
                visible = caractere if caractere.isprintable() else f"U+{ord(caractere):04X}"
                raise ValidationError(self.error_messages["caractere"], code="caractere", params={"caractere": visible})
        return texte


class ChampCourriel(forms.EmailField):
    """E-mail address, with a message that shows an example."""

    default_error_messages = {
        "invalid": _("Cette adresse électronique n’est pas valide. Exemple : nom@exemple.fr"),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}))
        kwargs.setdefault("help_text", _("Exemple : nom@exemple.fr"))
        super().__init__(**kwargs)


class SaisieFichier(forms.FileInput):
    """File input of the design system; the page's script shows the chosen name and size."""

    group_class = "fr-upload-group"


class SaisieFichiers(SaisieFichier):
    """The same for several files."""

    allow_multiple_selected = True


class ChampFichier(forms.FileField):
    """One file from a computer or a phone: size and extension are checked here, content by the piece store.

    Args:
        formats: extensions accepted, without the dot.
        taille_maximale: bytes.
    """

    default_error_messages = {
        "invalid": _("Le fichier n’est pas arrivé. Choisissez-le à nouveau."),
        "empty": _("Ce fichier est vide. Choisissez-en un autre."),
        "format": _("Ce format (.%(extension)s) n’est pas accepté. Formats acceptés : %(formats)s."),
        "taille": _("Ce fichier est trop lourd (%(taille)s). La limite est de %(limite)s."),
    }

    def __init__(
        self,
        *,
        formats: tuple[str, ...] = FORMATS_ACCEPTES,
        taille_maximale: int = TAILLE_MAXIMALE,
        **kwargs: Any,
    ) -> None:
        self.formats = formats
        self.taille_maximale = taille_maximale
        attributs = {
            "class": "fr-upload",
            "accept": ",".join(f".{extension}" for extension in formats),
            "data-taille-max": str(taille_maximale),
        }
        kwargs.setdefault("widget", SaisieFichier(attributs))
        kwargs.setdefault(
            "help_text",
            format_lazy(
                _("Une photo nette ou un PDF. Formats acceptés : {formats}. Taille maximale : {taille} Mo."),
                formats=self.formats_lisibles,
                taille=taille_maximale // (1024 * 1024),
            ),
        )
        super().__init__(**kwargs)

    @property
    def formats_lisibles(self) -> str:
        """Formats as shown to people, without the doubles of one format."""
        return ", ".join(f for f in self.formats if f not in {"jpeg", "heif"})

    def to_python(self, data: Any) -> Any:
        """Refuse an empty file, an extension that is not accepted, and one over the limit."""
        fichier = super().to_python(data)
        if fichier is None:
            return None
        nom = fichier.name or ""
        extension = nom.rpartition(".")[2].lower() if "." in nom else "?"
        if extension not in self.formats:
            details = {"extension": extension[:10], "formats": self.formats_lisibles}
            raise ValidationError(self.error_messages["format"], code="format", params=details)
        if (fichier.size or 0) > self.taille_maximale:
            details = {
                "taille": filesizeformat(fichier.size or 0),
                "limite": filesizeformat(self.taille_maximale),
            }
            raise ValidationError(self.error_messages["taille"], code="taille", params=details)
        return fichier


class ChampFichiers(ChampFichier):
    """Several photos or files, which become one document; cleaned as a list.

    Args:
        fichiers_max: how many at most.
    """

    default_error_messages = {"nombre": _("Choisissez %(limite)s fichiers au plus.")}

    def __init__(self, *, fichiers_max: int = 20, **kwargs: Any) -> None:
        self.fichiers_max = fichiers_max
        super().__init__(**kwargs)
        attributs = {**self.widget.attrs, "data-fichiers-max": str(fichiers_max)}
        self.widget = SaisieFichiers(attributs)
        self.widget.is_required = self.required

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Clean each file as `ChampFichier` does."""
        recus = [f for f in (data or []) if f]
        if len(recus) > self.fichiers_max:
            raise ValidationError(self.error_messages["nombre"], code="nombre", params={"limite": self.fichiers_max})
        if not recus:
            super().clean(None, initial)
        return [super(ChampFichiers, self).clean(recu, initial) for recu in recus]
