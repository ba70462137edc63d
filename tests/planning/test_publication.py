"""Publishing slots: idempotent, never below what is taken, closed when the préfecture is, right at any clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from psycopg.types.range import DateRange

from planning.calculs.creneaux import debuts
from planning.models import Creneau, FileGuichet
from planning.services.publication import publier
from planning.services.reservation import reserver
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, PrefectureFactory
from tests.parcours import acteur, amener_a, convocation_active, occuper
from tests.planning.factories import CreneauFactory, FermetureFactory, FileGuichetFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

MARDI = date(2030, 3, 5)


def publier_file(file: FileGuichet, instant: datetime = INSTANT, **options: Any) -> Any:
    return publier(file.site.prefecture, maintenant=instant, **options)


def debuts_du(file: FileGuichet, jour: date) -> list[datetime]:
    fuseau = file.site.prefecture.fuseau
    ouverts = Creneau.objects.filter(file=file, etat="ouvert").du_jour(jour, fuseau).order_by("debut")
    return [c.debut for c in ouverts]


def test_publier_makes_whole_slots_minus_the_walk_in_reserve() -> None:
    plage = PlageOuvertureFactory(debut=time(9), fin=time(10, 10), nb_guichets=3, reserve_sans_rdv=1)
    bilan = publier_file(plage.file, horizon_jours=7)
    creneaux = Creneau.objects.filter(file=plage.file).order_by("debut")
    assert bilan.crees == 4
    assert [(c.places, c.reserve) for c in creneaux] == [(2, 1)] * 4
    assert debuts_du(plage.file, MARDI)[0] == datetime(2030, 3, 5, 8, tzinfo=UTC)


def test_publier_twice_changes_nothing() -> None:
    file = PlageOuvertureFactory().file
    premier = publier_file(file)
    avant = list(Creneau.objects.order_by("pk").values())
    second = publier_file(file)
    assert premier.crees == 5 * 12
    assert (second.crees, second.modifies, second.retires, second.surplus) == (0, 0, 0, 0)
    assert list(Creneau.objects.order_by("pk").values()) == avant


def test_publier_starts_tomorrow() -> None:
    lundi = PlageOuvertureFactory(jour=1)
    publier_file(lundi.file)
    assert debuts_du(lundi.file, date(2030, 3, 4)) == []
    assert debuts_du(lundi.file, date(2030, 3, 11)) != []


def test_publier_fewer_counters_never_goes_below_what_is_taken() -> None:
    plage = PlageOuvertureFactory(nb_guichets=3)
    publier_file(plage.file)
    pris, libre = Creneau.objects.order_by("debut")[:2]
    occuper(pris, 2)

    plage.nb_guichets = 1
    plage.save()
    bilan = publier_file(plage.file)

    pris.refresh_from_db()
    libre.refresh_from_db()
    assert (pris.places, pris.prises, libre.places) == (2, 2, 1)
    assert bilan.modifies == 5 * 12


def test_publier_after_removal_withdraws_empty_slots_and_keeps_taken_ones() -> None:
    plage = PlageOuvertureFactory()
    publier_file(plage.file)
    demande = amener_a(DemandeFactory(motif=MotifFactory()), "convoquee")
    plage.file.motifs.add(demande.motif)
    convocation = convocation_active(demande)
    convocation.sites.add(plage.file.site)
    pris = Creneau.objects.order_by("debut")[0]
    reserver(convocation, pris, par=acteur(demande.usager), maintenant=INSTANT)

    plage.delete()
    bilan = publier_file(plage.file)

    pris.refresh_from_db()
    assert (bilan.retires, bilan.surplus) == (59, 1)
    assert pris.etat == "ouvert"
    assert Creneau.objects.filter(etat="retire").count() == 59


def etats(*creneaux: Creneau) -> list[str]:
    return [Creneau.objects.get(pk=c.pk).etat for c in creneaux]


def test_publier_after_a_withdrawn_opening_comes_back_reopens_the_slots() -> None:
    plage = PlageOuvertureFactory()
    publier_file(plage.file)
    fermeture = FermetureFactory(prefecture=plage.file.site.prefecture, pendant=DateRange(MARDI, date(2030, 3, 6)))
    assert publier_file(plage.file).retires == 12
    fermeture.delete()
    assert publier_file(plage.file).modifies == 12
    assert len(debuts_du(plage.file, MARDI)) == 12


def test_publier_withdraws_the_empty_slots_of_today_only_where_a_closure_holds_today() -> None:
    plage = PlageOuvertureFactory()
    demande = amener_a(DemandeFactory(), "convoquee")
    plage.file.motifs.add(demande.motif)
    convocation = convocation_active(demande)
    convocation.sites.add(plage.file.site)
    jour = INSTANT.date()
    pris, vide = (CreneauFactory(file=plage.file, debut=INSTANT + timedelta(hours=h)) for h in (2, 3))
    reserver(convocation, pris, par=acteur(demande.usager), maintenant=INSTANT)
    publier_file(plage.file)
    assert etats(pris, vide) == ["ouvert", "ouvert"]
    FermetureFactory(prefecture=plage.file.site.prefecture, pendant=DateRange(jour, jour + timedelta(days=1)))
    bilan = publier_file(plage.file)
    assert etats(pris, vide) == ["ouvert", "retire"]
    assert (bilan.retires, bilan.surplus, bilan.conflits) == (1, 1, 1)


def test_publier_closure_of_another_site_changes_nothing_here() -> None:
    plage = PlageOuvertureFactory()
    ailleurs = FileGuichetFactory(site__code="67-ailleurs")
    PlageOuvertureFactory(file=ailleurs)
    FermetureFactory(
        prefecture=plage.file.site.prefecture, site=ailleurs.site, pendant=DateRange(MARDI, date(2030, 3, 6))
    )
    publier_file(plage.file)
    assert len(debuts_du(plage.file, MARDI)) == 12
    assert debuts_du(ailleurs, MARDI) == []


@pytest.mark.parametrize(("calendrier", "ouverts"), [("FR-67", 0), ("FR", 12)])
def test_publier_on_good_friday_is_closed_in_alsace_only(calendrier: str, ouverts: int) -> None:
    prefecture = PrefectureFactory(departement="90", calendrier_feries=calendrier)
    file = FileGuichetFactory(site__prefecture=prefecture)
    PlageOuvertureFactory(file=file, jour=5)
    publier_file(file, datetime(2030, 4, 15, 8, tzinfo=UTC))
    assert len(debuts_du(file, date(2030, 4, 19))) == ouverts
    assert len(debuts_du(file, date(2030, 4, 26))) == 12


def test_publier_keeps_the_local_hour_across_the_clock_change() -> None:
    file = PlageOuvertureFactory(debut=time(9), fin=time(9, 15)).file
    publier_file(file, datetime(2030, 3, 25, 8, tzinfo=UTC), horizon_jours=14)
    assert debuts_du(file, date(2030, 3, 26)) == [datetime(2030, 3, 26, 8, tzinfo=UTC)]
    assert debuts_du(file, date(2030, 4, 2)) == [datetime(2030, 4, 2, 7, tzinfo=UTC)]


def test_debuts_leave_out_the_hour_that_does_not_exist() -> None:
    nuit = debuts(date(2030, 3, 31), time(1), time(4), pas_minutes=30, fuseau="Europe/Paris")
    assert [d.hour for d in nuit] == [0, 0, 1, 1]


def test_debuts_give_the_repeated_hour_once() -> None:
    nuit = debuts(date(2030, 10, 27), time(2), time(3), pas_minutes=30, fuseau="Europe/Paris")
    assert nuit == [datetime(2030, 10, 27, 0, tzinfo=UTC), datetime(2030, 10, 27, 0, 30, tzinfo=UTC)]


def test_publier_overseas_uses_the_prefectures_clock_and_day() -> None:
    file = FileGuichetFactory(site__prefecture=PrefectureFactory(reunion=True))
    PlageOuvertureFactory(file=file, jour=2, debut=time(8), fin=time(9))
    PlageOuvertureFactory(file=file, jour=3, debut=time(8), fin=time(9))
    # 21:00 on Monday in Paris is already Tuesday in La Réunion: tomorrow is Wednesday there.
    publier_file(file, INSTANT + timedelta(hours=13), horizon_jours=7)
    assert debuts_du(file, MARDI) == []
    assert debuts_du(file, date(2030, 3, 6))[0] == datetime(2030, 3, 6, 4, tzinfo=UTC)
