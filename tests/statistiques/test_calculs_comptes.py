"""Sums of counts: by bar, by motif, in all; and shares of nothing."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from statistiques.calculs.comptes import Comptes, Fait, Indicateur, par_motif, par_tranche, pourcentage, totaux

LUNDI, MARDI, MERCREDI = date(2030, 3, 4), date(2030, 3, 5), date(2030, 3, 6)
FAITS = [
    Fait(LUNDI, 1, Indicateur.RECUES, 3),
    Fait(LUNDI, 2, Indicateur.RECUES, 4),
    Fait(MERCREDI, 1, Indicateur.RECUES, 5),
    Fait(MERCREDI, None, Indicateur.PASSAGES, 6),
]


def test_every_indicateur_has_its_field() -> None:
    assert [f.name for f in fields(Comptes)] == [i.value for i in Indicateur]


def test_totaux_add_everything() -> None:
    assert totaux(FAITS) == Comptes(recues=12, passages=6)
    assert totaux([]) == Comptes()


def test_par_tranche_keeps_empty_bars_in_order() -> None:
    assert par_tranche(FAITS, [LUNDI, MARDI, MERCREDI]) == [
        (LUNDI, Comptes(recues=7)),
        (MARDI, Comptes()),
        (MERCREDI, Comptes(recues=5, passages=6)),
    ]


def test_par_motif_keeps_visits_without_demande_apart() -> None:
    assert par_motif(FAITS) == {1: Comptes(recues=8), 2: Comptes(recues=4), None: Comptes(passages=6)}


def test_shares_are_out_of_what_is_known() -> None:
    comptes = Comptes(honores=3, absents=1, passages=8, sans_rdv=2, accordees=4, refusees=1)
    assert (comptes.part_absents, comptes.part_sans_rdv, comptes.part_accordees) == (25, 25, 80)
    assert comptes.decidees == 5
    assert pourcentage(1, 0) is None
