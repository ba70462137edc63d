"""Openings that do not come every week, hours of one day, public holidays by département: slots and plans obey."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import DataError, IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.range import DateRange, TimestamptzRange

from demandes.models import Agent, Prefecture, Site
from demandes.selectors import jours_feries
from planning.calculs.affectation.recherche import planifier
from planning.calculs.affectation.semaine import fautes_d_un
from planning.calculs.creneaux import tient
from planning.models import (
    Affectation,
    Creneau,
    FileGuichet,
    HoraireExceptionnel,
    PlageOuverture,
    PlanSemaine,
    ReglesPlanning,
)
from planning.selectors_horaires import JoursFermes
from planning.selectors_ouvertures import raisons_de_fermeture
from planning.selectors_semaine import lire_semaine
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, PrefectureFactory, SiteFactory
from tests.parcours import occuper
from tests.planning.aide_semaine import LUNDI, Service
from tests.planning.factories import (
    AffectationFactory,
    CreneauFactory,
    FermetureFactory,
    FileGuichetFactory,
    HabilitationFactory,
    PlageOuvertureFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
Recurrence = PlageOuverture.Recurrence
MARDIS = [date(2030, 3, 5) + timedelta(weeks=n) for n in range(6)]


def jours_ouverts(file: FileGuichet, instant: datetime = INSTANT, horizon: int = 35) -> list[date]:
    """Days with open slots, once published."""
    publier(file.site.prefecture, maintenant=instant, horizon_jours=horizon)
    debuts = Creneau.objects.filter(file=file, etat="ouvert").order_by("debut").values_list("debut", flat=True)
    return sorted({d.date() for d in debuts})


def raisons(site: Site, jour: date) -> list[str]:
    """Why a site is closed."""
    return raisons_de_fermeture(site, [jour], JoursFermes(site.prefecture, [jour]))


def exception(file: FileGuichet, jour: date, debut: time | None = None, fin: time | None = None) -> None:
    """Other hours on one day."""
    HoraireExceptionnel.objects.create(file=file, jour=jour, debut=debut, fin=fin, libelle="Essai")


@pytest.mark.parametrize(
    ("departement", "jour"),
    [
        ("57", date(2030, 4, 19)),
        ("67", date(2030, 12, 26)),
        ("68", date(2030, 4, 19)),
        ("971", date(2030, 5, 27)),
        ("972", date(2030, 5, 22)),
        ("973", date(2031, 6, 10)),
        ("974", date(2030, 12, 20)),
        ("976", date(2030, 4, 27)),
        ("977", date(2030, 10, 9)),
        ("978", date(2030, 5, 28)),
    ],
)
def test_each_departement_has_its_own_holidays_beside_the_national_ones(departement: str, jour: date) -> None:
    paris = jours_feries(Prefecture(departement="75"), [jour.year])
    assert len(paris) == 11
    ici = jours_feries(Prefecture(departement=departement), [jour.year])
    assert jour in ici
    assert jour not in paris
    assert paris <= ici


@pytest.mark.parametrize(
    ("recurrence", "rangs"),
    [
        (Recurrence.TOUTES, [0, 1, 2, 3, 4]),
        (Recurrence.PAIRES, [0, 2, 4]),
        (Recurrence.IMPAIRES, [1, 3]),
        (Recurrence.RANG_1, [0, 4]),
        (Recurrence.RANG_2, [1]),
        (Recurrence.RANG_4, [3]),
        (Recurrence.DERNIER, [3]),
    ],
)
def test_slots_follow_the_recurrence(recurrence: str, rangs: list[int]) -> None:
    """5 March 2030 is the first Tuesday of the month, in week 10."""
    file = PlageOuvertureFactory(recurrence=recurrence).file
    assert jours_ouverts(file, INSTANT - timedelta(days=1)) == [MARDIS[n] for n in rangs]


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_each_date_has_one_parity_and_one_rank(jour: date) -> None:
    assert tient("toutes", jour)
    assert tient("paires", jour) != tient("impaires", jour)
    rangs = [tient(f"rang_{n}", jour) for n in range(1, 5)]
    assert sum(rangs) == (jour.day <= 28)
    assert tient("dernier", jour) == ((jour + timedelta(days=7)).month != jour.month)


@pytest.mark.parametrize(
    ("une", "autre", "permis"),
    [
        ("paires", "impaires", True),
        ("rang_1", "dernier", True),
        ("rang_3", "rang_4", True),
        ("toutes", "dernier", False),
        ("paires", "rang_1", False),
        ("rang_4", "dernier", False),
        ("paires", "paires", False),
    ],
)
def test_only_openings_that_never_meet_share_their_hours(une: str, autre: str, permis: bool) -> None:
    plage = PlageOuvertureFactory(recurrence=une)
    if permis:
        PlageOuvertureFactory(file=plage.file, recurrence=autre)
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        PlageOuvertureFactory(file=plage.file, recurrence=autre)


def test_hours_of_a_day_replace_those_of_the_week() -> None:
    file = PlageOuvertureFactory().file
    exception(file, MARDIS[1], time(17), time(19))
    exception(file, MARDIS[2])
    assert jours_ouverts(file) == [d for d in MARDIS[:5] if d != MARDIS[2]]
    du_jour = Creneau.objects.filter(file=file).du_jour(MARDIS[1], "Europe/Paris").order_by("debut")
    assert [d.debut.hour for d in du_jour] == [16] * 4 + [17] * 4
    HoraireExceptionnel.objects.all().delete()
    assert jours_ouverts(file) == MARDIS[:5]


def test_republishing_a_closed_day_keeps_what_is_taken() -> None:
    file = PlageOuvertureFactory().file
    pris = CreneauFactory(file=file)
    occuper(pris, 1)
    exception(file, MARDIS[0])
    bilan = publier(file.site.prefecture, maintenant=INSTANT)
    assert bilan.surplus == 1
    pris.refresh_from_db()
    assert (pris.etat, pris.prises) == ("ouvert", 1)


def test_exceptional_hours_open_a_holiday_but_no_closure() -> None:
    prefecture = PrefectureFactory(departement="67")
    file = FileGuichetFactory(site__prefecture=prefecture)
    PlageOuvertureFactory(file=file, jour=5)
    saint = date(2030, 4, 19)
    instant = datetime(2030, 4, 15, 8, tzinfo=UTC)
    assert jours_ouverts(file, instant, 7) == []
    assert raisons(file.site, saint) == ["Jour férié"]
    exception(file, saint, time(9), time(10))
    assert jours_ouverts(file, instant, 7) == [saint]
    assert raisons(file.site, saint) == [""]
    FermetureFactory(prefecture=prefecture, site=file.site, pendant=DateRange(saint, saint + timedelta(days=1)))
    assert jours_ouverts(file, instant, 7) == []
    assert raisons(file.site, saint) == ["Travaux"]


def test_plan_of_the_week_wants_agents_for_the_hours_of_the_day() -> None:
    service = Service(agents=1)
    avant = lire_semaine(service.plan()).semaine.demande
    exception(service.permis, LUNDI)
    exception(service.sejour, LUNDI + timedelta(days=5), time(9), time(12))
    PlageOuverture.objects.filter(file=service.sejour, jour=2).update(recurrence=Recurrence.PAIRES)
    apres = lire_semaine(service.plan(nom="Autre")).semaine.demande
    permis, sejour = 0, 1
    assert avant[permis, 0] == 1
    assert (permis, 0) not in apres
    assert apres[sejour, 10] == 1
    assert avant[sejour, 2] == 2, "12 March 2030 is in week 11"
    assert (sejour, 2) not in apres


@pytest.mark.parametrize(
    ("debut", "fin"), [(time(9), None), (None, time(9)), (time(10), time(9)), (time(9, 30), time(11)), (None, None)]
)
def test_database_refuses_hours_that_make_no_sense_or_overlap(debut: time | None, fin: time | None) -> None:
    file = FileGuichetFactory()
    exception(file, MARDIS[0], time(9), time(10))
    with pytest.raises((IntegrityError, DataError)) as refus, transaction.atomic():
        exception(file, MARDIS[0], debut, fin)
    assert "horaire_" in str(refus.value) or "range lower bound" in str(refus.value)


def test_manager_types_the_hours_of_a_day(client: Client, denis: Agent) -> None:
    file = PlageOuvertureFactory().file
    client.force_login(denis)
    adresse = f"/planning/horaires/ajouter/?site={file.site.code}"
    nombres = {"nb_guichets": "1", "reserve_sans_rdv": "0"}
    saisie = nombres | {"file": file.pk, "jour": "12/03/2030", "libelle": "Nocturne", "debut": "17:00", "fin": "19:00"}
    for fausse, champ in (
        ({"debut": ""}, "debut"),
        ({"fin": "16:00"}, "fin"),
        ({"jour": "04/03/2030"}, "jour"),
        ({"reserve_sans_rdv": "2"}, "reserve_sans_rdv"),
        ({"libelle": ""}, "libelle"),
    ):
        refus = client.post(adresse, saisie | fausse)
        assert refus.status_code == 422
        assert list(refus.context["form"].errors) == [champ]
    page = client.post(adresse, saisie, follow=True).content.decode()
    assert "17\u00a0h–19\u00a0h" in page
    assert "Nocturne" in page
    assert client.post(adresse, saisie | {"debut": "18:00", "fin": "20:00"}).status_code == 422
    client.post(adresse, nombres | {"file": file.pk, "jour": "19/03/2030", "libelle": "Inventaire", "fermee": "on"})
    assert "n’ouvre pas" in client.get("/planning/").content.decode()
    client.post(f"/planning/horaires/{HoraireExceptionnel.objects.earliest('pk').pk}/supprimer/")
    assert HoraireExceptionnel.objects.get().debut is None


def test_nobody_changes_the_hours_of_another_prefecture(client: Client, denis: Agent) -> None:
    ailleurs = FileGuichetFactory(site=SiteFactory(prefecture=PrefectureFactory(departement="93"), code="93-x"))
    exception(ailleurs, MARDIS[1])
    client.force_login(denis)
    assert client.post(f"/planning/horaires/{HoraireExceptionnel.objects.get().pk}/supprimer/").status_code == 404
    assert client.get("/planning/horaires/ajouter/?site=93-x").status_code == 404


def test_exceptional_hours_that_no_agent_is_planned_for_are_said(client: Client, denis: Agent) -> None:
    site = SiteFactory(prefecture=denis.attributions.get().prefecture, code="67-vide")
    file = PlageOuvertureFactory(file__site=site, jour=2, debut=time(9), fin=time(12)).file
    soir = {"file": file.pk, "jour": "12/03/2030", "debut": "17:00", "fin": "18:00", "nb_guichets": 1}
    soir |= {"reserve_sans_rdv": 0, "libelle": "Soirée"}
    client.force_login(denis)
    page = client.post(f"/planning/horaires/ajouter/?site={site.code}", soir, follow=True).content.decode()
    assert "sans agent prévu" not in page
    assert "Aucun agent prévu" not in page  # the places are those of the opening: no plan is in force
    HoraireExceptionnel.objects.all().delete()
    PlanSemaine.objects.create(site=site, lundi=date(2030, 3, 11), nom="P", etat="publie", cree_le=INSTANT)
    page = client.post(f"/planning/horaires/ajouter/?site={site.code}", soir, follow=True).content.decode()
    assert "Des créneaux de cet horaire n’ont aucun agent prévu" in page
    assert "Aucun agent prévu : aucune place" in page
    page = client.post("/planning/publier/", {"site": site.pk}, follow=True).content.decode()
    assert "1 jour d’horaire exceptionnel a des créneaux sans agent prévu" in page
    debut = datetime(2030, 3, 12, 16, tzinfo=UTC)
    agent = HabilitationFactory(file=file).agent
    AffectationFactory(
        agent=agent, guichet_tenu=True, file=file, pendant=TimestamptzRange(debut, debut + timedelta(minutes=30))
    )
    page = client.get(f"/planning/?site={site.code}").content.decode()
    assert "2 créneaux sur 4 sans agent prévu" in " ".join(page.split())
    Affectation.objects.update(pendant=TimestamptzRange(debut, debut + timedelta(hours=1)))
    assert publier(site.prefecture, maintenant=INSTANT).sans_agent == 0


def test_hours_of_a_day_that_stays_closed_are_refused_beside_it(client: Client, denis: Agent) -> None:
    file = FileGuichetFactory(site__prefecture=denis.attributions.get().prefecture)
    FermetureFactory(
        site=file.site, prefecture=file.site.prefecture, pendant=DateRange(date(2030, 3, 20), date(2030, 3, 21))
    )
    client.force_login(denis)
    saisie = {"file": file.pk, "libelle": "Nocturne", "debut": "17:00", "fin": "19:00", "nb_guichets": 1}
    adresse = f"/planning/horaires/ajouter/?site={file.site.code}"
    for jour, dit in (("20/03/2030", "retirez d’abord la fermeture"), ("24/03/2030", "du lundi au samedi")):
        reponse = client.post(adresse, saisie | {"jour": jour, "reserve_sans_rdv": 0})
        assert reponse.status_code == 422
        assert dit in reponse.content.decode()
    assert not HoraireExceptionnel.objects.exists()


def test_evening_makes_the_day_too_long_for_one_agent() -> None:
    service = Service(agents=2)
    exception(service.permis, LUNDI + timedelta(days=1), time(17), time(19))
    lue = lire_semaine(PlanSemaine.objects.select_related("site__prefecture").get(pk=service.plan().pk))
    assert lue.semaine.journees == ((2, 3),)
    agent = lue.semaine.agents[0]
    rompues = {f.regle for f in fautes_d_un(lue.semaine, agent, {2: 2, 3: 2})}
    assert rompues == {"journee"}
    assert not list(fautes_d_un(lue.semaine, agent, {2: 2, 5: 2}))
    plan = planifier(lue.semaine, secondes=5, graine=1).plan
    assert not any((a.id, 2) in plan and (a.id, 3) in plan for a in lue.semaine.agents)


def test_saturday_wants_the_back_office_only_while_it_is_open() -> None:
    service = Service(agents=2)
    ReglesPlanning.objects.create(site=service.site, agents_arriere=1)
    exception(service.permis, LUNDI + timedelta(days=5), time(9), time(12))
    semaine = lire_semaine(PlanSemaine.objects.select_related("site__prefecture").get(pk=service.plan().pk)).semaine
    assert [semaine.demande.get((3, h), 0) for h in (8, 9, 10, 11)] == [1, 1, 1, 0]
