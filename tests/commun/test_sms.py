"""Text messages: what they take on the air, and the letters that need not cost a part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planipref.commun.sms import Alphabet, alleger, mesurer


@pytest.mark.parametrize(
    ("texte", "alphabet", "caracteres", "parties"),
    [
        ("", Alphabet.GSM_7, 0, 1),
        ("a" * 160, Alphabet.GSM_7, 160, 1),
        ("a" * 161, Alphabet.GSM_7, 161, 2),
        ("a" * 306, Alphabet.GSM_7, 306, 2),
        ("a" * 307, Alphabet.GSM_7, 307, 3),
        ("€" * 80, Alphabet.GSM_7, 160, 1),
        ("é" * 160, Alphabet.GSM_7, 160, 1),
        ("ê" * 70, Alphabet.UCS_2, 70, 1),
        ("ê" * 71, Alphabet.UCS_2, 71, 2),
        ("م" * 134, Alphabet.UCS_2, 134, 2),
        ("😀" * 35, Alphabet.UCS_2, 70, 1),
        ("😀" * 36, Alphabet.UCS_2, 72, 2),
    ],
)
def test_measure(texte: str, alphabet: Alphabet, caracteres: int, parties: int) -> None:
    mesure = mesurer(texte)
    assert (mesure.alphabet, mesure.caracteres, mesure.parties) == (alphabet, caracteres, parties)


def test_letters_are_lightened_in_the_latin_script_only() -> None:
    assert alleger("Préfecture\u00a0: êtes-vous prêt\u202f? C’est «\u00a0ça\u00a0»…") == (
        'Préfecture : etes-vous pret ? C\'est " ca "...'
    )
    assert alleger("Başvurunuz için") == "Basvurunuz icin"
    assert alleger("Vous êtes 警察") == "Vous êtes 警察"


@given(st.text(max_size=400))
def test_lightening_never_costs_more(texte: str) -> None:
    leger = alleger(texte)
    assert mesurer(leger).parties <= max(mesurer(texte).parties, 1) or mesurer(texte).alphabet == Alphabet.GSM_7
    assert alleger(leger) == leger
