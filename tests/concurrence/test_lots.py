"""Two agents convoke at once on the last places: together they never promise more than there is."""

from collections import Counter

import pytest

from planning.models import LigneConvocation
from planning.services import lots
from tests.demandes.factories import INSTANT
from tests.parcours import acteur
from tests.planning.aide_lots import POURQUOI, Attente

pytestmark = pytest.mark.usefixtures("temps_fige")


def _preparer(a, pks):
    par = acteur(a.chloe)
    return lambda: bool(lots.preparer_lot(pks, motivation=POURQUOI, sites=[a.site], par=par, maintenant=INSTANT))


def _etats():
    return Counter(LigneConvocation.objects.order_by("pk").values_list("etat", flat=True))


def test_four_agents_at_once_promise_each_place_once(courir):
    a = Attente(personnes=8, places=5)
    paires = [a.pks[n : n + 2] for n in range(0, 8, 2)]
    issues = Counter(courir([_preparer(a, paire) for paire in paires]))
    assert issues == {True: 3, "rien_a_convoquer": 1}
    assert _etats() == {"a_faire": 5, "sans_place": 1}


def test_without_the_lock_places_would_be_promised_twice(courir, monkeypatch):
    """The control: this set-up does show the race that the lock ends."""
    monkeypatch.setattr(lots, "un_seul", lambda travail, numero: None)
    a = Attente(personnes=8, places=2)
    paires = [a.pks[n : n + 2] for n in range(0, 8, 2)]
    courir([_preparer(a, paire) for paire in paires])
    assert _etats()["a_faire"] > 2


def test_same_demandes_twice_at_once_make_one_lot(courir):
    a = Attente(personnes=2, places=4)
    assert Counter(courir([_preparer(a, a.pks)] * 3)) == {True: 1, "rien_a_convoquer": 2}
    assert _etats() == {"a_faire": 2}
