"""Choosing where one works: the counter of an agent, the site of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms

from demandes.models import Site
from planipref.commun.formulaires import FormulaireDsfr
from planning.models import Guichet


class FormulairePoste(FormulaireDsfr):
    """Site and counter in one list, by site."""

    guichet = forms.ChoiceField(label="À quel guichet êtes-vous ?")

    def __init__(self, *args: Any, guichets: Sequence[Guichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guichets = {str(g.pk): g for g in guichets}
        self.fields["guichet"].choices = [
            ("", "Choisissez"),
            *(
                (f"{site.nom}, {site.prefecture.nom}", [(str(g.pk), str(g)) for g in groupe])
                for site, groupe in groupby(guichets, key=lambda g: g.site)
            ),
        ]

    def clean_guichet(self) -> Guichet:
        """Return the counter chosen."""
        return self.guichets[self.cleaned_data["guichet"]]


class FormulaireSite(FormulaireDsfr):
    """The site of the reception desk."""

    site = forms.ChoiceField(label="Sur quel site êtes-vous ?")

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {str(s.pk): s for s in sites}
        self.fields["site"].choices = [(str(s.pk), s.nom) for s in sites]

    def clean_site(self) -> Site:
        """Return the site chosen."""
        return self.sites[self.cleaned_data["site"]]
