"""Reads of the over-booking page: a day of a queue as it stands, and what it would be with other places."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models.functions import TruncDate

from demandes.models import Agent, Site
from demandes.selectors_valeurs import valeurs_posees
from planning.calculs.presence import Circonstances, Modele
from planning.calculs.propositions import (
    FAITS_SUFFISANTS,
    SURPLUS_SANS_FAITS,
    Case,
    Comparaison,
    Regles,
    Service,
    comparer,
)
from planning.mesures import Mesures, mesures_de
from planning.models import Creneau, FileGuichet, ModelePresence, RegleSurreservation
from planning.selectors_ouvertures import files_planifiees
from planning.selectors_presence import FAITS_D_UNE_FILE, RendezVousLu, attendus_le, faits_avant, modele_de

# What the journal calls the two acts.
APPLIQUEE, RETIREE = "planning:surreservation_appliquee", "planning:surreservation_retiree"
CHAMPS_REGLES = [c.name for c in fields(Regles)]
# An appointment that nothing is known of: chosen by the person, two weeks ahead.
INCONNU = Circonstances(0, choisi=True, delai=14.0)


@dataclass(frozen=True)
class JourneeLue:
    """A day of a queue, and what is expected of it.

    Args:
        file: queue, with its site and préfecture.
        jour: the day.
        appris_le: day of the model of who is expected to come.
        creneaux: its slots with a counter, in order.
        cases: the same, as they are calculated.
        mesures: what the counter measured.
        service: durations and walk-ins of the day, from these.
        faits: past appointments of the queue, up to `FAITS_D_UNE_FILE`.
        regles: limits and weights in force.
        comparaison: the plans side by side; None without slots, or where the site does not over-book.
    """

    file: FileGuichet
    jour: date
    appris_le: date
    creneaux: list[Creneau]
    cases: tuple[Case, ...]
    mesures: Mesures
    service: Service
    faits: int
    regles: Regles
    comparaison: Comparaison | None

    @property
    def peu_de_faits(self) -> bool:
        """Whether the presence rests on too few appointments to offer more than one place beyond the counters."""
        return self.faits < FAITS_SUFFISANTS

    @property
    def peu_de_passages(self) -> bool:
        """Whether the durations are those of the catalogue rather than measured ones."""
        return self.mesures.passages < FAITS_SUFFISANTS

    @property
    def modifiee(self) -> bool:
        """Whether some slot is over- or under-booked now."""
        return any(c.ecart for c in self.creneaux)

    @property
    def proposees(self) -> dict[int, int]:
        """Places proposed, by slot; closed ones keep theirs."""
        if self.comparaison is None:
            return {}
        propose = zip(self.creneaux, self.cases, self.comparaison.propose.places, strict=True)
        return {creneau.pk: n for creneau, case, n in propose if not case.figee}

    @property
    def utile(self) -> bool:
        """Whether the proposal changes something."""
        return any(self.proposees.get(c.pk, c.places) != c.places for c in self.creneaux)

    @property
    def empreinte(self) -> str:
        """What the manager has seen: the proposal and what it starts from, as a short text."""
        vu = [(c.pk, c.places, c.ecart, self.proposees.get(c.pk)) for c in self.creneaux]
        return sha256(repr(vu).encode()).hexdigest()[:32]


def regles_surreservation(site: Site) -> Regles:
    """Return the rules of a site: field by field its own, else the national ones (one query)."""
    return Regles(**valeurs_posees(RegleSurreservation.objects.all(), [site.pk], CHAMPS_REGLES)[site.pk])


def regles_nationales() -> Regles:
    """Return the national rules (one query)."""
    return Regles(**valeurs_posees(RegleSurreservation.objects.all(), [], CHAMPS_REGLES)[None])


def regle_du_site(site: Site) -> RegleSurreservation | None:
    """Return what a site has set for itself."""
    return RegleSurreservation.objects.filter(site=site).first()


def files_surreservables(agent: Agent) -> list[FileGuichet]:
    """Return the queues that the agent plans, but those where a doctor receives one person at a time."""
    return [f for f in files_planifiees(agent) if f.site.genre != Site.Genre.MEDICAL]


def jours_a_venir(file: FileGuichet, *, maintenant: datetime) -> list[date]:
    """Return the days from tomorrow on that have slots (one query)."""
    zone = ZoneInfo(file.site.prefecture.fuseau)
    aujourdhui = maintenant.astimezone(zone).date()
    creneaux = Creneau.objects.filter(file=file, debut__gt=maintenant).exclude(etat=Creneau.Etat.RETIRE)
    jours = creneaux.annotate(jour=TruncDate("debut", tzinfo=zone)).values_list("jour", flat=True)
    return [j for j in jours.distinct().order_by("jour") if j > aujourdhui]


def lire_journee(file: FileGuichet, jour: date, modele: ModelePresence) -> JourneeLue:
    """Read a day of a queue and compare its plans (four queries, and those of the measures once an hour).

    Args:
        file: with its site and préfecture loaded.
        jour: a day to come.
        modele: who is expected to come, learned from the days before.
    """
    prefecture = file.site.prefecture
    tous = Creneau.objects.filter(file=file).du_jour(jour, prefecture.fuseau).exclude(etat=Creneau.Etat.RETIRE)
    creneaux = [
        c for c in tous.order_by("debut", "pk") if c.guichets or (c.guichets is None and c.base + c.reserve > 0)
    ]
    faits = faits_avant(prefecture, modele.jour, file=file, au_plus=FAITS_D_UNE_FILE)
    appris = modele_de(modele)
    attendus = [avec_rappels(r, faits) for r in attendus_le(file, jour)]
    cases = _cases(creneaux, attendus, faits, appris, ZoneInfo(prefecture.fuseau))
    mesures = mesures_de(file, modele.jour)
    ouvert = sum(c.minutes for c in creneaux)
    service = Service(mesures.moyenne, mesures.cv, mesures.sans_rdv / ouvert if ouvert else 0.0)
    regles = regles_surreservation(file.site)
    if len(faits) < FAITS_SUFFISANTS:
        regles = replace(regles, surplus_max=min(regles.surplus_max, SURPLUS_SANS_FAITS))
    comparaison = comparer(cases, service, regles) if regles.active else None
    return JourneeLue(file, jour, modele.jour, creneaux, cases, mesures, service, len(faits), regles, comparaison)


def avec_rappels(rendez_vous: RendezVousLu, faits: list[RendezVousLu]) -> RendezVousLu:
    """Count the reminders still to leave: as many as the queue's past appointments had."""
    usuels = round(sum(f.circonstances.rappels for f in faits) / len(faits)) if faits else 0
    rappels = max(rendez_vous.circonstances.rappels, usuels)
    return replace(rendez_vous, circonstances=replace(rendez_vous.circonstances, rappels=rappels))


