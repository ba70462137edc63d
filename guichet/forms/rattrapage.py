"""A line of the paper list, written down after an outage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from demandes.models import Agent, Demande
from demandes.selectors_agents import noms_des_agents
from guichet.forms.accueil import FormulaireSansRdv
from guichet.services.rattrapage import VisiteEcrite
from planipref.commun.formulaires import FormulaireDsfr
from planipref.commun.horloge import aujourdhui
from planning.models import Guichet

ATTEND, RECU, ABSENT = "attend", "recu", "absent"
VISITE = ("recu", "termine", "guichet", "recu_par")
# By outcome, what must be written and what must not.
BESOINS = {ATTEND: ("arrive",), RECU: ("arrive", "recu", "termine", "guichet")}
SANS_OBJET = {ATTEND: (*VISITE, "absentes"), ABSENT: ("arrive", *VISITE, "absentes")}


def instant_de_ce_jour(heure: time, maintenant: datetime, fuseau: str) -> datetime:
    """Return an hour as an instant of today in a timezone."""
    return datetime.combine(aujourdhui(fuseau, maintenant), heure, ZoneInfo(fuseau))


class ChampHeure(forms.TimeField):
    """An hour of today, « 9:05 » or « 9h05 »."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("input_formats", ["%H:%M", "%Hh%M", "%H h %M", "%Hh"])
        kwargs.setdefault("error_messages", {"invalid": "Écrivez l’heure comme ceci : 9:05."})
        kwargs.setdefault("widget", forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "placeholder": ""}))
        super().__init__(**kwargs)


class FormulaireRattrapage(FormulaireDsfr):
    """What became of an appointment, with the hours of the paper."""

    issue = forms.ChoiceField(label="Issue", required=False)
    arrive = ChampHeure(label="Arrivée")
    recu = ChampHeure(label="Reçu à")
    termine = ChampHeure(label="Fini à")
    guichet = forms.ChoiceField(label="Guichet", required=False)
    recu_par = forms.ChoiceField(label="Reçu par", required=False)
    absentes = forms.MultipleChoiceField(
        label="Qui n’est pas venu ?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        guichets: Sequence[Guichet],
        agents: Sequence[Agent] = (),
        famille: Sequence[Demande] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.guichets = {str(g.pk): g for g in guichets}
        self.agents = {str(a.pk): a for a in agents}
        choix = [("", "Rien à noter"), (ATTEND, "Arrivé, attend encore"), (ABSENT, "Pas venu")]
        if guichets:
            choix.insert(2, (RECU, "Reçu et reparti"))
        else:  # who receives nobody writes no visit down
            for champ in VISITE:
                del self.fields[champ]
            famille = []
        self.fields["issue"].choices = choix
        if guichets:
            self.fields["recu_par"].choices = [("", "Vous"), *noms_des_agents(agents).items()]
            self.fields["guichet"].choices = [("", "–"), *((cle, str(g)) for cle, g in self.guichets.items())]
        self.fields["absentes"].choices = [(str(d.pk), d.usager.nom_complet) for d in famille]
        if not famille:
            del self.fields["absentes"]

    def clean(self) -> dict[str, Any]:
        """Ask for what the outcome needs."""
        donnees = dict(super().clean() or {})
        issue = donnees.get("issue", "")
        for champ in BESOINS.get(issue, ()):
            if not donnees.get(champ) and champ not in self.errors:
                self.add_error(champ, "Ce renseignement est obligatoire.")
        for champ in SANS_OBJET.get(issue, ()):
            if champ in self.fields and self[champ].value():
                self.add_error(champ, "Effacez ceci, ou changez l’issue.")
        if not self.a_une_issue and not self.est_vide:
            self.add_error("issue", "Dites ce qu’il en est, ou effacez le reste de la ligne.")
        return donnees

    @property
    def est_vide(self) -> bool:
        """Whether nothing was written on this line."""
        return not any(self[champ].value() for champ in self.fields)

    @property
    def a_une_issue(self) -> bool:
        """Whether the agent chose what became of the person."""
        return bool(self["issue"].value())

    def clean_guichet(self) -> Guichet | None:
        """Return the counter chosen."""
        return self.guichets.get(self.cleaned_data["guichet"])

    def clean_recu_par(self) -> Agent | None:
        """Return who received the person; None for the one who writes."""
        return self.agents.get(self.cleaned_data["recu_par"])

    def clean_absentes(self) -> list[int]:
        """Return the demandes of the family whose person did not come."""
        return [int(pk) for pk in self.cleaned_data["absentes"]]

    def instant(self, champ: str, maintenant: datetime, fuseau: str) -> datetime:
        """Return an hour typed as an instant of today."""
        return instant_de_ce_jour(self.cleaned_data[champ], maintenant, fuseau)


class FormulairePapier(FormulaireSansRdv):
    """A walk-in of the paper list: the hour of arrival, and of the visit when they were received and have left."""

    arrivee = ChampHeure(label="Arrivée", required=True, error_messages={"required": "Écrivez l’heure du papier."})
    recu = ChampHeure(label="Reçu à, si la personne est repartie")
    termine = ChampHeure(label="Fini à")
    guichet = forms.ChoiceField(label="Guichet", required=False)
    recu_par = forms.ChoiceField(label="Reçu par", required=False)

    def __init__(self, *args: Any, guichets: Sequence[Guichet], agents: Sequence[Agent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guichets = {str(g.pk): g for g in guichets}
        self.agents = {str(a.pk): a for a in agents}
        if guichets:
            self.fields["recu_par"].choices = [("", "Vous"), *noms_des_agents(agents).items()]
            self.fields["guichet"].choices = [("", "–"), *((cle, str(g)) for cle, g in self.guichets.items())]
        else:
            for champ in VISITE:
                del self.fields[champ]

    def clean_adresse(self) -> str:
        """Keep what the paper says, whole or not: nobody is there any more to complete it."""
        return str(self.cleaned_data["adresse"]).strip()

    def clean(self) -> dict[str, Any]:
        """Ask for the whole visit, or for none of it."""
        donnees = dict(super().clean() or {})
        if any(donnees.get(champ) for champ in VISITE):
            for champ in ("recu", "termine", "guichet"):
                if not donnees.get(champ) and champ not in self.errors:
                    self.add_error(champ, "Ce renseignement est obligatoire.")
        return donnees

    def visite(self, maintenant: datetime, fuseau: str) -> VisiteEcrite | None:
        """Return the visit written on paper; None for who still waits."""
        donnees = self.cleaned_data
        if not donnees.get("recu"):
            return None
        arrive, recu, termine = (
            instant_de_ce_jour(donnees[c], maintenant, fuseau) for c in ("arrivee", "recu", "termine")
        )
        recu_par = self.agents.get(donnees["recu_par"])
        return VisiteEcrite(self.guichets[donnees["guichet"]], arrive, recu, termine, recu_par=recu_par)
