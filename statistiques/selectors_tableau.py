"""The statistics page's data, ready to be shown or exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from demandes.models import Motif
from planipref.commun.export import Cellule
from planipref.commun.graphique import Barre, barres, sommet_rond
from statistiques.calculs.comptes import Comptes, Fait, Indicateur, par_motif, par_tranche, totaux
from statistiques.calculs.delais import ETAPES_MESUREES, Delai, EtapeMesuree
from statistiques.calculs.periode import Periode
from statistiques.selectors import LigneStock, Selection, delais, delais_par_motif, faits, stock

SANS_DEMANDE = "Passages sans demande"
SERIES: tuple[tuple[str, Callable[[Comptes], int]], ...] = (
    ("Demandes reçues", lambda c: c.recues),
    ("Passages reçus au guichet", lambda c: c.passages),
    ("Décisions", lambda c: c.decidees),
    ("Titres remis", lambda c: c.remises),
)
LIBELLES_INDICATEURS: dict[Indicateur, str] = {
    Indicateur.RECUES: "Demandes reçues",
    Indicateur.COMPLETES: "Dossiers complets",
    Indicateur.CONVOQUEES: "Convocations en réception",
    Indicateur.RDV_PRIS: "Rendez-vous pris",
    Indicateur.RDV_PRIS_REMISE: "Rendez-vous pris pour une remise",
    Indicateur.HONORES: "Rendez-vous honorés",
    Indicateur.ABSENTS: "Absences",
    Indicateur.PASSAGES: "Passages reçus",
    Indicateur.PERSONNES: "Personnes reçues",
    Indicateur.SANS_RDV: "Passages reçus sans rendez-vous",
    Indicateur.ACCORDEES: "Accords",
    Indicateur.REFUSEES: "Refus",
    Indicateur.REMISES: "Titres remis",
    Indicateur.SANS_SUITE: "Demandes sans suite",
}
ENTETES_EXPORT = ("Rubrique", "Indicateur", "Du", "Au", "Code du motif", "Motif", "Valeur", "Unité")


@dataclass(frozen=True)
class Serie:
    """One chart.

    Args:
        titre: what is counted.
        total: over the period.
        maximum: greatest count of a bar.
        barres: one per bar of the period.
    """

    titre: str
    total: int
    maximum: int
    barres: list[Barre]


@dataclass(frozen=True)
class LigneMotif:
    """A motif's row.

    Args:
        libelle: name of the motif.
        comptes: counts of the period.
        delai: from deposit to decision, None when nothing was decided.
    """

    libelle: str
    comptes: Comptes
    delai: Delai | None


@dataclass(frozen=True)
class Tableau:
    """Everything the page shows.

    Args:
        selection: what the figures are about.
        totaux: counts of the period.
        tranches: days and counts of each bar.
        series: the charts, on one scale.
        sommet: value at the top of each chart.
        delais: each delay; None when no demande ended the step.
        motifs: rows by motif, the most received first.
        stock: live demandes by state.
    """

    selection: Selection
    totaux: Comptes
    tranches: list[tuple[Periode, Comptes]]
    series: list[Serie]
    sommet: int
    delais: list[tuple[EtapeMesuree, Delai | None]]
    motifs: list[LigneMotif]
    stock: list[LigneStock]

    @property
    def stock_total(self) -> LigneStock:
        """Sum of the live demandes."""
        lignes = self.stock
        return LigneStock(
            "",
            "Ensemble",
            sum(s.nombre for s in lignes),
            sum(s.depassees for s in lignes),
            sum(s.proches for s in lignes),
        )


def tableau(selection: Selection, catalogue: Sequence[Motif], *, maintenant: datetime) -> Tableau:
    """Return the page's data (seven queries, whatever the volume).

    Args:
        selection: what the figures are about.
        catalogue: the motifs, to name them.
        maintenant: instant of the live stock.
    """
    comptes = faits(selection)
    tranches = par_tranche(comptes, selection.periode.tranches())
    sommet = sommet_rond(max(max(valeur(c) for _, c in tranches) for _, valeur in SERIES))
    mesures = delais(selection)
    return Tableau(
        selection,
        totaux(comptes),
        [(selection.periode.bornes_de(tranche), c) for tranche, c in tranches],
        [_serie(titre, [valeur(c) for _, c in tranches], sommet) for titre, valeur in SERIES],
        sommet,
        [(etape, mesures.get(etape.code)) for etape in ETAPES_MESUREES],
        _lignes_par_motif(comptes, catalogue, delais_par_motif(selection)),
        stock(selection, maintenant=maintenant),
    )


def _serie(titre: str, valeurs: list[int], sommet: int) -> Serie:
    return Serie(titre, sum(valeurs), max(valeurs), barres(valeurs, sommet))


def _lignes_par_motif(comptes: list[Fait], catalogue: Sequence[Motif], mesures: dict[int, Delai]) -> list[LigneMotif]:
    sommes = par_motif(comptes)
    lignes = [LigneMotif(m.libelle_court, sommes[m.pk], mesures.get(m.pk)) for m in catalogue if m.pk in sommes]
    lignes.sort(key=lambda ligne: (-ligne.comptes.recues, -ligne.comptes.passages))
    if None in sommes:
        lignes.append(LigneMotif(SANS_DEMANDE, sommes[None], None))
    return lignes


def lignes_export(selection: Selection, catalogue: Sequence[Motif], *, maintenant: datetime) -> Iterator[list[Cellule]]:
    """Yield the rows of the export: one figure a row, so that a pivot table takes them as they are.

    Args:
        selection: what the figures are about.
        catalogue: the motifs, to name them.
        maintenant: instant of the live stock.
    """
    noms = {m.pk: (m.code, m.libelle_court) for m in catalogue}
    for fait in sorted(faits(selection), key=lambda f: (f.tranche, f.motif_id or 0, f.indicateur)):
        jours = selection.periode.bornes_de(fait.tranche)
        motif = noms[fait.motif_id] if fait.motif_id else ("", SANS_DEMANDE)
        yield ["Flux", LIBELLES_INDICATEURS[fait.indicateur], *_jours(jours), *motif, fait.nombre, "nombre"]
    periode = _jours(selection.periode)
    for code, mesure in delais(selection).items():
        libelle = next(e.libelle for e in ETAPES_MESUREES if e.code == code)
        yield ["Délais", f"{libelle} : dossiers", *periode, "", "", mesure.nombre, "nombre"]
        yield ["Délais", f"{libelle} : médiane", *periode, "", "", mesure.mediane, "jours"]
        yield ["Délais", f"{libelle} : 90e centile", *periode, "", "", mesure.p90, "jours"]
    jour = _date(maintenant.astimezone(selection.zone).date())
    for ligne in stock(selection, maintenant=maintenant):
        yield ["Stock", ligne.libelle, jour, jour, "", "", ligne.nombre, "nombre"]
        yield ["Stock", f"{ligne.libelle} : échéance dépassée", jour, jour, "", "", ligne.depassees, "nombre"]
        yield ["Stock", f"{ligne.libelle} : échéance sous 30 jours", jour, jour, "", "", ligne.proches, "nombre"]


def _jours(periode: Periode) -> tuple[str, str]:
    return _date(periode.du), _date(periode.au)


def _date(jour: date) -> str:
    return f"{jour:%d/%m/%Y}"
