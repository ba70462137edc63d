from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.avis import (
    CATEGORIES,
    FAVORABLES,
    REGLES,
    RESTRICTIONS,
    Exigence,
    Saisie,
    Sens,
    defaut,
    duree_maximale,
    est_rpps,
    fonde_un_accord,
    valable_jusqu_au,
)


def champ(saisie, *, age=40, en_commission=True):
    trouve = defaut(saisie, age=age, en_commission=en_commission)
    return trouve[0] if trouve else None


@pytest.mark.parametrize(
    ("saisie", "attendu"),
    [
        (Saisie("apte", ["B"]), None),
        (Saisie("apte", []), "categories"),
        (Saisie("apte", ["Z"]), "categories"),
        (Saisie("gueri", ["B"]), "sens"),
        (Saisie("apte", ["B"], restrictions=["01"]), "restrictions"),
        (Saisie("apte_restrictions", ["B"]), "restrictions"),
        (Saisie("apte_restrictions", ["B"], restrictions=["01"]), None),
        (Saisie("apte_restrictions", ["B"], restrictions=["diabete"]), "restrictions"),
        (Saisie("apte_temporaire", ["B"]), "duree_mois"),
        (Saisie("apte_temporaire", ["B"], 12), None),
        (Saisie("inapte", ["B"], 12), "duree_mois"),
        (Saisie("ead", ["B"], 12), None),
        (Saisie("renvoi", ["B"]), "sens"),
        (Saisie("apte", ["C"]), "duree_mois"),
        (Saisie("apte", ["C"], 60), None),
        (Saisie("apte", ["C"], 61), "duree_mois"),
    ],
)
def test_an_opinion_of_a_commission_holds_together_or_names_the_field(saisie, attendu):
    assert champ(saisie) == attendu


def test_a_practice_neither_concludes_on_the_ead_nor_misses_sending_to_the_commission():
    assert champ(Saisie("ead", ["B"], 12), en_commission=False) == "sens"
    assert champ(Saisie("renvoi", ["B"]), en_commission=False) is None


@pytest.mark.parametrize(
    ("categories", "age", "mois"),
    [
        (["B"], 90, None),
        (["C"], 59, 60),
        (["C"], 60, 24),
        (["C"], 76, 24),
        (["C"], 77, 12),
        (["D"], 59, 60),
        (["D"], 60, 12),
        (["C", "D"], 65, 12),
        (["CE"], None, 60),
    ],
)
def test_heavy_vehicles_are_limited_by_age(categories, age, mois):
    assert duree_maximale(categories, age) == mois


@given(
    st.sampled_from(list(Sens)),
    st.lists(st.sampled_from(CATEGORIES), unique=True),
    st.none() | st.integers(-5, 400),
    st.lists(st.sampled_from(list(RESTRICTIONS)), unique=True),
    st.integers(16, 100),
    st.booleans(),
)
def test_what_passes_obeys_the_table(sens, categories, duree, restrictions, age, en_commission):
    saisie = Saisie(sens, categories, duree, restrictions)
    if defaut(saisie, age=age, en_commission=en_commission) is None:
        regle = REGLES[sens]
        assert (regle.duree, duree is None) != (Exigence.REQUISE, True)
        assert not (regle.duree is Exigence.INTERDITE and duree is not None)
        assert not (regle.restrictions is Exigence.INTERDITE and restrictions)
        maximum = duree_maximale(categories, age)
        if regle.favorable and maximum is not None:
            assert duree in range(1, maximum + 1)


@pytest.mark.parametrize(
    ("sens", "duree", "jour", "attendu"),
    [
        ("apte", None, date(2032, 3, 5), True),
        ("apte", None, date(2032, 3, 6), False),
        ("apte_temporaire", 6, date(2030, 9, 5), True),
        ("apte_temporaire", 6, date(2030, 9, 6), False),
        ("inapte", None, date(2030, 3, 6), False),
        ("renvoi", None, date(2030, 3, 6), False),
    ],
)
def test_a_grant_stands_on_a_favourable_opinion_that_still_runs(sens, duree, jour, attendu):
    assert fonde_un_accord(sens, date(2030, 3, 5), duree, jour) is attendu


def test_what_is_favourable_lets_drive():
    assert {"apte", "apte_temporaire", "apte_restrictions", "ead"} == FAVORABLES
    assert valable_jusqu_au(date(2030, 8, 31), 6) == date(2031, 2, 28)


def test_rpps_has_a_key():
    assert est_rpps("10001234565")
    assert not est_rpps("10001234564")
    assert not est_rpps("1000123456")
    assert not est_rpps("1000123456x")
    assert not est_rpps("")
