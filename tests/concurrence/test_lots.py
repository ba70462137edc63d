"""Two agents convoke at once on the last places: together they never promise more than there is."""

import threading
from collections import Counter

import pytest

from demandes.services import convocation
from planning.models import DemandeOuverture, LigneConvocation
from planning.services import demandes_ouverture, lots
from tests.demandes.factories import INSTANT, AgentFactory
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


def _une_et_un_lot(a, monkeypatch):
    """Convoke one person by itself, and settle a lot before that is committed."""
    entree, lot_fini = threading.Event(), threading.Event()
    vraie = convocation.prevenir

    def prevenir(*args, **reste):
        entree.set()
        lot_fini.wait(timeout=1)
        return vraie(*args, **reste)

    monkeypatch.setattr(convocation, "prevenir", prevenir)
    par = acteur(a.chloe)

    def seule():
        convocation.convoquer(a.demandes[0], motivation=POURQUOI, sites=[a.site], par=par, maintenant=INSTANT)
        return "seule"

    def lot():
        assert entree.wait(timeout=30)
        try:
            lots.preparer_lot(a.pks[1:], motivation=POURQUOI, sites=[a.site], par=par, maintenant=INSTANT)
        finally:
            lot_fini.set()
        return "lot"

    return [seule, lot]


def test_lot_counts_the_person_convoked_alone_at_that_instant(courir, monkeypatch):
    a = Attente(personnes=2, places=1)
    assert courir(_une_et_un_lot(a, monkeypatch)) == ["seule", "rien_a_convoquer"]


def test_without_the_lock_a_lot_would_not_see_the_person_convoked_alone(courir, monkeypatch):
    """The control: the only place is promised twice."""
    monkeypatch.setattr(lots, "avec_d_autres", lambda travail, numero: None)
    a = Attente(personnes=2, places=1)
    assert courir(_une_et_un_lot(a, monkeypatch)) == ["seule", "lot"]


def test_persons_convoked_alone_do_not_wait_for_each_other(courir, monkeypatch):
    a = Attente(personnes=2, places=0)
    ensemble = threading.Barrier(2)
    vraie = convocation.prevenir

    def prevenir(*args, **reste):
        ensemble.wait(timeout=10)  # both are past the lock, and none has committed
        return vraie(*args, **reste)

    monkeypatch.setattr(convocation, "prevenir", prevenir)
    par = acteur(a.chloe)

    def seule(demande):
        return lambda: bool(
            convocation.convoquer(demande, motivation=POURQUOI, sites=[a.site], par=par, maintenant=INSTANT)
        )

    assert courir([seule(d) for d in a.demandes]) == [True, True]


def _demander(a, qui):
    manques = a.projeter().bilan.manques
    par = acteur(qui)

    def demander():
        faites = demandes_ouverture.demander_ouverture(a.site.prefecture, manques, par=par, maintenant=INSTANT)
        return sum(f.ajoutees for f in faites)

    return demander


def test_agents_who_ask_for_the_same_places_at_once_make_one_request(courir):
    a = Attente(personnes=3, places=1)
    autres = [AgentFactory(instructeur=True) for _ in range(2)]
    assert sorted(courir([_demander(a, qui) for qui in (a.chloe, *autres)])) == [0, 0, 2]
    demande = DemandeOuverture.objects.get()
    assert (demande.places, demande.jointe_par.count()) == (2, 2)


def test_request_that_is_being_answered_is_not_joined(courir, monkeypatch):
    """Else who joins it would be told nothing: the answer has gone."""
    a = Attente(personnes=3, places=1)
    _demander(a, a.chloe)()
    repondue = DemandeOuverture.objects.select_related("file__site").get()
    en_cours, demande_faite = threading.Event(), threading.Event()
    vrai = demandes_ouverture._journal

    def journal(nature, *args, **charge):
        vrai(nature, *args, **charge)
        if nature == "planning:ouverture_repondue":
            en_cours.set()
            demande_faite.wait(timeout=1)

    monkeypatch.setattr(demandes_ouverture, "_journal", journal)
    par, demander = acteur(a.denis), _demander(a, AgentFactory(instructeur=True))

    def repondre():
        demandes_ouverture.repondre_ouverture(
            repondue, satisfaite=False, raison="Deux guichets fermés.", par=par, maintenant=INSTANT
        )

    def demander_pendant():
        assert en_cours.wait(timeout=30)
        ajoutees = demander()
        demande_faite.set()
        return ajoutees

    assert courir([repondre, demander_pendant]) == [None, 2]
    assert DemandeOuverture.objects.get(etat="ouverte").pk != repondue.pk
