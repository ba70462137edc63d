"""Openings and closures as the manager types them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms

from demandes.models import Prefecture, Site
from planipref.commun.formulaires import ChampDate, FormulaireDsfr
from planning.models import FileGuichet, PlageOuverture
from planning.services.ouvertures import ValeursHoraire, ValeursPlage


def champ_heure(libelle: str, **options: Any) -> forms.TimeField:
    """Return the field of a time of day."""
    return forms.TimeField(
        label=libelle,
        widget=forms.TimeInput({"type": "time", "step": "300", "autocomplete": "off"}, format="%H:%M"),
        error_messages={"invalid": "Écrivez l’heure comme ceci : 09:00."},
        **options,
    )


def champ_nombre(libelle: str, minimum: int, maximum: int = 200, **options: Any) -> forms.IntegerField:
    """Return the field of a whole number."""
    widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=libelle, min_value=minimum, max_value=maximum, widget=widget, **options)


class FormulairePlage(FormulaireDsfr):
    """A weekly opening of a queue's counters."""

    file = forms.ChoiceField(label="File d’attente")
    jour = forms.TypedChoiceField(label="Jour", choices=PlageOuverture.Jour.choices, coerce=int)
    recurrence = forms.ChoiceField(
        label="Récurrence",
        choices=PlageOuverture.Recurrence.choices,
        help_text="Les semaines paires et impaires suivent leur numéro dans l’année.",
    )
    debut = champ_heure("Heure de début")
    fin = champ_heure("Heure de fin")
    nb_guichets = champ_nombre("Guichets ouverts", 1)
    reserve_sans_rdv = champ_nombre("Dont places par créneau gardées sans rendez-vous", 0)
    du = ChampDate(label="À partir du")
    au = ChampDate(label="Jusqu’au (dernier jour compris)", required=False)

    def __init__(self, *args: Any, files: Sequence[FileGuichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files = {str(f.pk): f for f in files}
        self.fields["file"].choices = choix_de_files(files)

    def clean_file(self) -> FileGuichet:
        """Return the queue chosen."""
        return self.files[self.cleaned_data["file"]]

    @property
    def valeurs(self) -> ValeursPlage:
        """The opening typed."""
        return ValeursPlage(**self.cleaned_data)

    @staticmethod
    def depuis(plage: PlageOuverture) -> dict[str, Any]:
        """Return the initial values that show an opening."""
        fin = plage.pendant.upper
        return {
            "file": str(plage.file_id),
            "jour": plage.jour,
            "recurrence": plage.recurrence,
            "debut": plage.debut,
            "fin": plage.fin,
            "nb_guichets": plage.nb_guichets,
            "reserve_sans_rdv": plage.reserve_sans_rdv,
            "du": plage.pendant.lower,
            "au": fin - timedelta(days=1) if fin else None,
        }


class FormulaireHoraire(FormulaireDsfr):
    """Hours of a queue on one day, in place of those of the week."""

    file = forms.ChoiceField(label="File d’attente")
    jour = ChampDate(label="Jour")
    libelle = forms.CharField(
        label="Raison", max_length=120, help_text="Par exemple : nocturne, inventaire.", widget=forms.TextInput
    )
    fermee = forms.BooleanField(label="La file n’ouvre pas ce jour-là", required=False)
    debut = champ_heure("Heure de début", required=False)
    fin = champ_heure("Heure de fin", required=False)
    nb_guichets = champ_nombre("Guichets ouverts", 1)
    reserve_sans_rdv = champ_nombre("Dont places par créneau gardées sans rendez-vous", 0)

    def __init__(self, *args: Any, files: Sequence[FileGuichet], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files = {str(f.pk): f for f in files}
        self.fields["file"].choices = choix_de_files(files)

    def clean_file(self) -> FileGuichet:
        """Return the queue chosen."""
        return self.files[self.cleaned_data["file"]]

    def clean(self) -> dict[str, Any]:
        """Ask for hours unless the queue is closed; then those written count for nothing."""
        donnees: dict[str, Any] = super().clean() or self.cleaned_data
        for champ in ("debut", "fin"):
            if donnees.get("fermee"):
                donnees[champ] = None
            elif champ in donnees and donnees[champ] is None:
                self.add_error(champ, "Écrivez l’heure, ou cochez que la file n’ouvre pas.")
        return donnees

    @property
    def valeurs(self) -> ValeursHoraire:
        """The hours typed."""
        return ValeursHoraire(**{c: v for c, v in self.cleaned_data.items() if c != "fermee"})


def choix_de_files(files: Sequence[FileGuichet]) -> list[Any]:
    """Return queues as choices, under the name of their site."""
    return [(site.nom, [(str(f.pk), f.nom) for f in groupe]) for site, groupe in groupby(files, key=lambda f: f.site)]


class FormulaireFermeture(FormulaireDsfr):
    """Days when a site, or the whole préfecture, does not receive."""

    portee = forms.ChoiceField(label="Ce qui ferme")
    libelle = forms.CharField(
        label="Raison", max_length=120, help_text="Par exemple : journée de formation.", widget=forms.TextInput
    )
    du = ChampDate(label="Premier jour")
    au = ChampDate(label="Dernier jour (compris)")

    def __init__(self, *args: Any, sites: Sequence[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.portees: dict[str, tuple[Prefecture, Site | None]] = {}
        choix = []
        for prefecture, groupe in groupby(sites, key=lambda s: s.prefecture):
            self.portees[f"p{prefecture.pk}"] = (prefecture, None)
            choix.append((f"p{prefecture.pk}", f"{prefecture.nom} : tous les sites"))
            for site in groupe:
                self.portees[f"s{site.pk}"] = (prefecture, site)
                choix.append((f"s{site.pk}", site.nom))
        self.fields["portee"].choices = choix

    def clean_portee(self) -> tuple[Prefecture, Site | None]:
        """Return the préfecture and the site chosen."""
        return self.portees[self.cleaned_data["portee"]]
