"""Absences typed by the manager, plans mended after them, and what each agent reads of their own planning."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from icalendar import Calendar
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Evenement
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import Absence, Affectation, PlanSemaine
from planning.selectors_semaine import lire_semaine
from planning.services import plans
from planning.services.calcul_plan import calculer_demandes
from planning.services.conges import Jours, saisir_absence, supprimer_absence
from tests.demandes.factories import INSTANT, AgentFactory, PrefectureFactory
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Service
from tests.planning.factories import AbsenceFactory, AffectationFactory, HabilitationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
UNE_HEURE = timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")
SAISIE = {"genre": "conge", "du": "12/03/2030", "au": "13/03/2030", "partie": "journee"}


def a(jour: int, heure: int) -> datetime:
    """An instant of the week planned."""
    return datetime.combine(LUNDI + timedelta(days=jour), time(heure), tzinfo=PARIS)


@pytest.mark.parametrize(
    ("partie", "debut", "fin"),
    [("journee", (12, 0), (13, 0)), ("matin", (12, 0), (12, 12.5)), ("apres_midi", (12, 12.5), (13, 0))],
)
def test_days_typed_are_instants_of_the_prefecture(
    partie: str, debut: tuple[int, float], fin: tuple[int, float]
) -> None:
    periode = Jours(date(2030, 3, 12), date(2030, 3, 12), partie).periode("Indian/Reunion")
    attendus = [
        datetime(2030, 3, jour, tzinfo=ZoneInfo("Indian/Reunion")) + timedelta(hours=heure)
        for jour, heure in (debut, fin)
    ]
    assert [periode.lower, periode.upper] == attendus


@pytest.mark.parametrize(
    ("champs", "champ"),
    [({"au": "11/03/2030"}, "au"), ({"partie": "matin"}, "partie"), ({"du": "x"}, "du"), ({"agent": "0"}, "agent")],
)
def test_wrong_days_are_said_beside_their_field(
    client: Client, denis: Agent, chloe: Agent, champs: dict[str, str], champ: str
) -> None:
    client.force_login(denis)
    reponse = client.post("/planning/absences/ajouter/", {"agent": chloe.pk} | SAISIE | champs)
    assert reponse.status_code == 422
    assert champ in reponse.context["form"].errors
    assert not Absence.objects.exists()


def test_absence_frees_the_posts_that_have_not_begun(client: Client, denis: Agent, chloe: Agent) -> None:
    avant = AffectationFactory(agent=chloe, pendant=TimestamptzRange(a(0, 9), a(0, 12)))
    AffectationFactory(agent=chloe, pendant=TimestamptzRange(a(1, 9), a(1, 12)))
    client.force_login(denis)
    page = client.post("/planning/absences/ajouter/", {"agent": chloe.pk} | SAISIE, follow=True).content.decode()
    assert "Absence enregistrée : Chloé Durand" in page
    assert "1 demi-journée était affectée" in page
    assert "mardi 12 mars 2030" in page
    assert list(Affectation.objects.all()) == [avant]
    assert Evenement.objects.get().charge["liberes"] == 1
    refus = client.post("/planning/absences/ajouter/", {"agent": chloe.pk} | SAISIE)
    assert "déjà absent à ces dates" in refus.content.decode()
    client.post(f"/planning/absences/{Absence.objects.get().pk}/supprimer/")
    assert not Absence.objects.exists()


def test_post_that_has_begun_is_not_taken_away(denis: Agent, chloe: Agent) -> None:
    AffectationFactory(agent=chloe, pendant=TimestamptzRange(INSTANT - UNE_HEURE, INSTANT + UNE_HEURE))
    jour = Jours(INSTANT.date(), INSTANT.date()).periode("Europe/Paris")
    with pytest.raises(ErreurMetier, match="déjà commencé"):
        saisir_absence(
            chloe,
            prefecture_id=chloe.attributions.get().prefecture_id,
            genre="maladie",
            periode=jour,
            par=acteur(denis),
            maintenant=INSTANT,
        )
    assert Affectation.objects.count() == 1


def test_imported_absence_is_removed_where_it_comes_from(client: Client, denis: Agent, chloe: Agent) -> None:
    absence = AbsenceFactory(agent=chloe, source="casper", reference="12")
    client.force_login(denis)
    assert "Importée" in client.get("/planning/absences/").content.decode()
    page = client.post(f"/planning/absences/{absence.pk}/supprimer/", follow=True).content.decode()
    assert "se retire dans l’outil d’origine" in page
    assert Absence.objects.exists()


def test_nobody_types_for_another_prefecture(client: Client, etienne: Agent, denis: Agent, chloe: Agent) -> None:
    absence = AbsenceFactory(agent=chloe)
    prefecture = chloe.attributions.get().prefecture_id
    for par, ou in ((etienne, prefecture), (etienne, etienne.attributions.get().prefecture_id)):
        with pytest.raises(DroitRefuse):
            saisir_absence(
                chloe,
                prefecture_id=ou,
                genre="conge",
                periode=TimestamptzRange(a(1, 9), a(1, 12)),
                par=acteur(par),
                maintenant=INSTANT,
            )
        with pytest.raises(DroitRefuse):
            supprimer_absence(absence, prefecture_id=ou, par=acteur(par), maintenant=INSTANT)
    client.force_login(etienne)
    assert "Chloé" not in client.get("/planning/absences/ajouter/").content.decode()
    assert client.post(f"/planning/absences/{absence.pk}/supprimer/").status_code == 404


def test_list_is_paginated_and_its_queries_do_not_grow(
    client: Client, denis: Agent, django_assert_max_num_queries: object
) -> None:
    for n in range(55):
        AbsenceFactory(agent=AgentFactory(accueil=True, last_name=f"Nom{n:02}"))
    client.force_login(denis)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        page = client.get("/planning/absences/").content.decode()
    assert page.count('data-action="supprimer-absence"') == 50
    assert client.get("/planning/absences/?page=2").content.decode().count('data-action="supprimer-absence"') == 5


def test_plan_in_force_is_mended_with_few_changes(client: Client, denis: Agent) -> None:
    service, par = Service(agents=8), acteur(denis)
    plan = service.plan()
    plans.demander_calcul(plan, graine=1, par=par, maintenant=INSTANT)
    calculer_demandes()
    plans.publier_plan(plan, par=par, maintenant=INSTANT)
    avant = lire_semaine(PlanSemaine.objects.select_related("site__prefecture").get(pk=plan.pk)).nombres
    absent = next(agent for agent, _ in avant)
    prefecture_id = service.site.prefecture_id
    semaine = TimestamptzRange(a(0, 0), a(6, 0))
    liberes = saisir_absence(
        Agent.objects.get(pk=absent),
        prefecture_id=prefecture_id,
        genre="maladie",
        periode=semaine,
        par=par,
        maintenant=INSTANT,
    )
    assert liberes == sum(agent == absent for agent, _ in avant)
    client.force_login(denis)
    semaine_du_site = {"site": service.site.code, "semaine": f"{LUNDI}"}
    assert "Remplacer les absents" in client.get("/planning/semaine/", semaine_du_site).content.decode()
    client.post(f"/planning/plans/{plan.pk}/reparer/")
    calculer_demandes()
    repare = PlanSemaine.objects.select_related("site__prefecture").get(reparation=True)
    lue = lire_semaine(repare)
    assert not any(agent == absent for agent, _ in lue.nombres)
    restent = {case: poste for case, poste in avant.items() if case[0] != absent}
    changes = sum(lue.nombres.get(case) != poste for case, poste in restent.items())
    assert changes <= len(restent) / 10
    refus = client.post(f"/planning/plans/{repare.pk}/reparer/", follow=True).content.decode()
    assert "Seul un planning publié se répare" in refus


def test_agents_read_their_own_planning_and_calendar(client: Client, chloe: Agent, bruno: Agent) -> None:
    file = HabilitationFactory(agent=chloe).file
    poste = AffectationFactory(agent=chloe, guichet_tenu=True, file=file, pendant=TimestamptzRange(a(1, 9), a(1, 12)))
    AffectationFactory(agent=bruno, site=poste.site, pendant=TimestamptzRange(a(2, 9), a(2, 12)))
    AbsenceFactory(agent=chloe, pendant=TimestamptzRange(a(3, 0), a(4, 0)))
    client.force_login(chloe)
    page = " ".join(client.get("/agent/planning/").content.decode().split())
    assert "mardi 12 mars" in page
    assert f"9 h–12 h : {poste.file}, guichet {poste.guichet.numero}" in page
    assert "jeudi 14 mars" in page
    assert "mercredi 13 mars" not in page
    adresse = client.post("/agent/planning/flux/", follow=True).context["flux"]
    flux = Client().get(adresse)
    assert flux["Content-Type"].startswith("text/calendar")
    (evenement,) = Calendar.from_ical(flux.content).walk("VEVENT")
    assert [evenement.decoded(quoi) for quoi in ("dtstart", "dtend")] == [a(1, 9), a(1, 12)]
    client.post("/agent/planning/flux/")
    assert Client().get(adresse).status_code == 404, "the former address answers no more"
    nouvelle = client.get("/agent/planning/").context["flux"]
    assert Client().get(nouvelle).status_code == 200
    Agent.objects.filter(pk=chloe.pk).update(is_active=False)
    assert Client().get(nouvelle).status_code == 404, "nor that of who has left"


def test_agent_without_prefecture_has_no_planning(client: Client) -> None:
    client.force_login(AgentFactory(webmestre=True, prefecture=PrefectureFactory(departement="60")))
    assert client.get("/agent/planning/").status_code == 403
