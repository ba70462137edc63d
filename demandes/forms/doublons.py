"""The form of a merge: one question for each field on which the two records differ."""

from __future__ import annotations

from typing import Any

from django import forms

from demandes.models import CERTIFIES, Usager
from demandes.services.depot import IDENTITE
from planipref.commun.formulaires import FormulaireDsfr


class FormulaireFusion(FormulaireDsfr):
    """Which value to keep, field by field; certified ones are not asked about."""

    def __init__(self, *args: Any, garde: Usager, absorbe: Usager, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in IDENTITE:
            gardee, autre = getattr(garde, champ), getattr(absorbe, champ)
            if gardee == autre or (garde.est_certifie and champ in CERTIFIES):
                continue
            self.fields[champ] = forms.TypedChoiceField(
                label=libelle(champ),
                choices=[(u.pk, valeur_lisible(u, champ) or "(vide)") for u in (garde, absorbe)],
                coerce=int,
                widget=forms.RadioSelect,
                initial=garde.pk if gardee or not autre else absorbe.pk,
                error_messages={"required": "Choisissez ce qui est gardé."},
            )


def libelle(champ: str) -> str:
    """Return the name of a field of the record."""
    nom = str(Usager._meta.get_field(champ).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001
    return nom[:1].upper() + nom[1:]


def valeur_lisible(usager: Usager, champ: str) -> str:
    """Return a value of the record as agents read it."""
    if champ == "date_naissance":
        return "/".join(reversed(usager.date_naissance.split("-")))
    return str(usager.get_langue_display() if champ == "langue" else getattr(usager, champ))
