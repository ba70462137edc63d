"""What is counted, on lives that are known: each fact once, on its day, in its préfecture."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from demandes.acteur import acteur_usager
from demandes.models import Prefecture
from guichet.models import Passage
from guichet.services.accueil import enregistrer_sans_rdv
from guichet.services.guichet import appeler_suivant, recevoir, terminer
from planipref.commun.horloge import maintenant
from planning.services import reservation
from statistiques.calculs.comptes import Comptes, par_motif, par_tranche, totaux
from statistiques.calculs.periode import Periode
from statistiques.selectors import faits
from tests.demandes.factories import (
    INSTANT,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    ServiceFactory,
    SiteFactory,
)
from tests.parcours import PAS, acteur, amener_a, convocation_active, creneau_libre, equipe, reunion
from tests.statistiques.aide import MARS, deposee, selection, vivre

pytestmark = pytest.mark.django_db


@pytest.fixture
def bas_rhin(db: None) -> Prefecture:
    """The préfecture of every test."""
    return PrefectureFactory()


def test_a_whole_life_counts_each_fact_once(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "remise")
    assert totaux(faits(selection(bas_rhin))) == Comptes(
        recues=1,
        completes=1,
        convoquees=1,
        rdv_pris=1,
        honores=1,
        passages=1,
        personnes=1,
        accordees=1,
        remises=1,
    )


def test_a_refusal_and_a_withdrawal_are_told_apart(temps_fige, bas_rhin: Prefecture) -> None:
    amener_a(vivre(temps_fige, "en_instruction"), "refusee")
    amener_a(deposee(INSTANT, temps_fige), "sans_suite")
    comptes = totaux(faits(selection(bas_rhin)))
    assert (comptes.refusees, comptes.accordees, comptes.decidees, comptes.sans_suite) == (1, 0, 1, 1)


def test_a_draft_counts_for_nothing(temps_fige, bas_rhin: Prefecture) -> None:
    DemandeFactory()
    assert faits(selection(bas_rhin)) == []


def test_facts_fall_in_the_bar_of_their_day(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "remise")
    jours = par_tranche(faits(selection(bas_rhin)), MARS.tranches())
    recues = {jour.day for jour, comptes in jours if comptes.recues}
    passages = {jour.day for jour, comptes in jours if comptes.passages}
    remises = {jour.day for jour, comptes in jours if comptes.remises}
    assert (recues, passages, remises) == ({4}, {11}, {29})


def test_facts_outside_the_period_are_left_out(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "remise")
    premiers_jours = selection(bas_rhin, Periode(date(2030, 3, 4), date(2030, 3, 8)))
    assert totaux(faits(premiers_jours)) == Comptes(recues=1, completes=1, convoquees=1, rdv_pris=1)
    suite = selection(bas_rhin, Periode(date(2030, 3, 9), date(2030, 3, 15)))
    assert totaux(faits(suite)) == Comptes(honores=1, passages=1, personnes=1)


@pytest.mark.parametrize(
    ("instant", "jour"),
    [
        (datetime(2030, 3, 4, 22, 59, tzinfo=UTC), 4),  # 23:59 in Paris, in winter
        (datetime(2030, 3, 4, 23, 0, tzinfo=UTC), 5),
        (datetime(2030, 3, 31, 21, 59, tzinfo=UTC), 31),  # summer time began that night
    ],
)
def test_a_day_begins_at_midnight_in_the_prefecture(temps_fige, bas_rhin: Prefecture, instant, jour: int) -> None:
    deposee(instant, temps_fige)
    jours = par_tranche(faits(selection(bas_rhin)), MARS.tranches())
    assert [j.day for j, comptes in jours if comptes.recues] == [jour]


def test_the_month_ends_at_midnight_in_the_prefecture(temps_fige, bas_rhin: Prefecture) -> None:
    deposee(datetime(2030, 3, 31, 22, 0, tzinfo=UTC), temps_fige)
    assert faits(selection(bas_rhin)) == []


def test_a_day_overseas_is_that_of_overseas(temps_fige) -> None:
    ile = reunion()
    deposee(datetime(2030, 3, 4, 20, 0, tzinfo=UTC), temps_fige, prefecture=ile)  # midnight in La Réunion
    jours = par_tranche(faits(selection(ile)), MARS.tranches())
    assert [j.day for j, comptes in jours if comptes.recues] == [5]


def test_weeks_begin_on_monday_in_the_prefecture(temps_fige, bas_rhin: Prefecture) -> None:
    deposee(datetime(2030, 3, 10, 23, 30, tzinfo=UTC), temps_fige)  # Monday 0:30 in Paris
    trimestre = Periode(date(2030, 1, 1), date(2030, 3, 31))
    tranches = par_tranche(faits(selection(bas_rhin, trimestre)), trimestre.tranches())
    assert [t for t, comptes in tranches if comptes.recues] == [date(2030, 3, 11)]


def test_another_prefecture_counts_for_nothing(temps_fige, bas_rhin: Prefecture) -> None:
    autre = PrefectureFactory(departement="93")
    vivre(temps_fige, "remise", prefecture=autre)
    assert faits(selection(bas_rhin)) == []
    assert totaux(faits(selection(autre))).remises == 1


def test_a_missed_appointment_is_an_absence_on_its_day(temps_fige, bas_rhin: Prefecture) -> None:
    demande = vivre(temps_fige, "rdv_pris")
    debut = convocation_active(demande).rendez_vous.get().creneau.debut
    PAS["constater_absence"](demande)
    comptes = totaux(faits(selection(bas_rhin)))
    assert (comptes.rdv_pris, comptes.absents, comptes.honores, comptes.passages) == (1, 1, 0, 0)
    assert comptes.part_absents == 100
    veille = Periode(date(2030, 3, 1), debut.date() - timedelta(days=1))
    assert totaux(faits(selection(bas_rhin, veille))).absents == 0


def test_a_moved_appointment_counts_once_and_a_cancelled_one_is_no_absence(temps_fige, bas_rhin: Prefecture) -> None:
    demande = vivre(temps_fige, "rdv_pris")
    par = acteur_usager(demande.usager_id)
    reservation.deplacer(convocation_active(demande), creneau_libre(demande), par=par, maintenant=maintenant())
    assert totaux(faits(selection(bas_rhin))).rdv_pris == 1
    reservation.annuler(convocation_active(demande), par=par, maintenant=maintenant())
    comptes = totaux(faits(selection(bas_rhin)))
    assert (comptes.rdv_pris, comptes.absents, comptes.part_absents) == (1, 0, None)


def test_an_appointment_to_hand_over_is_told_apart(temps_fige, bas_rhin: Prefecture) -> None:
    demande = vivre(temps_fige, "a_remettre")
    PAS["convoquer"](demande)
    PAS["reserver"](demande)
    comptes = totaux(faits(selection(bas_rhin)))
    assert (comptes.convoquees, comptes.rdv_pris, comptes.rdv_pris_remise) == (1, 2, 1)


def _sans_rendez_vous(bas_rhin: Prefecture, personnes: int) -> None:
    """Receive somebody who comes for an information: no demande."""
    e = equipe(DemandeFactory(prefecture=bas_rhin))
    par, instant = acteur(e.chloe), maintenant()
    enregistre = enregistrer_sans_rdv(e.file, par=par, maintenant=instant)
    Passage.objects.filter(pk=enregistre.pk).update(personnes=personnes)
    passage = appeler_suivant(e.guichet, [e.file], par=par, maintenant=instant)
    assert passage is not None
    terminer(recevoir(passage, par=par, maintenant=instant), par=par, maintenant=instant)


def test_a_walk_in_without_demande_is_a_visit_without_motif(temps_fige, bas_rhin: Prefecture) -> None:
    _sans_rendez_vous(bas_rhin, personnes=3)
    vivre(temps_fige, "recue")
    comptes = faits(selection(bas_rhin))
    assert (totaux(comptes).passages, totaux(comptes).personnes, totaux(comptes).part_sans_rdv) == (2, 4, 50)
    assert par_motif(comptes)[None] == Comptes(passages=1, personnes=3, sans_rdv=1)


def test_somebody_who_waits_has_not_been_received(temps_fige, bas_rhin: Prefecture) -> None:
    e = equipe(DemandeFactory(prefecture=bas_rhin))
    enregistrer_sans_rdv(e.file, par=acteur(e.chloe), maintenant=maintenant())
    assert faits(selection(bas_rhin)) == []


def test_motif_and_service_keep_their_own(temps_fige, bas_rhin: Prefecture) -> None:
    _sans_rendez_vous(bas_rhin, personnes=1)
    voulu = MotifFactory(pieces=0)
    vivre(temps_fige, "remise", motif=voulu)
    vivre(temps_fige, "remise", motif=MotifFactory(pieces=0, genre_service="reglementation"))
    etrangers = ServiceFactory(prefecture=bas_rhin)
    une_vie = Comptes(
        recues=1,
        completes=1,
        convoquees=1,
        rdv_pris=1,
        honores=1,
        passages=1,
        personnes=1,
        accordees=1,
        remises=1,
    )
    assert totaux(faits(selection(bas_rhin, motif=voulu))) == une_vie
    assert totaux(faits(selection(bas_rhin, services=[etrangers]))) == une_vie
    assert totaux(faits(selection(bas_rhin))).passages == 3


def test_a_site_keeps_its_appointments_and_visits_only(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "remise")
    ailleurs = SiteFactory(prefecture=bas_rhin, code="67-ailleurs")
    comptes = totaux(faits(selection(bas_rhin, sites=[ailleurs])))
    assert (comptes.recues, comptes.remises) == (1, 1)
    assert (comptes.rdv_pris, comptes.honores, comptes.passages) == (0, 0, 0)
