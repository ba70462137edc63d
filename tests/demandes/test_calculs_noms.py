"""Names searched without their accents: the same key in Python and in the base."""

from __future__ import annotations

import pytest

from demandes.calculs.noms import cle_de_nom, debuts_de_cle
from demandes.models import Demande
from tests.demandes.factories import DemandeFactory, UsagerFactory

NOMS = [
    "Nguyễn-Văn",
    "ÖZTÜRK",
    "d’Hondt",
    "Ould Ahmed",
    "Weiß",
    "Łukasz",
    "Œuvrard",
    "Ægir",
    "D'Angelo",
    "Đặng",
    "İnan",
]


@pytest.mark.django_db
@pytest.mark.parametrize("nom", NOMS)
def test_key_is_the_one_of_the_base(nom: str) -> None:
    usager = UsagerFactory(nom=nom, prenoms="Zoé")
    usager.refresh_from_db()
    assert usager.cle_identite.split("|")[0] == cle_de_nom(nom)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("texte", "trouve"), [("dupont lea", True), ("Léa DUPONT", True), ("dupont paul", False), ("%", False)]
)
def test_name_and_first_name_are_found_in_either_order(texte: str, *, trouve: bool) -> None:
    DemandeFactory(usager=UsagerFactory(nom="Dupont", prenoms="Léa, Marie"))
    assert Demande.objects.recherche(texte).exists() is trouve


@pytest.mark.parametrize("texte", ["|", " | ", "-", "’"])
def test_nothing_is_searched_without_a_letter(texte: str) -> None:
    assert debuts_de_cle(texte) == []
