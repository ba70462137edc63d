"""The hash of an event: Python and PostgreSQL write the same text, whatever the event says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from demandes.acteur import SYSTEME
from demandes.calculs.chaine import Ligne, canonique, sceller
from demandes.models import Evenement
from demandes.services import journal
from planipref.commun.transactions import acte
from tests.demandes.factories import INSTANT, PrefectureFactory
from tests.parcours import verifier_contraintes

pytestmark = pytest.mark.django_db

# What PostgreSQL stores of text: anything but the null character.
TEXTES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=10)
NOMBRES = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
CHARGES = st.dictionaries(
    TEXTES,
    st.recursive(
        st.none() | st.booleans() | NOMBRES | TEXTES,
        lambda sous: st.lists(sous, max_size=3) | st.dictionaries(TEXTES, sous, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
ENTIERS = st.integers(0, 2**62)
INSTANTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - bounds of the strategy are naive
    datetime(2999, 12, 31),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
BIZARRES: dict[str, Any] = {
    "é": "Étienne O’Connor « l’accentué » 😀 — œ",
    "عربي": "الجمهورية الفرنسية",
    "combining": "e\u0301 \u200f\u202e \ufeff",
    "guillemets": "\"'`\\ \\u0041 $$ %s {} |",
    "espaces": " \t\n\r\u00a0\u2028",
    "nombres": [0, -0.0, 1.0, 1.50, 1e22, 1e-7, 10**40, -(2**63)],
    "imbrique": {"a": [{"b": {"c": [None, True, [], {}]}}]},
}
SQL = """
SELECT evenement_canonique(e, %s), e.charge::text, sha256(%s || convert_to(evenement_canonique(e, %s), 'UTF8'))
FROM jsonb_populate_record(NULL::demandes_evenement, %s::jsonb) e
"""


def de_postgresql(precedent: bytes, rang: int, champs: dict[str, Any]) -> tuple[str, str, bytes]:
    """Return the canonical text, the payload's text and the seal that PostgreSQL gives an event never inserted."""
    ligne = champs | {"le": champs["le"].isoformat()}
    with connection.cursor() as curseur:
        curseur.execute(SQL, [rang, precedent, rang, json.dumps(ligne)])
        texte, charge, sceau = curseur.fetchone()
    return texte, charge, bytes(sceau)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    precedent=st.binary(max_size=32),
    rang=st.integers(1, 2**40),
    champs=st.fixed_dictionaries(
        {
            "prefecture_id": ENTIERS,
            "demande_id": st.none() | ENTIERS,
            "nature": TEXTES,
            "de": TEXTES,
            "vers": TEXTES,
            "acteur_genre": TEXTES,
            "acteur_id": ENTIERS,
            "le": INSTANTS,
            "charge": CHARGES,
        }
    ),
)
@example(
    precedent=b"\x00\xff" * 16,
    rang=1,
    champs={
        "prefecture_id": 1, "demande_id": None, "nature": "pièce|jointe", "de": "", "vers": "", "acteur_genre": "é|",
        "acteur_id": 0, "le": datetime(2030, 10, 27, 2, 30, 0, 1, tzinfo=UTC), "charge": BIZARRES,
    },
)  # fmt: skip
def test_evenement_canonique_is_the_same_text_in_python_and_in_postgresql(precedent, rang, champs):
    texte, charge, sceau = de_postgresql(precedent, rang, champs)
    ligne = Ligne(**champs | {"rang": rang, "charge": charge})
    assert canonique(ligne) == texte
    assert sceller(precedent, ligne) == sceau == sha256(precedent + texte.encode()).digest()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(charge=CHARGES, nature=TEXTES)
@example(charge=BIZARRES, nature="lecture:dossier")
def test_journaliser_odd_texts_keeps_the_chain_whole(charge, nature):
    """All the way: written by Django, sealed by the trigger, read again by the walk."""
    prefecture = PrefectureFactory()
    ecrire(prefecture.pk, charge, nature)
    verifier_contraintes()
    assert journal.verifier(prefecture) is None
    assert Evenement.objects.latest("pk").condensat


@acte
def ecrire(prefecture_id: int, charge: dict[str, Any], nature: str) -> None:
    journal.journaliser(nature, par=SYSTEME, maintenant=INSTANT, prefecture_id=prefecture_id, charge=charge)


@given(
    st.binary(max_size=32),
    st.fixed_dictionaries({"de": TEXTES, "vers": TEXTES, "acteur_id": ENTIERS, "charge": TEXTES}),
    st.sampled_from(["de", "vers", "acteur_id", "charge", "rang", "le", "demande_id", "prefecture_id"]),
)
def test_sceller_any_other_value_gives_another_seal(precedent, valeurs, change):
    ligne = Ligne(7, 1, 2, "transition:x", "", "", "agent", 3, INSTANT, "{}")._replace(**valeurs)
    autre: Any = {
        "de": ligne.de + "x", "vers": ligne.vers + "x", "charge": ligne.charge + " ", "acteur_id": ligne.acteur_id + 1,
        "rang": 8, "le": INSTANT + timedelta(microseconds=1), "demande_id": None, "prefecture_id": 2,
    }[change]  # fmt: skip
    assert sceller(precedent, ligne) != sceller(precedent, ligne._replace(**{change: autre}))
    assert sceller(precedent + b"x", ligne) != sceller(precedent, ligne)
    assert sceller(precedent, ligne._replace(le=INSTANT.astimezone(timezone(timedelta(hours=4))))) == sceller(
        precedent, ligne
    )
