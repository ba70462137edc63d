"""What the counter measures of a queue for the planning: durations by place, walk-ins, and what stands in for them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache

from demandes.models import Demande
from guichet.models import CompteurTicket, Passage
from guichet.selectors_mesures import mesurer
from planning.mesures import Mesures, mesures_de
from planning.models import FileGuichet
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory
from tests.planning.factories import FileGuichetFactory, GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

VENDREDI, LUNDI = date(2030, 3, 1), date(2030, 3, 4)


@pytest.fixture(autouse=True)
def _sans_cache() -> None:
    cache.clear()


def passages(
    file: FileGuichet, minutes: list[int], *, demande: Demande | None = None, jour: date = date(2030, 3, 1)
) -> None:
    """Visits of a past day, that lasted so long."""
    guichet, agent = GuichetFactory(site=file.site, files=[file]), AgentFactory()
    CompteurTicket.objects.get_or_create(site=file.site, jour=jour)
    for rang, duree in enumerate(minutes):
        debut = datetime.combine(jour, INSTANT.timetz()) + timedelta(hours=rang)
        Passage.objects.create(
            site=file.site,
            file=file,
            demande=demande,
            jour=jour,
            ticket=Passage.objects.count() + 1,
            etat="termine",
            guichet=guichet,
            agent=agent,
            arrive_le=debut,
            appele_le=debut,
            recu_le=debut,
            termine_le=debut + timedelta(minutes=duree),
        )


def test_without_visits_the_catalogue_answers() -> None:
    file = FileGuichetFactory(motifs=[MotifFactory(guichet_minutes=15)], remises=False, pas_minutes=15)
    assert mesurer(file, LUNDI) == Mesures(0, 15.0, 0.5, 0, 0.0)
    assert mesures_de(file, LUNDI) == mesurer(file, LUNDI), "the planning reads it through its hook"


def test_measured_visits_weigh_more_as_they_are_more() -> None:
    motif = MotifFactory(guichet_minutes=15)
    file = FileGuichetFactory(motifs=[motif], remises=False, pas_minutes=15)
    passages(file, [9, 11] * 10)
    lues = mesurer(file, LUNDI)
    assert (lues.passages, lues.jours) == (20, 1)
    assert lues.moyenne == pytest.approx((20 * 10 + 20 * 15) / 40)
    assert lues.cv < 0.5
    assert lues.sans_rdv == pytest.approx(20)


def test_a_visit_of_two_slots_is_two_places() -> None:
    motif = MotifFactory(guichet_minutes=30)
    file = FileGuichetFactory(motifs=[motif], remises=False, pas_minutes=15)
    passages(file, [30] * 10, demande=DemandeFactory(motif=motif))
    lues = mesurer(file, LUNDI)
    assert lues.moyenne == pytest.approx(15)
    assert lues.passages == 10
    assert lues.sans_rdv == pytest.approx(20)


def test_the_day_itself_and_other_queues_are_not_read() -> None:
    file = FileGuichetFactory(motifs=[MotifFactory(guichet_minutes=15)], remises=False, pas_minutes=15)
    passages(file, [40] * 5, jour=LUNDI)
    passages(FileGuichetFactory(site=file.site, code="autre"), [40] * 5)
    lues = mesurer(file, LUNDI)
    assert (lues.passages, lues.moyenne, lues.sans_rdv) == (0, 15.0, 0.0)