def _cases(
    creneaux: list[Creneau], attendus: list[RendezVousLu], faits: list[RendezVousLu], modele: Modele, zone: ZoneInfo
) -> tuple[Case, ...]:
    prises: dict[datetime, list[float]] = {}
    for rendez_vous, presence in zip(attendus, modele.presences([r.circonstances for r in attendus]), strict=True):
        for instant in rendez_vous.instants:  # somebody who stays for two slots is expected in both
            prises.setdefault(instant, []).append(float(presence))
    libres = _presences_des_libres([c.debut.astimezone(zone) for c in creneaux], faits, modele)
    return tuple(_case(c, prises.get(c.debut, []), libre, zone) for c, libre in zip(creneaux, libres, strict=True))


def _case(creneau: Creneau, connues: list[float], libre: float, zone: ZoneInfo) -> Case:
    local = creneau.debut.astimezone(zone)
    presences = [*connues, *[libre] * (creneau.prises - len(connues))][: creneau.prises]
    return Case(
        debut=local.hour * 60 + local.minute,
        minutes=creneau.minutes,
        base=creneau.base,
        reserve=creneau.reserve,
        places=creneau.places if creneau.etat == Creneau.Etat.OUVERT else creneau.prises,
        presences=tuple(presences),
        presence=libre,
        figee=creneau.etat != Creneau.Etat.OUVERT,
        guichets=creneau.guichets,
    )


def _presences_des_libres(debuts: list[datetime], faits: list[RendezVousLu], modele: Modele) -> list[float]:
    """Return, by start, the probability that who takes a free place comes: as those of the past, at that hour."""
    semblables = [f.circonstances for f in faits] or [INCONNU]
    voulus = [
        replace(c, heure=debut.hour + debut.minute / 60, jour=debut.weekday()) for debut in debuts for c in semblables
    ]
    moyennes = np.reshape(modele.presences(voulus), (len(debuts), len(semblables))).mean(axis=1) if debuts else []
    return [round(float(p), 4) for p in moyennes]
