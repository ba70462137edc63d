"""Places that change hands between connections: what chance gives is never shown, what a seller does is."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demandes.calculs.signalements import Geste, cessions, connexions_qui_cedent, hasard, personnes_qui_cedent
from tests.demandes.factories import INSTANT

DUREE = timedelta(minutes=60)
VENDEUR = "vendeur"


class Journee:
    """What is done behind links: people take a place, some give it back, and somebody else takes it at once."""

    def __init__(self) -> None:
        self.gestes: list[Geste] = []
        self.creneaux = self.acheteurs = 0

    def prend(self, personne: int, connexion: str) -> int:
        self.creneaux += 1
        self.gestes.append(Geste(INSTANT, personne, self.creneaux, True, connexion))
        return self.creneaux

    def cede(self, personne: int, connexion: str, *, apres: int = 15, vers: str = "") -> None:
        """Give back a place just taken; another person takes it, from their own connection unless told."""
        creneau = self.prend(personne, connexion)
        self.acheteurs += 1
        acheteur = -self.acheteurs
        prise = INSTANT + timedelta(minutes=1 + apres)
        self.gestes.append(Geste(INSTANT + timedelta(minutes=1), personne, creneau, False, connexion))
        self.gestes.append(Geste(prise, acheteur, creneau, True, vers or f"acheteur{acheteur}"))

    def honnetes(self, nombre: int, cedent: int) -> None:
        """Let persons take a place, each from their own connection; the first ones give it back."""
        for rang in range(nombre):
            geste = self.cede if rang < cedent else self.prend
            geste(1000 + rang, f"chez{rang}")

    def connexions(self, seuil: int = 3) -> set[str]:
        return set(connexions_qui_cedent(self.gestes, cessions(self.gestes, DUREE), seuil))

    def personnes(self, seuil: int = 5) -> set[int]:
        return set(personnes_qui_cedent(self.gestes, cessions(self.gestes, DUREE), seuil))


@given(st.integers(1, 80), st.integers(0, 80))
def test_one_place_given_back_by_each_honest_person_is_never_shown(nombre: int, cedent: int) -> None:
    """Were every place given back taken within minutes, and the thresholds the lowest that may be set."""
    jour = Journee()
    jour.honnetes(nombre, cedent)
    assert (jour.connexions(seuil=2), jour.personnes(seuil=2)) == (set(), set())


@pytest.mark.parametrize("foule", [0, 20, 300])
def test_connection_that_gives_back_places_of_several_persons_taken_elsewhere_is_shown(foule: int) -> None:
    jour = Journee()
    jour.honnetes(foule, foule // 10)
    for personne in range(4):
        jour.cede(personne, VENDEUR)
    assert jour.connexions() == {VENDEUR}
    assert jour.connexions(seuil=5) == set()


def test_seller_who_keeps_some_places_is_shown_all_the_same() -> None:
    jour = Journee()
    jour.honnetes(200, 20)
    for personne in range(6):
        jour.cede(personne, VENDEUR)
    for personne in range(6, 9):
        jour.prend(personne, VENDEUR)
    assert jour.connexions() == {VENDEUR}


def test_connection_that_many_share_and_that_gives_back_as_everybody_is_not_shown() -> None:
    jour = Journee()
    jour.honnetes(200, 20)
    for personne in range(100):
        geste = jour.cede if personne < 10 else jour.prend
        geste(personne, "médiathèque")
    assert jour.connexions() == set()


def test_day_when_everybody_gives_back_shows_who_gives_back_as_everybody_no_more() -> None:
    """A strike: four flatmates move their appointment as all others do."""
    jour = Journee()
    jour.honnetes(200, 150)
    for personne in range(4):
        jour.cede(personne, VENDEUR)
    assert jour.connexions() == set()


def test_family_counts_for_the_person_who_began_for_it() -> None:
    jour = Journee()
    for _ in range(4):
        jour.cede(1, VENDEUR)
    assert jour.connexions(seuil=2) == set()


@pytest.mark.parametrize(("apres", "vers"), [(61, ""), (15, VENDEUR)], ids=["too_late", "same_connection"])
def test_places_taken_late_or_from_the_same_connection_are_not_taken_elsewhere(apres: int, vers: str) -> None:
    jour = Journee()
    for personne in range(4):
        jour.cede(personne, VENDEUR, apres=apres, vers=vers)
    assert jour.connexions() == set()


def test_person_who_gives_back_place_after_place_is_shown_wherever_they_do_it() -> None:
    jour = Journee()
    jour.honnetes(200, 20)
    for rang in range(5):
        jour.cede(1, f"café{rang}")
    assert jour.personnes() == {1}
    assert jour.personnes(seuil=6) == set()


def test_one_slot_given_back_again_and_again_is_one_place() -> None:
    gestes = []
    for tour in range(6):
        quand = INSTANT + timedelta(hours=2 * tour)
        gestes += [Geste(quand, 1, 7, True, "a"), Geste(quand + timedelta(minutes=1), 1, 7, False, "a")]
        gestes.append(Geste(quand + timedelta(minutes=20), 100 + tour, 7, True, "b"))
    cedees = cessions(gestes, DUREE)
    assert len(cedees) == 6
    assert personnes_qui_cedent(gestes, cedees, 2) == {}


def test_who_takes_back_their_own_place_gave_it_to_nobody() -> None:
    rendue, reprise = Geste(INSTANT, 1, 7, False), Geste(INSTANT + timedelta(minutes=5), 1, 7, True)
    autre = Geste(INSTANT + timedelta(minutes=9), 2, 7, True)
    assert cessions([rendue, reprise, autre], DUREE) == []


@given(st.integers(1, 40), st.integers(0, 40), st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100))
def test_hasard_is_the_binomial_law(parmi: int, nombre: int, taux: Fraction) -> None:
    exact = sum(comb(parmi, i) * taux**i * (1 - taux) ** (parmi - i) for i in range(nombre, parmi + 1))
    assert hasard(nombre, parmi, float(taux)) == pytest.approx(float(exact), rel=1e-6, abs=1e-12)


def test_hasard_holds_for_a_connection_that_thousands_share() -> None:
    assert hasard(1000, 10_000, 0.1) == pytest.approx(0.5, abs=0.02)
    assert hasard(1200, 10_000, 0.1) < 1e-9
    assert hasard(3, 3, 1.0) == 1.0


def test_honest_days_show_less_than_one_shared_connection_in_two_hundred() -> None:
    """Twenty connections of thirty persons a day, one place of eight given back, all of them taken at once."""
    tirage, montrees, jours = Random(17), 0, 200
    for _ in range(jours):
        jour = Journee()
        for rang in range(600):
            geste = jour.cede if tirage.random() < 1 / 8 else jour.prend
            geste(rang, f"partagée{rang % 20}")
        montrees += len(jour.connexions())
    assert montrees <= jours * 20 / 200
