"""The waiting list, its holds and the conflicts under real threads: one winner, no deadlock, the counters right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from demandes.acteur import acteur_usager
from demandes.models import Convocation
from planning.models import Creneau, OffreAttente, RendezVous, RetenuePlace
from planning.services import attente, conflits, reservation
from tests.concurrence.test_courses import convoquees, liens, reserver, verifier_le_compte
from tests.demandes.factories import INSTANT
from tests.parcours import acteur, equipe
from tests.planning.factories import CreneauFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]

PLUS_TARD = INSTANT + timedelta(hours=3)


def usager(convocation: Convocation):
    return acteur_usager(convocation.demande.usager_id)


def place_offerte(nombre: int):
    """Free a place that is offered to the first of some persons who wait; return them, the slot and the offer."""
    *attendent, sortant = liens(convoquees(nombre + 1))
    creneau = CreneauFactory(file=equipe(sortant.demande).file, debut=datetime(2030, 3, 12, 9, tzinfo=UTC), places=1)
    reserver(sortant, creneau)()
    for rang, convocation in enumerate(attendent):
        attente.inscrire(convocation, par=usager(convocation), maintenant=INSTANT + timedelta(seconds=rang))
    reservation.annuler(sortant, par=acteur(equipe(sortant.demande).chloe), maintenant=INSTANT)
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 1
    return attendent, creneau, OffreAttente.objects.get()


def accepter(convocation, offre, instant=INSTANT):
    return lambda: attente.accepter(convocation, offre.pk, par=usager(convocation), maintenant=instant) and "prise"


def test_offered_place_goes_to_its_holder_whoever_else_presses(courir):
    attendent, creneau, offre = place_offerte(20)
    premier, *autres = attendent
    issues = Counter(courir([accepter(premier, offre), *(reserver(c, creneau) for c in autres)]))
    assert issues == {"prise": 1, "creneau_complet": 19}
    assert RendezVous.objects.actifs().get().convocation_id == premier.pk
    verifier_le_compte()


def test_two_persons_and_ten_clicks_take_an_offer_once(courir):
    attendent, _creneau, offre = place_offerte(2)
    issues = Counter(courir([accepter(c, offre) for c in attendent for _ in range(10)]))
    assert issues == {"prise": 1, "offre_echue": 19}
    assert RendezVous.objects.actifs().count() == 1
    verifier_le_compte()


def test_offer_ended_while_its_holder_presses_is_passed_once(courir):
    attendent, _creneau, offre = place_offerte(4)
    appels = [partial(attente.proposer_places, maintenant=PLUS_TARD)] * 6
    courir([*appels, *[accepter(attendent[0], offre, PLUS_TARD)] * 2])
    assert OffreAttente.objects.get(pk=offre.pk).etat == "echue"
    assert OffreAttente.objects.filter(etat="proposee").count() == 1
    assert RetenuePlace.objects.filter(jusqu_a__gt=PLUS_TARD).count() == 1


def test_proposer_by_8_workers_makes_one_offer_for_each_place(courir):
    *attendent, un, deux, trois = liens(convoquees(9))
    file = equipe(un.demande).file
    for rang, convocation in enumerate((un, deux, trois)):
        creneau = CreneauFactory(file=file, debut=datetime(2030, 3, 12, 9 + rang, tzinfo=UTC), places=1)
        reserver(convocation, creneau)()
    for convocation in attendent:
        attente.inscrire(convocation, par=usager(convocation), maintenant=INSTANT)
    for convocation in (un, deux, trois):
        reservation.annuler(convocation, par=acteur(equipe(convocation.demande).chloe), maintenant=INSTANT)
    courir([partial(attente.proposer_places, maintenant=INSTANT)] * 8)
    attente.proposer_places(maintenant=INSTANT)
    offres = OffreAttente.objects.filter(etat="proposee")
    assert (offres.count(), offres.values("creneau").distinct().count()) == (3, 3)
    assert set(Creneau.objects.filter(file=file).values_list("retenues", flat=True)) == {1}


def test_conflict_solved_while_usagers_cancel_moves_no_more_than_needed(courir):
    demandes = convoquees(4)
    convocations = liens(demandes)
    e = equipe(demandes[0])
    cle = CreneauFactory(file=e.file, debut=datetime(2030, 3, 12, 9, tzinfo=UTC), places=4).pk
    CreneauFactory(file=e.file, debut=datetime(2030, 3, 12, 10, tzinfo=UTC), places=8)
    for convocation in convocations:
        reserver(convocation, Creneau.objects.get(pk=cle))()
    Creneau.objects.filter(pk=cle).update(prevues=2)
    plein = Creneau.objects.avec_file().get(pk=cle)
    libre = Creneau.objects.avec_file().exclude(pk=cle).get()
    pris = {r.convocation_id: r for r in RendezVous.objects.actifs()}
    for convocation in convocations:
        pris[convocation.pk].convocation = convocation

    def deplacer(convocation):
        conflits.deplacer_du_conflit(plein, pris[convocation.pk], libre, par=acteur(e.denis), maintenant=INSTANT)
        return "déplacé"

    def annuler(convocation):
        return reservation.annuler(convocation, par=usager(convocation), maintenant=INSTANT) and "annulé"

    issues = Counter(courir([*(partial(deplacer, c) for c in convocations), partial(annuler, convocations[0])]))
    assert issues["annulé"] == 1
    rendu = RendezVous.objects.get(convocation=convocations[0], etat=RendezVous.Etat.ANNULE)
    plein.refresh_from_db()
    assert issues["déplacé"] <= 2  # the cancellation may come last, and leave a place that nobody was moved for
    assert (plein.prises, plein.places) == (4 - issues["déplacé"] - (rendu.creneau_id == cle), 2)
    verifier_le_compte()
