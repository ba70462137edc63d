"""The filters of the statistics page: a GET form, so that the address keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from demandes.models import Motif, Service
from planipref.commun.formulaires import ChampDate, FormulaireDsfr
from statistiques.calculs.periode import DUREE_MAXIMALE_JOURS, NOMMEES, PAR_DEFAUT, Periode, periode_nommee
from statistiques.selectors import Selection
from statistiques.selectors_portee import Portee

GABARIT = "statistiques/_filtre.html"
PREMIER_JOUR, DERNIER_JOUR = date(2000, 1, 1), date(2100, 12, 31)
FACULTATIFS = ("service", "site", "motif")


def _choix(libelle: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=libelle, required=False)


def _jour(libelle: str) -> ChampDate:
    return ChampDate(
        label=libelle,
        required=False,
        help_text="JJ/MM/AAAA",
        minimum=PREMIER_JOUR,
        maximum=DERNIER_JOUR,
    )


class FormulaireFiltres(FormulaireDsfr):
    """Préfecture, service, site, motif and period. Dates typed win over the named period, that links change.

    A filter with nothing to choose from is left out.
    """

    prefecture = forms.ChoiceField(label="Préfecture")
    service = _choix("Service")
    site = _choix("Site")
    motif = _choix("Motif")
    periode = forms.ChoiceField(
        required=False,
        choices=list(NOMMEES.items()),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Cette période n’existe pas. Choisissez-en une ci-dessous."},
    )
    du = _jour("Du (premier jour)")
    au = _jour("Au (jour compris)")

    def __init__(
        self,
        donnees: Mapping[str, str],
        *,
        portees: Iterable[Portee],
        portee: Portee,
        motifs: Sequence[Motif],
        aujourdhui: date,
    ) -> None:
        self.portee = portee
        self.aujourdhui = aujourdhui
        self.motifs = {m.code: m for m in motifs}
        # One per kind and préfecture: a kind stays chosen when the préfecture changes.
        self.services = {s.genre: s for s in portee.services}
        self.sites = {s.code: s for s in portee.sites}
        choix = {
            "prefecture": [(p.prefecture.departement, p.prefecture.nom) for p in portees],
            "service": [("", "Tous"), *((g, str(Service.Genre(g).label)) for g in self.services)],
            "site": [("", "Tous"), *((s.code, s.nom) for s in portee.sites)],
            "motif": [("", "Tous"), *((m.code, m.libelle_court) for m in motifs)],
        }
        super().__init__(self._gardees(donnees, choix))
        for nom, valeurs in choix.items():
            if len(valeurs) > (1 if nom == "prefecture" else 2):
                self.fields[nom].choices = valeurs
            else:
                del self.fields[nom]
        for champ in self.fields.values():
            champ.template_name = GABARIT

    def _gardees(self, donnees: Mapping[str, str], choix: dict[str, list[tuple[str, str]]]) -> dict[str, str]:
        """Return what was sent, less the service or site that only another préfecture has."""
        gardees = {nom: donnees.get(nom, "") for nom in self.base_fields}
        gardees["prefecture"] = self.portee.prefecture.departement
        for nom in FACULTATIFS:
            if gardees[nom] not in dict(choix[nom]):
                gardees[nom] = ""
        if gardees["du"].strip() or gardees["au"].strip():
            gardees["periode"] = ""
        return gardees

    def clean(self) -> dict[str, Any]:
        """Check that the dates make a period."""
        valeurs: dict[str, Any] = super().clean() or self.cleaned_data
        du, au = valeurs.get("du"), valeurs.get("au")
        if "du" in self.errors or "au" in self.errors or not (du or au):
            return valeurs
        if du is None:
            self.add_error("du", "Indiquez aussi le premier jour.")
        elif du > (au or self.aujourdhui):
            self.add_error(
                "au" if au else "du",
                "Le dernier jour vient après le premier."
                if au
                else "Ce jour est à venir : indiquez aussi le dernier jour.",
            )
        elif Periode(du, au or self.aujourdhui).nb_jours > DUREE_MAXIMALE_JOURS:
            self.add_error("du", "La période ne dépasse pas trois ans.")
        return valeurs

    @property
    def nom_periode(self) -> str:
        """Code of the named period in force; empty when the dates were typed."""
        if self.cleaned_data.get("du"):
            return ""
        return self.cleaned_data.get("periode") or PAR_DEFAUT

    @property
    def periode_choisie(self) -> Periode:
        """The period of a valid form."""
        if self.nom_periode:
            return periode_nommee(self.nom_periode, self.aujourdhui)
        return Periode(self.cleaned_data["du"], self.cleaned_data["au"] or self.aujourdhui)

    @property
    def site_choisi(self) -> str:
        """Name of the only site kept; empty for all."""
        site = self.sites.get(self.data["site"])
        return site.nom if site else ""

    @property
    def selection(self) -> Selection:
        """What a valid form asks for."""
        portee = self.portee
        service = self.services.get(self.data["service"])
        site = self.sites.get(self.data["site"])
        services = (service,) if service else tuple(portee.services) if portee.restreinte else None
        return Selection(
            prefecture=portee.prefecture,
            periode=self.periode_choisie,
            services=None if services is None else tuple(s.pk for s in services),
            sites=tuple(s.pk for s in ([site] if site else portee.sites)),
            motif=self.motifs.get(self.data["motif"]),
        )
