"""The legal clock against a slow and independent count, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.delais import Suspension, ajouter, ajouter_mois, echeance, est_ouvre

UN = timedelta(days=1)
JOURS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
VALEURS = st.integers(0, 40)
FERIES = st.sets(st.dates(date(2020, 1, 1), date(2041, 12, 31)), max_size=30)
UNITES = st.sampled_from(["mois", "jours", "jours_ouvres", "jours_francs"])


def mois_a_pas_comptes(depart: date, mois: int) -> date:
    """Walk to the first day of the month aimed at, then on to the same number, or to the end of the month."""
    jour, restants = depart, mois
    if not mois:
        return depart
    while restants:
        jour += UN
        restants -= jour.day == 1
    while jour.day < depart.day and (jour + UN).day != 1:
        jour += UN
    return jour


def ferie(depart: date, ecarts: set[int]) -> set[date]:
    return {depart + timedelta(days=n) for n in ecarts}


@given(JOURS, VALEURS)
def test_ajouter_mois_is_the_count_by_quantieme(depart, mois):
    fin = ajouter_mois(depart, mois)
    assert fin == mois_a_pas_comptes(depart, mois)
    assert fin.day == depart.day or (fin + UN).day == 1


@pytest.mark.parametrize(
    ("depart", "mois", "fin"),
    [
        (date(2030, 1, 31), 1, date(2030, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2029, 11, 30), 3, date(2030, 2, 28)),
        (date(2030, 8, 31), 4, date(2030, 12, 31)),
        (date(2030, 8, 31), 6, date(2031, 2, 28)),
        (date(2030, 12, 15), 1, date(2031, 1, 15)),
        (date(2030, 3, 4), 4, date(2030, 7, 4)),
        (date(2100, 1, 31), 1, date(2100, 2, 28)),  # a century is not a leap year
        (date(2000, 1, 31), 1, date(2000, 2, 29)),  # but every fourth one is
        (date(2030, 5, 31), 0, date(2030, 5, 31)),
    ],
)
def test_ajouter_mois_at_the_ends_of_months(depart, mois, fin):
    assert ajouter_mois(depart, mois) == fin
    assert ajouter(depart, mois, "mois") == fin


@given(JOURS, JOURS, VALEURS)
def test_ajouter_mois_keeps_the_order_of_dates(un, autre, mois):
    assert ajouter_mois(min(un, autre), mois) <= ajouter_mois(max(un, autre), mois)


@given(JOURS, VALEURS)
def test_ajouter_jours_counts_each_day(depart, valeur):
    jour = depart
    for _ in range(valeur):
        jour += UN
    assert ajouter(depart, valeur, "jours") == jour


@given(JOURS, VALEURS, st.sets(st.integers(0, 90), max_size=25))
def test_ajouter_jours_ouvres_leaves_so_many_worked_days_behind(depart, valeur, ecarts):
    feries = ferie(depart, ecarts)
    fin = ajouter(depart, valeur, "jours_ouvres", feries)
    passes = [depart + UN * n for n in range(1, (fin - depart).days + 1)]
    ouvres = [j for j in passes if j.isoweekday() <= 5 and j not in feries]
    assert len(ouvres) == valeur
    assert not valeur or ouvres[-1] == fin


@given(JOURS, VALEURS, st.sets(st.integers(0, 90), max_size=25))
def test_ajouter_jours_francs_is_the_first_worked_day_after_so_many_whole_days(depart, valeur, ecarts):
    feries = ferie(depart, ecarts)
    fin = ajouter(depart, valeur, "jours_francs", feries)
    entiers = (fin - depart).days - 1  # days between, neither the first nor the last
    assert entiers >= valeur
    assert est_ouvre(fin, feries)
    plus_tot = [depart + UN * n for n in range(valeur + 1, (fin - depart).days)]
    assert not any(est_ouvre(j, feries) for j in plus_tot)


@pytest.mark.parametrize(
    ("depart", "valeur", "unite", "feries", "fin"),
    [
        (date(2030, 3, 4), 5, "jours_ouvres", (), date(2030, 3, 11)),  # Monday to Monday
        (date(2030, 3, 8), 1, "jours_ouvres", (), date(2030, 3, 11)),  # Friday to Monday
        (date(2030, 3, 9), 1, "jours_ouvres", (), date(2030, 3, 11)),  # from a Saturday
        (date(2030, 4, 19), 1, "jours_ouvres", (date(2030, 4, 22),), date(2030, 4, 23)),  # Easter Monday
        (date(2030, 3, 4), 3, "jours_francs", (), date(2030, 3, 8)),
        (date(2030, 3, 4), 4, "jours_francs", (), date(2030, 3, 11)),  # ends on Saturday: moved to Monday
        (date(2030, 4, 15), 4, "jours_francs", (date(2030, 4, 22),), date(2030, 4, 23)),
    ],
)
def test_ajouter_worked_and_clear_days_on_known_weeks(depart, valeur, unite, feries, fin):
    assert ajouter(depart, valeur, unite, feries) == fin


def test_ajouter_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="semaines"):
        ajouter(date(2030, 3, 4), 1, "semaines")


@given(JOURS, JOURS)
def test_suspension_is_never_negative(un, autre):
    jours = Suspension(un, autre).jours
    assert jours == max(0, (autre - un).days)
    assert Suspension(autre, un).jours * jours == 0


SUSPENSIONS = st.lists(st.builds(Suspension, JOURS, JOURS), max_size=4)
ATTENTES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 90)), max_size=4)


@given(JOURS, VALEURS, UNITES, ATTENTES, FERIES, st.sampled_from(["rejet", ""]))
def test_echeance_of_a_rejecting_clock_is_put_off_by_each_day_suspended(
    depot, valeur, unite, attentes, feries, silence
):
    """Requests follow each other, as the base keeps them; the oracle lets the clock run one day after the other."""
    susp, jour = [], depot
    for attente, duree in attentes:
        susp.append(Suspension(jour + UN * attente, jour + UN * (attente + duree)))
        jour = susp[-1].fin
    sans = echeance(depot, valeur, unite, silence=silence, feries=feries)
    assert sans == ajouter(depot, valeur, unite, feries)
    reste, jour = (sans - depot).days, depot
    arretes = {s.debut + UN * n for s in susp for n in range(s.jours)}
    while reste or (jour in arretes):
        reste -= jour not in arretes
        jour += UN
    assert echeance(depot, valeur, unite, silence=silence, suspensions=reversed(susp), feries=feries) == jour


def test_echeance_once_the_refusal_is_born_no_request_moves_it():
    tardive = Suspension(date(2030, 6, 1), date(2030, 6, 30))
    assert echeance(date(2030, 1, 1), 4, "mois", silence="rejet", suspensions=[tardive]) == date(2030, 5, 1)


@given(JOURS, VALEURS, UNITES, SUSPENSIONS, FERIES, st.none() | JOURS)
def test_echeance_of_an_accepting_clock_starts_with_the_last_piece(depot, valeur, unite, susp, feries, produite):
    fin = echeance(depot, valeur, unite, silence="acceptation", suspensions=susp, produite=produite, feries=feries)
    depart = depot if produite is None or produite < depot else produite
    assert fin == ajouter(depart, valeur, unite, feries)


@given(JOURS, SUSPENSIONS)
def test_echeance_without_a_delay_is_none(depot, susp):
    assert echeance(depot, None, "", silence="", suspensions=susp) is None
