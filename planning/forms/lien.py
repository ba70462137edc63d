"""Forms of the nominative link: the second check, and the choice of a slot."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from planipref.commun.formulaires import ChampDateNaissance, FormulaireDsfr


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
