"""Delays by step and the live stock, on lives whose days are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demandes.models import Demande, Prefecture
from planipref.commun.horloge import maintenant
from statistiques.calculs.periode import Periode
from statistiques.selectors import delais, delais_par_motif, stock
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory, ServiceFactory
from tests.parcours import amener_a
from tests.statistiques.aide import deposee, selection, vivre

pytestmark = pytest.mark.django_db
PRINTEMPS = Periode(date(2030, 3, 1), date(2030, 6, 30))


@pytest.fixture
def bas_rhin(db: None) -> Prefecture:
    """The préfecture of every test."""
    return PrefectureFactory()


def test_each_step_lasts_what_it_lasted(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "remise")
    mesures = {
        code: (d.nombre, round(d.mediane, 6), round(d.p90, 6)) for code, d in delais(selection(bas_rhin)).items()
    }
    assert mesures == {
        "depot_complet": (1, 2, 2),
        "complet_recu": (1, 5, 5),
        "recu_decision": (1, 5, 5),
        "accord_titre": (1, 10, 10),
        "titre_remise": (1, 3, 3),
        "depot_decision": (1, 12, 12),
        "depot_remise": (1, 25, 25),
    }


def test_median_and_ninth_decile_are_interpolated(temps_fige, bas_rhin: Prefecture) -> None:
    for lenteur in (1, 2, 3, 10):
        vivre(temps_fige, "complete", lenteur=lenteur)  # 2, 4, 6 and 20 days
    mesure = delais(selection(bas_rhin, PRINTEMPS))["depot_complet"]
    assert (mesure.nombre, round(mesure.mediane, 6)) == (4, 5)
    assert mesure.p90 == pytest.approx(6 + 0.7 * 14)


def test_a_delay_counts_in_the_period_where_the_step_ends(temps_fige, bas_rhin: Prefecture) -> None:
    vivre(temps_fige, "complete")  # deposited on the 4th, complete on the 6th
    avant, pendant = Periode(date(2030, 3, 4), date(2030, 3, 5)), Periode(date(2030, 3, 6), date(2030, 3, 6))
    assert delais(selection(bas_rhin, avant)) == {}
    assert delais(selection(bas_rhin, pendant))["depot_complet"].nombre == 1


def test_a_refusal_ends_the_wait_as_an_agreement_does(temps_fige, bas_rhin: Prefecture) -> None:
    amener_a(vivre(temps_fige, "en_instruction"), "refusee")
    mesures = delais(selection(bas_rhin))
    assert round(mesures["depot_decision"].mediane, 6) == 10
    assert set(mesures) == {"depot_complet", "complet_recu", "recu_decision", "depot_decision"}


def test_a_motif_without_reception_has_a_whole_delay_only(temps_fige, bas_rhin: Prefecture) -> None:
    demande = deposee(INSTANT, temps_fige, motif=MotifFactory(pieces=0, sans_reception=True))
    temps_fige.move_to(INSTANT + timedelta(days=4))
    amener_a(demande, "accordee")
    mesures = delais(selection(bas_rhin))
    assert set(mesures) == {"depot_complet", "depot_decision"}
    assert round(mesures["depot_decision"].mediane, 6) == 4


def test_summer_time_does_not_add_a_day(temps_fige, bas_rhin: Prefecture) -> None:
    demande = deposee(datetime(2030, 3, 30, 11, 0, tzinfo=UTC), temps_fige)
    temps_fige.move_to(datetime(2030, 4, 1, 11, 0, tzinfo=UTC))
    amener_a(demande, "complete")
    assert delais(selection(bas_rhin, PRINTEMPS))["depot_complet"].mediane == 2


def test_delays_keep_motif_and_prefecture_apart(temps_fige, bas_rhin: Prefecture) -> None:
    lent, vif = MotifFactory(pieces=0), MotifFactory(pieces=0)
    vivre(temps_fige, "accordee", motif=lent, lenteur=2)
    vivre(temps_fige, "accordee", motif=vif)
    vivre(temps_fige, "accordee", lenteur=3, prefecture=PrefectureFactory(departement="93"))
    mesures = delais_par_motif(selection(bas_rhin, PRINTEMPS))
    assert {m: round(d.mediane, 6) for m, d in mesures.items()} == {lent.pk: 24, vif.pk: 12}
    assert delais(selection(bas_rhin, PRINTEMPS, motif=vif))["depot_decision"].nombre == 1
    assert delais(selection(bas_rhin, PRINTEMPS))["depot_decision"].nombre == 2
    etrangers, autre = (ServiceFactory(prefecture=bas_rhin, genre=g) for g in ("etrangers", "reglementation"))
    assert delais(selection(bas_rhin, PRINTEMPS, services=[etrangers]))["depot_decision"].nombre == 2
    assert delais(selection(bas_rhin, PRINTEMPS, services=[autre])) == {}


def _echeance(demande: Demande, jours: int) -> None:
    Demande.objects.filter(pk=demande.pk).update(echeance=INSTANT.date() + timedelta(days=jours))


def test_stock_counts_states_and_the_legal_clock(temps_fige, bas_rhin: Prefecture) -> None:
    DemandeFactory()
    for jours in (-1, 0, 30, 31):
        _echeance(deposee(INSTANT, temps_fige), jours)
    vivre(temps_fige, "complete")
    temps_fige.move_to(INSTANT)
    lignes = {
        s.etat: (s.libelle, s.nombre, s.depassees, s.proches) for s in stock(selection(bas_rhin), maintenant=INSTANT)
    }
    assert lignes == {"deposee": ("Déposée", 4, 1, 2), "complete": ("Complète", 1, 0, 0)}


def test_stock_leaves_out_the_clock_of_answered_demandes_and_closed_ones(temps_fige, bas_rhin: Prefecture) -> None:
    accordee = vivre(temps_fige, "accordee")
    _echeance(accordee, -100)
    amener_a(amener_a(deposee(INSTANT, temps_fige), "sans_suite"), "cloturee")
    assert [(s.etat, s.depassees) for s in stock(selection(bas_rhin), maintenant=maintenant())] == [("accordee", 0)]


def test_stock_follows_the_day_of_the_prefecture(temps_fige, bas_rhin: Prefecture) -> None:
    _echeance(deposee(INSTANT, temps_fige), 0)
    minuit = datetime(2030, 3, 5, 0, 0, tzinfo=ZoneInfo("Europe/Paris"))
    avant, apres = (stock(selection(bas_rhin), maintenant=i)[0] for i in (minuit - timedelta(seconds=1), minuit))
    assert (avant.depassees, avant.proches) == (0, 1)
    assert (apres.depassees, apres.proches) == (1, 0)


def test_stock_of_another_prefecture_is_not_ours(temps_fige, bas_rhin: Prefecture) -> None:
    deposee(INSTANT, temps_fige, prefecture=PrefectureFactory(departement="93"))
    assert stock(selection(bas_rhin), maintenant=maintenant()) == []
