"""Page data of over-booking and of the presence estimates: what is shown, in words and in bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from demandes.models import Agent, Evenement, Motif
from planipref.commun.graphique import Barre, barres, sommet_rond
from planning.calculs.presence import NOMS, Dixieme
from planning.calculs.propositions import Scenario
from planning.models import FileGuichet, ModelePresence
from planning.selectors_presence import FAITS_D_UNE_FILE, attendus_le, calibration_de, faits_avant, modele_de
from planning.selectors_surreservation import APPLIQUEE, RETIREE, JourneeLue, avec_rappels

# Effects said beside an appointment, and months whose last model is listed.
EFFETS_MONTRES, VERSIONS_MONTREES = 3, 12
# An effect below this many points of per cent is not worth a word.
EFFET_MIN = 0.5


@dataclass(frozen=True)
class Ligne:
    """A slot in the table.

    Args:
        debut: when.
        base: places without over- nor under-booking.
        places: places offered now.
        prises: places taken.
        proposees: places proposed; None where it is closed.
        presence: probability that a place is used, in per cent.
    """

    debut: datetime
    base: int
    places: int
    prises: int
    proposees: int | None
    presence: int


@dataclass(frozen=True)
class Plan:
    """A plan of places in the table that compares them.

    Args:
        code: `actuel`, `base`, `taux` or `propose`.
        nom: as the page says it.
        scenario: places, and what is expected.
    """

    code: str
    nom: str
    scenario: Scenario


@dataclass(frozen=True)
class Paires:
    """Bars two by two: one pale, one full.

    Args:
        pales: first of each pair.
        pleines: second of each pair.
        sommet: value at the top.
    """

    pales: list[Barre]
    pleines: list[Barre]
    sommet: int


@dataclass(frozen=True)
class Trace:
    """The last change of a day's places, as the journal tells it.

    Args:
        retiree: taken back rather than applied.
        agent: who.
        le: when.
    """

    retiree: bool
    agent: Agent
    le: datetime


@dataclass(frozen=True)
class PageJournee:
    """What the page of a day shows.

    Args:
        lue: the day.
        plans: the plans to compare, nothing when there is nothing to propose.
        lignes: slots.
        dessin: base and proposal, slot by slot.
        sans_rdv: people without appointment expected in the day, counted in places.
        gain: what the proposal saves on the cost without over-booking, in per cent.
        trace: who changed these places last.
    """

    lue: JourneeLue
    plans: list[Plan]
    lignes: list[Ligne]
    dessin: Paires | None
    sans_rdv: float
    gain: int
    trace: Trace | None


def page_journee(lue: JourneeLue) -> PageJournee:
    """Return what the page of a day shows (two queries at most)."""
    lignes = [
        Ligne(c.debut, case.base, c.places, c.prises, lue.proposees.get(c.pk), round(100 * case.moyenne()))
        for c, case in zip(lue.creneaux, lue.cases, strict=True)
    ]
    comparaison, trace = lue.comparaison, _trace(lue)
    if comparaison is None:
        return PageJournee(lue, [], lignes, None, lue.mesures.sans_rdv, 0, trace)
    base, propose = comparaison.base, comparaison.propose
    return PageJournee(
        lue,
        [
            Plan("actuel", "Rien ne change", comparaison.actuel),
            Plan("base", "Sans sur- ni sous-réservation", base),
            Plan("taux", "Même taux à tous les créneaux", comparaison.taux),
            Plan("propose", "Proposition", propose),
        ],
        lignes,
        _paires([c.base for c in lue.cases], propose.places, max(*propose.places, *(c.base for c in lue.cases))),
        lue.mesures.sans_rdv,
        round(100 * (1 - propose.bilan.cout / base.bilan.cout)) if base.bilan.cout else 0,
        trace,
    )


def _trace(lue: JourneeLue) -> Trace | None:
    """Read the journal (two queries at most): what is about no demande is little, and found by its index."""
    dernier = (
        Evenement.objects.filter(
            prefecture=lue.file.site.prefecture_id,
            demande=None,
            nature__in=[APPLIQUEE, RETIREE],
            charge__file_id=lue.file.pk,
            charge__jour=lue.jour.isoformat(),
        )
        .order_by("-le", "-pk")
        .first()
    )
    agent = Agent.objects.filter(pk=dernier.acteur_id).first() if dernier else None
    return Trace(dernier.nature == RETIREE, agent, dernier.le) if dernier and agent else None


@dataclass(frozen=True)
class Attendu:
    """An appointment and why it has its probability; neither a name nor a number of demande.

    Args:
        debut: when.
        motif: démarche.
        presence: in per cent.
        effets: (what it is about, points of per cent that it adds or takes away: « +3 », « −5 »), the strongest first.
    """

    debut: datetime
    motif: str
    presence: int
    effets: list[tuple[str, str]]


@dataclass(frozen=True)
class Version:
    """How right a version of the model was, on days that it had not seen.

    Args:
        jour: when it was learned.
        faits: from how many appointments.
        prevu: share expected to come, in per cent; None when the trial was too small.
        observe: share who came.
    """

    jour: date
    faits: int
    prevu: int | None
    observe: int | None


@dataclass(frozen=True)
class PagePresences:
    """What the page of the presence estimates shows.

    Args:
        modele: the model in force.
        dixiemes: what was expected and who came, in per cent, by tenth.
        dessin: the same in bars.
        versions: the last one of each month.
        attendus: appointments of the day chosen.
    """

    modele: ModelePresence
    dixiemes: list[tuple[int, int, int]]
    dessin: Paires | None
    versions: list[Version]
    attendus: list[Attendu]


def page_presences(file: FileGuichet, jour: date | None, modele: ModelePresence) -> PagePresences:
    """Return what the page of the presence estimates shows (four queries).

    Args:
        file: queue whose appointments are explained, with its préfecture loaded.
        jour: day of these; None for none.
        modele: model in force.
    """
    calibration = calibration_de(modele)
    dixiemes = [(d.nombre, _pour_cent(d.prevu), _pour_cent(d.observe)) for d in calibration]
    versions = ModelePresence.objects.derniers_du_mois(modele.prefecture_id)[:VERSIONS_MONTREES]
    return PagePresences(
        modele,
        dixiemes,
        _paires([p for _, p, _ in dixiemes], [o for _, _, o in dixiemes], 100) if dixiemes else None,
        [_version(v) for v in versions],
        _attendus(file, jour, modele) if jour else [],
    )


def _attendus(file: FileGuichet, jour: date, garde: ModelePresence) -> list[Attendu]:
    faits = faits_avant(file.site.prefecture, garde.jour, file=file, au_plus=FAITS_D_UNE_FILE)
    lus = [avec_rappels(r, faits) for r in attendus_le(file, jour)]
    modele = modele_de(garde)
    motifs = Motif.objects.in_bulk({r.circonstances.motif for r in lus})
    return [
        Attendu(
            r.debut,
            motifs[r.circonstances.motif].libelle,
            _pour_cent(modele.presence(r.circonstances)),
            [
                (NOMS[e.nom], f"{e.points:+.0f}".replace("-", "−"))
                for e in modele.expliquer(r.circonstances)[:EFFETS_MONTRES]
                if abs(e.points) >= EFFET_MIN
            ],
        )
        for r in lus
    ]


def _version(garde: ModelePresence) -> Version:
    calibration = calibration_de(garde)
    if not calibration:
        return Version(garde.jour, garde.faits, None, None)
    return Version(garde.jour, garde.faits, _moyenne(calibration, "prevu"), _moyenne(calibration, "observe"))


def _moyenne(dixiemes: Sequence[Dixieme], quoi: str) -> int:
    nombre = sum(d.nombre for d in dixiemes)
    return _pour_cent(sum(d.nombre * float(getattr(d, quoi)) for d in dixiemes) / nombre)


def _paires(pales: Sequence[int], pleines: Sequence[int], maximum: int) -> Paires:
    sommet = sommet_rond(maximum)
    toutes = barres([n for a, b in zip(pales, pleines, strict=True) for n in (a, b, 0)], sommet)
    return Paires(toutes[::3], toutes[1::3], sommet)


def _pour_cent(part: float) -> int:
    return round(100 * part)
