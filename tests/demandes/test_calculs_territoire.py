from __future__ import annotations

import pytest

from demandes.calculs.territoire import departement


@pytest.mark.parametrize(
    ("code_postal", "attendu"),
    [
        ("67000", "67"),
        ("01000", "01"),
        ("20000", "2A"),
        ("20190", "2A"),
        ("20200", "2B"),
        ("20600", "2B"),
        ("97400", "974"),
        ("98800", "988"),
        ("00000", ""),
        ("99000", ""),
        ("6700", ""),
        ("67 000", ""),
        ("６７０００", ""),
        ("", ""),
    ],
)
def test_departement_follows_from_the_postal_code(code_postal, attendu):
    assert departement(code_postal) == attendu
