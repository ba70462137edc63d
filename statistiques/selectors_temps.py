"""Time that visits spend in each phase at the counter: median and ninth decile, by bar of the chart, queue and motif.

Read from `Phase`, which the services of the counter write. Agents are not read at all: no figure is about one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from demandes.models import Motif
from guichet.models import Passage
from planipref.commun.export import Cellule
from planipref.commun.graphique import Barre, barres, sommet_rond
from planning.models import FileGuichet
from statistiques.calculs.periode import Periode
from statistiques.selectors import Selection

# What a person lives through, in order; the other states of a visit last no time.
PHASES: dict[str, tuple[str, str]] = {
    Passage.Etat.ARRIVE: ("Attente", "De l’arrivée à l’appel, ou au départ de qui n’a pas attendu."),
    Passage.Etat.APPELE: ("Appel", "De l’appel au début de l’entretien : le temps de venir au guichet."),
    Passage.Etat.RECU: ("Entretien", "Au guichet, sans le temps mis de côté."),
    Passage.Etat.SUSPENDU: ("Mis de côté", "Le temps de chercher une photo ou une copie."),
}
ATTENTE, ENTRETIEN = Passage.Etat.ARRIVE, Passage.Etat.RECU
EN_GRAPHIQUE = (ATTENTE, ENTRETIEN)
ENTETES_EXPORT = (
    "Phase", "Du", "Au", "Site", "File", "Code du motif", "Motif", "Passages", "Médiane (minutes)",
    "90e centile (minutes)",
)  # fmt: skip

# A visit put aside is received twice: its stretches of one state in one queue are one time. One that the night closed
# (`guichet.services.absences.clore_les_passages`) says nothing of how long it lasted. One pass, whatever is grouped:
# 1.3 s for a year of 70 000 visits, 0.25 s for a month.
_SQL = """
WITH mesures AS (
  SELECT f.etat, f.file_id, COALESCE(d.motif_id, p.motif_id) AS motif_id, date_trunc(%(pas)s, p.jour)::date AS tranche,
    extract(epoch FROM sum(f.fin - f.debut)) / 60 AS minutes
  FROM guichet_passage p
  JOIN guichet_phase f ON f.passage_id = p.id
  LEFT JOIN demandes_demande d ON d.id = p.demande_id
  WHERE p.site_id = ANY (%(sites)s) AND p.jour BETWEEN %(du)s AND %(au)s AND p.etat <> 'annule'
    AND (f.fin AT TIME ZONE %(fuseau)s)::date = p.jour
    AND (%(file)s::bigint IS NULL OR f.file_id = %(file)s::bigint)
    AND (%(services)s::bigint[] IS NULL OR d.service_id = ANY (%(services)s::bigint[]))
    AND (%(motif)s::bigint IS NULL OR COALESCE(d.motif_id, p.motif_id) = %(motif)s::bigint)
  GROUP BY p.id, f.etat, f.file_id, d.motif_id, p.motif_id
)
SELECT etat, file_id, motif_id, tranche, grouping(file_id, motif_id, tranche), count(*),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY minutes)
FROM mesures GROUP BY GROUPING SETS ((etat), (etat, tranche), (etat, file_id), (etat, motif_id){detail})
"""
_DETAIL = ", (etat, file_id, tranche), (etat, motif_id, tranche)"
# What `grouping` answers: a bit for each of the three columns that the row does not tell apart.
_ENSEMBLE, _PAR_TRANCHE, _PAR_FILE, _PAR_MOTIF = 7, 6, 3, 5
_FILE_ET_TRANCHE, _MOTIF_ET_TRANCHE = 2, 4


@dataclass(frozen=True)
class Temps:
    """A time measured.

    Args:
        nombre: visits.
        mediane: minutes that half of them took at most.
        p90: minutes that nine out of ten took at most.
    """

    nombre: int
    mediane: float
    p90: float


@dataclass(frozen=True)
class LigneTemps:
    """A row of a table.

    Args:
        libelle: name of the bar, the queue or the motif.
        temps: what was measured, by phase.
        file: the queue, when the row is about one.
    """

    libelle: str
    temps: dict[str, Temps]
    file: FileGuichet | None = None

    @property
    def attente(self) -> Temps | None:
        """Time waited."""
        return self.temps.get(ATTENTE)

    @property
    def entretien(self) -> Temps | None:
        """Time at the counter."""
        return self.temps.get(ENTRETIEN)


@dataclass(frozen=True)
class Graphique:
    """A chart: behind, the ninth decile of each bar; before it, the median.

    Args:
        titre: the phase.
        total: over the whole period; None when nobody was there.
        p90: bars of the ninth decile.
        medianes: bars of the median.
    """

    titre: str
    total: Temps | None
    p90: list[Barre]
    medianes: list[Barre]


@dataclass(frozen=True)
class TableauTemps:
    """Everything the page shows.

    Args:
        selection: what the figures are about.
        file: the only queue kept; None for all.
        phases: each phase, what it is and how long it took.
        tranches: days of each bar, and its row.
        graphiques: one for the wait, one for the interview, on one scale.
        sommet: minutes at the top of each chart.
        files: rows by queue.
        motifs: rows by motif, the most received first.
    """

    selection: Selection
    file: FileGuichet | None
    phases: list[tuple[str, str, str, Temps | None]]
    tranches: list[tuple[Periode, LigneTemps]]
    graphiques: list[Graphique]
    sommet: int
    files: list[LigneTemps]
    motifs: list[LigneTemps]


@dataclass
class _Mesures:
    """Times, by phase, of each group."""

    ensemble: dict[str, Temps] = field(default_factory=dict)
    tranches: dict[date, dict[str, Temps]] = field(default_factory=dict)
    files: dict[int, dict[str, Temps]] = field(default_factory=dict)
    motifs: dict[int | None, dict[str, Temps]] = field(default_factory=dict)
    detail: list[tuple[str, int | None, int | None, date, int, Temps]] = field(default_factory=list)


def files_de(selection: Selection) -> dict[int, FileGuichet]:
    """Return the queues of the sites kept, those closed since included, by site and letter (one query)."""
    files = FileGuichet.objects.filter(site__in=selection.sites).select_related("site")
    return {f.pk: f for f in files.order_by("site__nom", "site", "lettre", "pk")}


def _mesurer(selection: Selection, file: FileGuichet | None, *, detail: bool = False) -> _Mesures:
    parametres: dict[str, Any] = {
        "pas": selection.periode.pas.value,
        "sites": list(selection.sites),
        "du": selection.periode.du,
        "au": selection.periode.au,
        "fuseau": selection.prefecture.fuseau,
        "file": file.pk if file else None,
        "services": None if selection.services is None else list(selection.services),
        "motif": selection.motif.pk if selection.motif else None,
    }
    mesures = _Mesures()
    with connection.cursor() as curseur:
        curseur.execute(_SQL.format(detail=_DETAIL if detail else ""), parametres)
        for etat, file_id, motif_id, tranche, groupe, nombre, centiles in curseur:
            temps = Temps(nombre, *centiles)
            if groupe == _ENSEMBLE:
                mesures.ensemble[etat] = temps
            elif groupe == _PAR_TRANCHE:
                mesures.tranches.setdefault(tranche, {})[etat] = temps
            elif groupe == _PAR_FILE:
                mesures.files.setdefault(file_id, {})[etat] = temps
            elif groupe == _PAR_MOTIF:
                mesures.motifs.setdefault(motif_id, {})[etat] = temps
            else:
                mesures.detail.append((etat, file_id, motif_id, tranche, groupe, temps))
    return mesures


def temps_au_guichet(
    selection: Selection, catalogue: Sequence[Motif], files: dict[int, FileGuichet], file: FileGuichet | None
) -> TableauTemps:
    """Return the page's data (one query, whatever the volume).

    Args:
        selection: what the figures are about.
        catalogue: the motifs, to name them.
        files: the queues, as `files_de` returns them.
        file: the only queue kept; None for all.
    """
    mesures = _mesurer(selection, file)
    tranches = [
        (selection.periode.bornes_de(t), LigneTemps("", mesures.tranches.get(t, {})))
        for t in selection.periode.tranches()
    ]
    hauts = [temps.p90 for _, ligne in tranches for e in EN_GRAPHIQUE if (temps := ligne.temps.get(e))]
    sommet = sommet_rond(round(max(hauts, default=0)) or 1)
    par_motif = [LigneTemps(m.libelle_court, mesures.motifs[m.pk]) for m in catalogue if m.pk in mesures.motifs]
    par_motif.sort(key=lambda ligne: -_recus(ligne))
    if None in mesures.motifs:
        par_motif.append(LigneTemps("Sans motif connu", mesures.motifs[None]))
    return TableauTemps(
        selection,
        file,
        [(etat, nom, definition, mesures.ensemble.get(etat)) for etat, (nom, definition) in PHASES.items()],
        tranches,
        [_graphique(e, mesures.ensemble.get(e), [ligne for _, ligne in tranches], sommet) for e in EN_GRAPHIQUE],
        sommet,
        [
            LigneTemps(f"{f.site.nom} : {f.nom}", mesures.files[f.pk], f)
            for f in files.values()
            if f.pk in mesures.files
        ],
        par_motif,
    )


def _recus(ligne: LigneTemps) -> int:
    return ligne.entretien.nombre if ligne.entretien else 0


def _graphique(etat: str, total: Temps | None, lignes: Sequence[LigneTemps], sommet: int) -> Graphique:
    temps = [ligne.temps.get(etat) for ligne in lignes]
    return Graphique(
        PHASES[etat][0],
        total,
        barres([round(t.p90) if t else 0 for t in temps], sommet),
        barres([round(t.mediane) if t else 0 for t in temps], sommet),
    )


def lignes_export(
    selection: Selection, catalogue: Sequence[Motif], files: dict[int, FileGuichet], file: FileGuichet | None
) -> Iterator[list[Cellule]]:
    """Yield the rows of the export: each phase by queue and bar, then by motif and bar; never both at once."""
    motifs = {m.pk: (m.code, m.libelle_court) for m in catalogue}
    rangs = {etat: rang for rang, etat in enumerate(PHASES)}
    detail = _mesurer(selection, file, detail=True).detail
    for etat, file_id, motif_id, tranche, groupe, temps in sorted(
        detail, key=lambda x: (x[4] != _FILE_ET_TRANCHE, x[3], x[1] or 0, x[2] or 0, rangs[x[0]])
    ):
        jours = selection.periode.bornes_de(tranche)
        lieu, motif = ("", ""), ("", "")
        if groupe == _FILE_ET_TRANCHE and file_id is not None:
            lieu = (files[file_id].site.nom, files[file_id].nom)
        elif groupe == _MOTIF_ET_TRANCHE:
            motif = motifs[motif_id] if motif_id else ("", "Sans motif connu")
        debut, fin = f"{jours.du:%d/%m/%Y}", f"{jours.au:%d/%m/%Y}"
        yield [PHASES[etat][0], debut, fin, *lieu, *motif, temps.nombre, round(temps.mediane, 1), round(temps.p90, 1)]
