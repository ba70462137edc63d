"""The form of a motif, built from its questions; a conditional question says its condition in its hint."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from demandes.calculs.conditions import est_vraie
from demandes.calculs.faits import FAITS
from demandes.calculs.phrases import Enonce, dire
from demandes.forms.depot import nombre_lisible
from demandes.models import Demande, Question
from demandes.selectors_reglages import questions_de, valeurs_de
from planipref.commun.formulaires import ChampDate, ChampTelephone, FormulaireDsfr
from planipref.commun.templatetags.planipref import traduit

OPTIONS_EN_BOUTONS = 7
TEXTE_MAX = 300
TEXTE_LONG_MAX = 5000


class ChampRegle(forms.CharField):
    """Short text that must match the whole of a regular expression; case and spaces are forgiven."""

    def __init__(self, *, regle: str, message: str, **kwargs: Any) -> None:
        self.regle, self.message = re.compile(regle), message
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the first form of the answer that the rule accepts."""
        texte = str(super().clean(value) or "")
        if not texte:
            return ""
        for candidat in (texte, texte.upper(), re.sub(r"[\s.]", "", texte).upper()):
            if self.regle.fullmatch(candidat):
                return candidat
        raise forms.ValidationError(self.message or _("Cette réponse n’a pas la forme attendue."), code="regle")


def _texte(q: Question, commun: dict[str, Any]) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off"})
    if q.motif_regex:
        return ChampRegle(regle=q.motif_regex, message=q.message_regex, max_length=TEXTE_MAX, widget=widget, **commun)
    return forms.CharField(max_length=TEXTE_MAX, widget=widget, **commun)


def _texte_long(q: Question, commun: dict[str, Any]) -> forms.Field:
    return forms.CharField(
        max_length=TEXTE_LONG_MAX, widget=forms.Textarea({"rows": "5", "autocomplete": "off"}), **commun
    )


def _date(q: Question, commun: dict[str, Any]) -> forms.Field:
    aide = " ".join(filter(None, [commun.pop("help_text"), _("Format : JJ/MM/AAAA. Exemple : 25/12/2026")]))
    return ChampDate(help_text=aide, **commun)


def _nombre(q: Question, commun: dict[str, Any]) -> forms.Field:
    return forms.DecimalField(
        min_value=0,
        max_digits=12,
        decimal_places=2,
        localize=True,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": _("Écrivez un nombre, en chiffres.")},
        **commun,
    )


def _choix(q: Question, commun: dict[str, Any]) -> forms.Field:
    options = _options(q)
    if len(options) > OPTIONS_EN_BOUTONS:
        return forms.ChoiceField(choices=[("", _("Choisissez")), *options], **commun)
    return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **commun)


def _oui_non(q: Question, commun: dict[str, Any]) -> forms.Field:
    choix = [("oui", _("Oui")), ("non", _("Non"))]
    return forms.ChoiceField(choices=choix, widget=forms.RadioSelect, **commun)


def _commune(q: Question, commun: dict[str, Any]) -> forms.Field:
    return forms.CharField(max_length=80, widget=forms.TextInput({"autocomplete": "off"}), **commun)


def _telephone(q: Question, commun: dict[str, Any]) -> forms.Field:
    if not commun["help_text"]:
        commun.pop("help_text")
    return ChampTelephone(**commun)


def _options(question: Question) -> list[tuple[str, str]]:
    return [(o["valeur"], traduit(o["libelle"])) for o in question.options]


CHAMPS: dict[str, Callable[[Question, dict[str, Any]], forms.Field]] = {
    Question.Genre.TEXTE: _texte,
    Question.Genre.TEXTE_LONG: _texte_long,
    Question.Genre.DATE: _date,
    Question.Genre.NOMBRE: _nombre,
    Question.Genre.CHOIX: _choix,
    Question.Genre.OUI_NON: _oui_non,
    Question.Genre.COMMUNE: _commune,
    Question.Genre.TELEPHONE: _telephone,
}


class FormulaireQuestions(FormulaireDsfr):
    """The questions of a motif. All are shown; one whose condition does not hold is neither asked nor kept."""

    use_required_attribute = False

    def __init__(self, *args: Any, demande: Demande, **kwargs: Any) -> None:
        kwargs.setdefault("initial", demande.reponses)
        super().__init__(*args, **kwargs)
        self.demande = demande
        self.questions = questions_de(demande)
        enonces = enonces_de(self.questions)
        for question in self.questions:
            self.fields[question.code] = self._champ(question, enonces)

    @staticmethod
    def _champ(question: Question, enonces: dict[str, Enonce]) -> forms.Field:
        aide = traduit(question.aide)
        if question.exemple:
            aide = f"{aide} {_('Exemple : %(exemple)s') % {'exemple': question.exemple}}".strip()
        if question.condition:
            seulement = _("Répondez seulement si %(condition)s.") % {
                "condition": dire(question.condition, enonces, traduit)
            }
            aide = f"{seulement} {aide}".strip()
        commun = {"label": traduit(question.libelle), "required": question.obligatoire, "help_text": aide}
        champ = CHAMPS[question.genre](question, commun)
        champ.error_messages["required"] = _("Répondez à cette question.")
        return champ

    def clean(self) -> dict[str, Any]:
        """Drop what belongs to a condition that does not hold, errors included; return what the answers keep."""
        reponses: dict[str, Any] = {}
        for question in self.questions:
            code = question.code
            if est_vraie(question.condition, valeurs_de(self.demande, reponses)):
                reponses[code] = _gardee(self.cleaned_data.get(code))
            else:
                self.errors.pop(code, None)
                reponses[code] = ""
        return reponses


def enonces_de(questions: list[Question]) -> dict[str, Enonce]:
    """Return what a condition names, in the language of the page."""
    dits = {f.code: Enonce(_(f.libelle), f.options, fait=True) for f in FAITS}
    return dits | {q.code: Enonce(traduit(q.libelle), dict(_options(q))) for q in questions}


def _gardee(valeur: Any) -> Any:
    if valeur is None:
        return ""
    if isinstance(valeur, date):
        return valeur.isoformat()
    return nombre_lisible(valeur) if isinstance(valeur, Decimal) else valeur
