"""Numbers of demandes, as people type them."""

import pytest

from demandes.calculs.numeros import lire_numero


@pytest.mark.parametrize(
    ("saisi", "lu"),
    [
        ("67-2026-000123", "67-2026-000123"),
        (" 672026000123 ", "67-2026-000123"),
        ("2a 2026 000123", "2A-2026-000123"),
        ("9742026000123", "974-2026-000123"),
        ("bonjour", "BONJOUR"),
        ("67-2026-12", "67-2026-12"),
    ],
)
def test_number_is_read_with_or_without_its_dashes(saisi, lu):
    assert lire_numero(saisi) == lu
