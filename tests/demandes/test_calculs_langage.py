"""The conditions as a text: what is written is read back, and what is wrong is shown where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.conditions import COMPARAISONS, est_vraie
from demandes.calculs.faits import FAITS, NOMS_DES_FAITS
from demandes.calculs.langage import LONGUEUR_MAX, MOTS, analyser, ecrire
from demandes.calculs.phrases import dire
from demandes.calculs.vocabulaire import ErreurCondition, Nom, Vocabulaire

NOMS = st.sampled_from(["hebergement", "revenu", "date_visa", "question-1", "âge"])
NOMBRES = st.integers(-99999, 99999) | st.decimals(0, 9999, places=2).map(lambda d: float(str(d)))
TEXTES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
DATES = st.dates().map(lambda d: d.isoformat())
VALEURS = NOMBRES | TEXTES | DATES

COMPARAISON = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["egal", "different", "superieur", "inferieur", "au_moins", "au_plus"]),
            "question": NOMS,
            "valeur": VALEURS,
        }
    ),
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["dans", "hors"]),
            "question": NOMS,
            "valeurs": st.lists(VALEURS, min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries({"op": st.just("compris"), "question": NOMS, "min": VALEURS, "max": VALEURS}),
    st.fixed_dictionaries({"op": st.just("vide"), "question": NOMS}),
)
CONDITIONS = st.recursive(
    COMPARAISON,
    lambda sous: st.one_of(
        st.fixed_dictionaries({"op": st.sampled_from(["et", "ou"]), "termes": st.lists(sous, min_size=2, max_size=3)}),
        st.fixed_dictionaries({"op": st.just("non"), "terme": sous}),
    ),
    max_leaves=6,
)
HEBERGEMENT = Nom("hebergement", "Où logez-vous ?", "choix", {"proprietaire": "Chez moi", "tiers": "Chez un tiers"})
VOCABULAIRE = Vocabulaire(
    [*FAITS, HEBERGEMENT, Nom("enfants", "Avez-vous des enfants ?", "oui_non"), Nom("revenu", "Revenu ?", "nombre")],
    plus_tard=["profession"],
)


def profond(condition: dict[str, Any]) -> int:
    sous = condition.get("termes") or [condition[c] for c in ("terme",) if c in condition]
    return 1 + max((profond(t) for t in sous), default=0)


@given(CONDITIONS)
def test_what_is_written_is_read_back_the_same(condition):
    texte = ecrire(condition)
    if len(texte) <= LONGUEUR_MAX and profond(condition) <= 4:
        assert analyser(texte) == condition


TYPES = Vocabulaire(
    [
        Nom("remarque", "Une remarque ?", "texte"),
        Nom("visa", "Quand ?", "date"),
        Nom("lieu", "Où ?", "choix", {"2030-01-01": "Un nom de salle", "ici": "Ici"}),
    ]
)
FAUSSES_DATES = DATES | st.sampled_from(["2030-01-01", "2030-13-45", "0001-01-01", "01/01/2030"]) | TEXTES


def comparaisons_typees(nom, valeurs, ordres):
    return st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["egal", "different", *ordres]), "question": st.just(nom), "valeur": valeurs}
        ),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["dans", "hors"]),
                "question": st.just(nom),
                "valeurs": st.lists(valeurs, min_size=1, max_size=3),
            }
        ),
    )


TYPEES = st.one_of(
    comparaisons_typees("remarque", FAUSSES_DATES, []),
    comparaisons_typees("lieu", st.sampled_from(["2030-01-01", "ici"]), []),
    comparaisons_typees("visa", DATES, ["inferieur", "superieur", "au_moins", "au_plus"]),
    st.fixed_dictionaries({"op": st.just("compris"), "question": st.just("visa"), "min": DATES, "max": DATES}),
)


@given(TYPEES, st.sampled_from([TYPES, None]), st.sampled_from([TYPES, None]))
def test_a_text_that_looks_like_a_date_is_read_back_as_that_text(condition, pour_ecrire, pour_lire):
    assert analyser(ecrire(condition, pour_ecrire), pour_lire) == condition


@pytest.mark.parametrize(
    ("condition", "texte"),
    [
        ({"op": "egal", "question": "visa", "valeur": "2030-01-31"}, "visa est 31/01/2030"),
        ({"op": "inferieur", "question": "visa", "valeur": "2030-01-31"}, "visa < 31/01/2030"),
        ({"op": "dans", "question": "visa", "valeurs": ["2030-01-31"]}, "visa dans [31/01/2030]"),
        ({"op": "egal", "question": "remarque", "valeur": "2030-01-31"}, 'remarque est "2030-01-31"'),
        ({"op": "inferieur", "question": "inconnue", "valeur": "2030-01-31"}, "inconnue < 31/01/2030"),
    ],
)
def test_only_a_date_is_written_as_one(condition, texte):
    assert ecrire(condition, TYPES) == texte


MORCEAUX = st.sampled_from([*sorted(MOTS), "a", "(", ")", "[", "]", '"x"', "3", ",", "<", "oui"])


@given(st.text(max_size=60) | st.lists(MORCEAUX).map(" ".join))
def test_any_text_is_read_or_refused_with_a_position(texte):
    erreur = None
    try:
        condition = analyser(texte)
        assert condition is None or analyser(ecrire(condition)) == condition
    except ErreurCondition as refus:
        erreur = refus
    assert erreur is None or 0 <= erreur.position <= len(texte)
    assert erreur is None or erreur.message.endswith((".", "?"))


def test_the_example_of_the_guide_reads_as_expected():
    condition = analyser('hebergement est "tiers" et (revenu > 1000 ou non enfants est oui)', VOCABULAIRE)
    assert condition == {
        "op": "et",
        "termes": [
            {"op": "egal", "question": "hebergement", "valeur": "tiers"},
            {
                "op": "ou",
                "termes": [
                    {"op": "superieur", "question": "revenu", "valeur": 1000},
                    {"op": "non", "terme": {"op": "egal", "question": "enfants", "valeur": "oui"}},
                ],
            },
        ],
    }
    assert est_vraie(condition, {"hebergement": "tiers", "revenu": "1500"})
    assert not est_vraie(condition, {"hebergement": "tiers", "revenu": "900", "enfants": "oui"})


@pytest.mark.parametrize(
    ("texte", "valeurs", "attendu"),
    [
        ('departement dans ["67", "68"]', {"departement": "68"}, True),
        ('departement hors de ["67"]', {"departement": "68"}, True),
        ('departement hors de ["67"]', {}, False),
        ('departement n’est pas "67"', {}, False),
        ('departement n\'est pas "67"', {"departement": "68"}, True),
        ("age < 18", {"age": 17}, True),
        ("age < 18", {"age": None}, False),
        ("age compris entre 18 et 25", {"age": 25}, True),
        ("age compris entre 18 et 25", {"age": 26}, False),
        ("age ≥ 18 et age <= 20", {"age": 20}, True),
        ("titre_expire_le avant 31/12/2026", {"titre_expire_le": "2026-12-30"}, True),
        ("titre_expire_le après 31/12/2026", {"titre_expire_le": "2026-12-30"}, False),
        ("numero_etranger est vide", {}, True),
        ("numero_etranger n’est pas vide", {"numero_etranger": "9912345678"}, True),
        ("commune est « saint-louis »", {"commune": "Saint Louis"}, True),
        ("AGE < 18 ou age > 60", {"age": 70}, None),
    ],
)
def test_each_way_to_compare(texte, valeurs, attendu):
    if attendu is None:
        with pytest.raises(ErreurCondition, match="age"):
            analyser(texte, VOCABULAIRE)
        return
    condition = analyser(texte, VOCABULAIRE)
    assert est_vraie(condition, valeurs) is attendu
    assert analyser(ecrire(condition), VOCABULAIRE) == condition


@pytest.mark.parametrize(
    ("texte", "position", "phrase"),
    [
        ("ageu < 18", 0, "« ageu » n’est ni une question ni un fait connu. Vouliez-vous dire « age » ?"),
        ("age < 18 et", 11, "la condition s’arrête"),
        ('age < "18"', 6, "« age » est un nombre"),
        ('hebergement est "tier"', 16, "Vouliez-vous dire « tiers » ?"),
        ("hebergement est tiers et", 16, "entre guillemets"),
        ("hebergement est tier", 16, "entre guillemets"),
        ('hebergement > "tiers"', 12, "on ne peut pas l’ordonner"),
        ('profession est "maçon"', 0, "est posée plus tard"),
        ('enfants est "peut-être"', 12, "n’est pas une réponse possible à « enfants »"),
        ("(age < 18", 0, "n’est pas refermée"),
        ('commune est "Metz', 12, "ne sont pas refermés"),
        ("age < 18 age > 20", 9, "« et » ou « ou »"),
        ("titre_expire_le avant 31/02/2026", 22, "n’est pas une date"),
        ("revenu > 1000,50", 9, "décimales suivent un point"),
        ('departement dans "67"', 17, "une liste entre crochets"),
        ("et age < 18", 0, "le nom d’une question ou d’un fait"),
        ("age & 3", 4, "n’a pas de sens ici"),
        ("(" * 9 + "age < 18" + ")" * 9, 8, "Trop de parenthèses"),
        (" ou ".join(["age < 18"] * 41), None, "Trop de comparaisons"),
        ("a" * 1001, 1000, "trop longue"),
        ("revenu > 1234567890123", 9, "trop long"),
    ],
)
def test_each_mistake_is_told_where_it_is(texte, position, phrase):
    with pytest.raises(ErreurCondition) as refus:
        analyser(texte, VOCABULAIRE)
    assert phrase in refus.value.message
    assert position is None or refus.value.position == position
    assert str(refus.value).startswith(f"Au caractère {refus.value.position + 1} : ")


def test_every_operator_of_the_tree_can_be_written():
    feuille = {"question": "q", "valeur": 1, "valeurs": [1], "min": 1, "max": 2}
    for op in COMPARAISONS:
        assert analyser(ecrire({"op": op, **feuille})) is not None


def conditions_du_catalogue():
    for fichier in sorted((Path(settings.BASE_DIR) / "demandes/donnees/motifs").glob("*.json")):
        motif = json.loads(fichier.read_text(encoding="utf-8"))
        noms = [
            Nom(q["code"], q["libelle"], q["genre"], {o["valeur"]: o["libelle"] for o in q["options"]})
            for q in motif["questions"]
        ]
        for rang, q in enumerate(motif["questions"]):
            yield q["condition"], Vocabulaire([*FAITS, *noms[:rang]])
        for piece in motif["pieces"]:
            yield piece["condition"], Vocabulaire([*FAITS, *noms])
        for nom in noms:
            assert nom.code not in NOMS_DES_FAITS | MOTS, nom.code


def test_every_condition_of_the_catalogue_passes_the_check_of_types():
    verifiees = 0
    for condition, vocabulaire in conditions_du_catalogue():
        assert analyser(ecrire(condition), vocabulaire) == condition
        verifiees += condition is not None
    assert verifiees > 90


def test_words_keep_the_parentheses():
    a, b, c = ({"op": "egal", "question": q, "valeur": "oui"} for q in "abc")
    ou = {"op": "ou", "termes": [a, b]}
    dit = dire({"op": "et", "termes": [ou, c]}, {})
    assert dit.startswith("(à « a »")
    assert dit != dire({"op": "ou", "termes": [a, {"op": "et", "termes": [b, c]}]}, {})
