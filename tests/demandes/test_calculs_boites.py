"""One mailbox, many spellings: what is compared, and what stays apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.boites import boite_de

MORCEAUX = st.text("abcxyz0189_-", min_size=1, max_size=8)
DOMAINES = st.sampled_from(["x.fr", "orange.fr", "gmail.com", "mail.gmail.com", "gmail.com.fr", "notgmail.com"])


@pytest.mark.parametrize(
    ("une", "autre"),
    [
        ("jean+1@x.fr", "jean+2@x.fr"),
        ("jean@x.fr", "jean+rdv+2@x.fr"),
        ("JEAN@X.FR", "jean@x.fr"),
        ("j.ean@gmail.com", "JEAN@googlemail.com"),
        ("j.e.a.n+a.b@gmail.com", "jean@gmail.com"),
        ('"jean"@x.fr', "jean@x.fr"),
        (" jean@x.fr ", "jean@x.fr"),
    ],
)
def test_spellings_of_one_mailbox_are_one(une: str, autre: str) -> None:
    assert boite_de(une) == boite_de(autre)


@pytest.mark.parametrize(
    ("une", "autre"),
    [
        ("j.ean@x.fr", "jean@x.fr"),
        ("j.ean@mail.gmail.com", "jean@mail.gmail.com"),
        ("j.ean@notgmail.com", "jean@notgmail.com"),
        ("jean@x.fr", "jean@y.fr"),
        ("jean@gmail.com", "jean@x.fr"),
        ("jean-1@x.fr", "jean-2@x.fr"),
        ("+a@x.fr", "+b@x.fr"),
    ],
)
def test_two_mailboxes_stay_two(une: str, autre: str) -> None:
    assert boite_de(une) != boite_de(autre)


def test_empty_address_is_empty() -> None:
    assert boite_de("") == ""


@given(st.lists(MORCEAUX, min_size=1, max_size=3), DOMAINES, st.text("ab.+", max_size=5), st.booleans())
def test_label_capitals_and_dots_change_nothing_where_they_count_for_nothing(
    morceaux: list[str], domaine: str, label: str, capitales: bool
) -> None:
    sobre = f"{'.'.join(morceaux)}@{domaine}"
    ornee = f"{'.'.join(morceaux)}+{label}@{domaine}"
    assert boite_de(ornee.upper() if capitales else ornee) == boite_de(sobre)
    assert boite_de(boite_de(sobre)) == boite_de(sobre)
    serree = f"{''.join(morceaux)}@{domaine}"
    assert (boite_de(serree) == boite_de(sobre)) is (domaine == "gmail.com" or len(morceaux) == 1)
