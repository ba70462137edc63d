"""Forms of the nominative link: the second check, and the choice of a slot."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from planipref.commun.formulaires import ChampDateNaissance, FormulaireDsfr
from planning.models import BesoinVisite
from planning.models.besoins import LANGUES


class FormulaireNaissance(FormulaireDsfr):
    """Second check: the birth date of the person convoked."""

    date_naissance = ChampDateNaissance(label=_("Quelle est la date de naissance de la personne convoquée ?"))


class FormulaireCreneau(FormulaireDsfr):
    """Choice of a slot; whether it is free is the booking's business."""

    creneau = forms.IntegerField(
        label=_("Quel créneau voulez-vous ?"),
        min_value=1,
        max_value=2**63 - 1,
        error_messages={
            "required": _("Choisissez un créneau, puis validez."),
            "invalid": _("Choisissez un créneau, puis validez."),
        },
    )


class FormulaireBesoins(FormulaireDsfr):
    """What the person needs on the day of their visit; nothing ticked is an answer."""

    codes = forms.MultipleChoiceField(
        label=_("De quoi avez-vous besoin ?"),
        required=False,
        choices=[(code, _(libelle)) for code, libelle in BesoinVisite.Besoin.choices],
        widget=forms.CheckboxSelectMultiple,
    )
    langue = forms.ChoiceField(
        label=_("Un interprète dans quelle langue ?"),
        required=False,
        choices=[("", _("Pas d’interprète")), *((code, propre) for code, (propre, _francais) in LANGUES.items())],
    )
