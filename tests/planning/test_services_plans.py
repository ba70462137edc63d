"""The plan of a week: read from the service, filled by the machine, retouched by hand, undone, published."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import F
from psycopg.types.range import TimestamptzRange
from pytest_django import DjangoAssertNumQueries

from demandes.models import Agent
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning import tasks
from planning.calculs.affectation.semaine import fautes
from planning.models import Affectation, FileGuichet, PlacePlan, PlanSemaine, RegimeTravail, ReglesPlanning
from planning.selectors_semaine import SemaineLue, lire_semaine
from planning.services import plans
from planning.services.calcul_plan import calculer_demandes
from tests.demandes.factories import INSTANT, TOUJOURS
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Service
from tests.planning.factories import (
    AbsenceFactory,
    AffectationFactory,
    FermetureFactory,
    FileGuichetFactory,
    PlageOuvertureFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")


def a(jour: int, heure: int, minute: int = 0) -> datetime:
    """An instant of the week planned."""
    return datetime.combine(LUNDI + timedelta(days=jour), time(heure, minute), tzinfo=PARIS)


@pytest.fixture
def service() -> Service:
    """Two queues, three counters, six agents."""
    return Service()


def lire(plan: PlanSemaine) -> SemaineLue:
    """Read the week of a plan as it is now."""
    return lire_semaine(PlanSemaine.objects.select_related("site__prefecture").get(pk=plan.pk))


def calculer(plan: PlanSemaine, denis: Agent) -> SemaineLue:
    """Let the machine fill a draft."""
    plans.demander_calcul(plan, graine=1, par=acteur(denis), maintenant=INSTANT)
    assert calculer_demandes() == 1
    return lire(plan)


class TestLecture:
    def test_needs_come_from_the_openings(self, service: Service) -> None:
        lue = lire(service.plan())
        sejour, permis, accueil = 1, 0, 2
        assert [str(p) for p in lue.postes] == ["Permis", "Séjour", "Accueil", "Arrière-guichet"]
        demande = lue.semaine.demande
        assert [demande.get((sejour, h), 0) for h in (0, 1, 9, 10)] == [2, 2, 2, 0]
        assert [demande.get((permis, h), 0) for h in (0, 1)] == [1, 0]
        assert [demande.get((accueil, h), 0) for h in (0, 1, 10)] == [1, 1, 0]
        assert lue.semaine.dejeuners[0].jour == 0
        assert lue.semaine.dejeuners[0].postes == {sejour}

    def test_no_more_is_wanted_than_there_are_counters(self, service: Service) -> None:
        PlageOuvertureFactory(file=service.permis, jour=1, debut=time(13), fin=time(16), nb_guichets=4)
        lue = lire(service.plan())
        assert (lue.semaine.demande[0, 1], lue.semaine.demande[1, 1]) == (2, 1), "one of each queue, then the next"
        assert lue.sans_guichet == [(1, 1), (0, 1), (0, 1)]

    def test_closed_days_want_nobody(self, service: Service) -> None:
        FermetureFactory(
            prefecture=service.site.prefecture, pendant=(LUNDI, LUNDI + timedelta(days=1)), libelle="Travaux"
        )
        lue = lire(service.plan())
        assert lue.fermes[0] == "Travaux"
        assert not any(n for (_, h), n in lue.semaine.demande.items() if h in (0, 1))

    def test_public_holiday_wants_nobody(self, service: Service) -> None:
        lue = lire(service.plan(lundi=date(2030, 4, 22)))  # Easter Monday
        assert lue.fermes[0] == "Jour férié"

    def test_agents_are_as_the_service_knows_them(self, service: Service) -> None:
        regimes, autre = service.agents[0], service.agents[1]
        RegimeTravail.objects.create(
            agent=regimes, quotite=80, teletravail=[2, 3], preference=service.permis, pendant=TOUJOURS
        )
        AbsenceFactory(agent=autre, pendant=TimestamptzRange(a(1, 14), a(2, 9)))
        ailleurs = FileGuichetFactory(site__code="67-ailleurs", site__prefecture=service.site.prefecture).site
        AffectationFactory(agent=autre, site=ailleurs, pendant=TimestamptzRange(a(4, 9), a(4, 12)))
        AffectationFactory(agent=autre, site=service.site, pendant=TimestamptzRange(a(0, 9), a(0, 12)))
        semaine = lire(service.plan()).semaine
        lu = semaine.agent[regimes.pk]
        assert (lu.quotite, lu.maximum, lu.preference, lu.senior) == (80, 8, 0, True)
        assert lu.teletravail == {2, 3}
        assert semaine.agent[autre.pk].conges == {3, 4, 8}
        assert semaine.actuel == {(autre.pk, 0): 2}
        assert not semaine.agent[service.agents[2].pk].senior

    def test_rules_of_the_site_hold(self, service: Service) -> None:
        ReglesPlanning.objects.create(site=service.site, agents_accueil=2, agents_arriere=1, max_guichet=4)
        semaine = lire(service.plan()).semaine
        assert (semaine.demande[2, 0], semaine.demande[3, 0], semaine.max_guichet) == (2, 1, 4)

    def test_queue_that_checks_another_is_held_by_other_agents(self, service: Service, denis: Agent) -> None:
        service.permis.controle_de = service.sejour
        service.permis.full_clean()
        service.permis.save()
        plan = service.plan()
        lue = calculer(plan, denis)
        assert lue.semaine.quatre_yeux == ((1, 0),)
        tenus: dict[int, set[int]] = {}
        for (agent, _), poste in lue.nombres.items():
            tenus.setdefault(agent, set()).add(poste)
        assert any(0 in postes for postes in tenus.values())
        assert not any({0, 1} <= postes for postes in tenus.values())
        un = next(agent for agent, postes in tenus.items() if 0 in postes)
        # Which solution the search finds is its own: the agent may hold the queue every morning.
        libre = next((h for h in (0, 2, 4, 6, 8) if lue.nombres.get((un, h)) != 0), 8)
        plans.placer(plan, (un, libre), "", par=acteur(denis), maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match=r"n’instruit pas et ne valide pas|déjà tous ses agents"):
            plans.placer(plan, (un, libre), f"file-{service.sejour.pk}", par=acteur(denis), maintenant=INSTANT)

    def test_queue_checks_another_of_its_site(self, service: Service) -> None:
        for autre in (service.permis, FileGuichetFactory(site__code="67-autre")):
            service.permis.controle_de = autre
            with pytest.raises(ValidationError):
                service.permis.full_clean()
        FileGuichet.objects.filter(pk=service.permis.pk).update(controle_de=service.sejour)
        with pytest.raises(IntegrityError):
            FileGuichet.objects.filter(pk=service.permis.pk).update(controle_de=F("pk"))

    def test_late_evening_leaves_a_night(self, service: Service) -> None:
        PlageOuvertureFactory(file=service.permis, jour=1, debut=time(17), fin=time(22), nb_guichets=1)
        assert lire(service.plan()).semaine.repos == ((1, 2),)

    def test_number_of_queries_does_not_grow_with_the_agents(
        self, service: Service, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        plan = PlanSemaine.objects.select_related("site__prefecture").get(pk=service.plan().pk)
        for agent in service.agents:
            PlacePlan.objects.create(plan=plan, agent=agent, demi_journee=0, poste="accueil")
        with django_assert_num_queries(16):
            assert len(lire_semaine(plan).nombres) == 6


class TestCalcul:
    def test_machine_fills_the_draft_and_keeps_what_was_placed(self, service: Service, denis: Agent) -> None:
        plan, tenu = service.plan(), service.agents[3]
        plans.placer(plan, (tenu.pk, 0), "accueil", par=acteur(denis), maintenant=INSTANT)
        lue = calculer(plan, denis)
        plan.refresh_from_db()
        assert (plan.calcul, plan.objectif is not None, plan.borne is not None) == ("fini", True, True)
        assert fautes(lue.semaine, lue.nombres) == []
        assert lue.places[tenu.pk, 0].poste == "accueil"
        assert lue.places[tenu.pk, 0].a_la_main
        assert not any(p.a_la_main for cle, p in lue.places.items() if cle != (tenu.pk, 0))
        assert len(lue.nombres) >= 30

    def test_second_run_replaces_the_first(self, service: Service, denis: Agent) -> None:
        plan = service.plan()
        calculer(plan, denis)
        AbsenceFactory(agent=service.agents[0], pendant=TimestamptzRange(a(0, 8), a(4, 20)))
        lue = calculer(plan, denis)
        assert not any(agent == service.agents[0].pk for agent, _ in lue.nombres)

    def test_machine_frees_what_a_hand_gave_to_who_is_away_since(self, service: Service, denis: Agent) -> None:
        plan, absent, present = service.plan(), service.agents[0], service.agents[1]
        for agent, h in ((absent, 0), (present, 2)):
            plans.placer(plan, (agent.pk, h), "accueil", par=acteur(denis), maintenant=INSTANT)
        AbsenceFactory(agent=absent, pendant=TimestamptzRange(a(0, 8), a(0, 20)))
        lue = calculer(plan, denis)
        assert (absent.pk, 0) not in lue.nombres
        assert lue.places[present.pk, 2].a_la_main
        assert fautes(lue.semaine, lue.nombres) == []

    def test_what_the_machine_did_is_undone_as_one_act(self, service: Service, denis: Agent) -> None:
        plan, par = service.plan(), acteur(denis)
        main, place = (service.agents[3].pk, 0), (service.agents[0].pk, 3)
        plans.placer(plan, main, "accueil", par=par, maintenant=INSTANT)
        PlacePlan.objects.create(plan=plan, agent_id=place[0], demi_journee=place[1], poste="accueil")
        avant = lire(plan).nombres
        apres = calculer(plan, denis).nombres
        retouche = plan.retouches.order_by("-pk")[0]
        gardees = sum(apres.get(case) == numero for case, numero in avant.items())
        assert retouche.automatique
        assert retouche.posees == len(set(apres) - set(avant))
        assert retouche.retirees == len(set(avant) - set(apres))
        assert retouche.deplacees == len(avant) - gardees - retouche.retirees
        assert plans.defaire(plan, par=par, maintenant=INSTANT).automatique
        assert lire(plan).nombres == avant
        assert not plans.defaire(plan, par=par, maintenant=INSTANT).automatique
        assert main not in lire(plan).nombres

    def test_machine_stops_when_told_and_keeps_the_best(
        self, service: Service, denis: Agent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = service.plan()
        plans.demander_calcul(plan, graine=1, par=acteur(denis), maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match="attendez"):
            plans.placer(plan, (service.agents[0].pk, 0), "accueil", par=acteur(denis), maintenant=INSTANT)
        PlanSemaine.objects.filter(pk=plan.pk).update(calcul="en_cours")
        plans.arreter_calcul(plan, par=acteur(denis), maintenant=INSTANT)
        plan.refresh_from_db()
        assert plan.arreter
        # A worker that died: its plan is taken again, and stops at once.
        PlanSemaine.objects.filter(pk=plan.pk).update(calcul_le=INSTANT - timedelta(minutes=5))
        assert calculer_demandes() == 1
        plan.refresh_from_db()
        assert plan.calcul == "fini"

    def test_request_not_begun_is_withdrawn(self, service: Service, denis: Agent) -> None:
        plan = service.plan()
        plans.demander_calcul(plan, graine=1, par=acteur(denis), maintenant=INSTANT)
        plans.arreter_calcul(plan, par=acteur(denis), maintenant=INSTANT)
        assert tasks.calculer_plans() == {"plans": 0}

    def test_request_wakes_the_worker(self, service: Service, denis: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
        reveils: list[str] = []
        monkeypatch.setattr(plans, "reveiller", reveils.append)
        plans.demander_calcul(service.plan(), graine=1, par=acteur(denis), maintenant=INSTANT)
        assert reveils == ["planning.tasks.calculer_plans"]


class TestRetouches:
    def test_place_and_undo(self, service: Service, denis: Agent) -> None:
        plan, un, deux = service.plan(), service.agents[0].pk, service.agents[1].pk
        par = acteur(denis)
        plans.placer(plan, (un, 0), f"file-{service.sejour.pk}", par=par, maintenant=INSTANT)
        plans.placer(plan, (deux, 0), "accueil", par=par, maintenant=INSTANT)
        plans.echanger(plan, (un, 0), (deux, 0), par=par, maintenant=INSTANT)
        assert lire(plan).nombres == {(un, 0): 2, (deux, 0): 1}
        plans.echanger(plan, (un, 0), (un, 1), par=par, maintenant=INSTANT)
        assert lire(plan).nombres == {(un, 1): 2, (deux, 0): 1}
        plans.placer(plan, (deux, 0), "", par=par, maintenant=INSTANT)
        for attendu in (
            {(un, 1): 2, (deux, 0): 1},
            {(un, 0): 2, (deux, 0): 1},
            {(un, 0): 1, (deux, 0): 2},
            {(un, 0): 1},
            {},
        ):
            plans.defaire(plan, par=par, maintenant=INSTANT)
            assert lire(plan).nombres == attendu
        with pytest.raises(ErreurMetier, match="plus de retouche"):
            plans.defaire(plan, par=par, maintenant=INSTANT)

    def test_each_rule_is_checked_and_its_reason_said(self, service: Service, denis: Agent) -> None:
        plan, agent, par = service.plan(), service.agents[0], acteur(denis)
        AbsenceFactory(agent=agent, pendant=TimestamptzRange(a(0, 8), a(0, 12)))
        with pytest.raises(ErreurMetier, match="Agent 0 : Accueil, lundi matin, absent") as absent:
            plans.placer(plan, (agent.pk, 0), "accueil", par=par, maintenant=INSTANT)
        assert absent.value.code == "absent"
        plans.placer(plan, (service.agents[1].pk, 0), "accueil", par=par, maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match="déjà tous ses agents"):
            plans.placer(plan, (service.agents[2].pk, 0), "accueil", par=par, maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match="n’est plus de ce site"):
            plans.placer(plan, (service.agents[2].pk, 0), "file-0", par=par, maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match="n’est plus de ce site"):
            plans.placer(plan, (denis.pk, 0), "accueil", par=par, maintenant=INSTANT)
        assert PlacePlan.objects.count() == 1

    def test_nobody_else_touches_a_plan(self, service: Service, etienne: Agent, chloe: Agent) -> None:
        plan = service.plan()
        for intrus in (etienne, chloe):
            par = acteur(intrus)
            for acte in (
                lambda par=par: plans.placer(plan, (service.agents[0].pk, 0), "", par=par, maintenant=INSTANT),
                lambda par=par: plans.echanger(plan, (1, 0), (1, 1), par=par, maintenant=INSTANT),
                lambda par=par: plans.defaire(plan, par=par, maintenant=INSTANT),
                lambda par=par: plans.demander_calcul(plan, graine=0, par=par, maintenant=INSTANT),
                lambda par=par: plans.arreter_calcul(plan, par=par, maintenant=INSTANT),
                lambda par=par: plans.publier_plan(plan, par=par, maintenant=INSTANT),
                lambda par=par: plans.supprimer_plan(plan, par=par, maintenant=INSTANT),
                lambda par=par: plans.creer_plan(service.site, LUNDI, nom="", copie=None, par=par, maintenant=INSTANT),
            ):
                with pytest.raises(DroitRefuse):
                    acte()

    def test_copy_takes_the_places(self, service: Service, denis: Agent) -> None:
        plan, par = service.plan(), acteur(denis)
        calculer(plan, denis)
        suivante = plans.creer_plan(
            service.site, LUNDI + timedelta(days=7), nom=" Copie ", copie=plan, par=par, maintenant=INSTANT
        )
        assert suivante.nom == "Copie"
        assert lire(suivante).nombres == lire(plan).nombres
        absent = service.agents[0]
        AbsenceFactory(agent=absent, pendant=TimestamptzRange(a(7, 8), a(11, 20)))
        sans_lui = plans.creer_plan(
            service.site, LUNDI + timedelta(days=7), nom="Sans lui", copie=plan, par=par, maintenant=INSTANT
        )
        attendu = {case: n for case, n in lire(plan).nombres.items() if case[0] != absent.pk}
        assert lire(sans_lui).nombres == attendu
        ailleurs = Service(agents=1, code="67-ailleurs").site
        with pytest.raises(DroitRefuse):
            plans.creer_plan(ailleurs, LUNDI, nom="", copie=plan, par=par, maintenant=INSTANT)


class TestPublication:
    def test_posts_are_written_each_counter_with_its_number(self, service: Service, denis: Agent) -> None:
        plan = service.plan()
        lue = calculer(plan, denis)
        ecrits = plans.publier_plan(plan, par=acteur(denis), maintenant=INSTANT)
        affectations = list(Affectation.objects.order_by("pk"))
        assert ecrits == len(affectations) == len(lue.nombres)
        assert {x.origine for x in affectations} == {"automatique"}
        assert all((x.guichet_id is not None) == (x.poste == "guichet") for x in affectations)
        plan.refresh_from_db()
        assert plan.etat == "publie"
        with pytest.raises(ErreurMetier, match="plus un brouillon"):
            plans.placer(plan, (service.agents[0].pk, 0), "", par=acteur(denis), maintenant=INSTANT)

    def test_new_plan_replaces_the_one_in_force_from_now_on(self, service: Service, denis: Agent) -> None:
        par, milieu = acteur(denis), a(2, 11)
        premier = service.plan()
        calculer(premier, denis)
        plans.publier_plan(premier, par=par, maintenant=INSTANT)
        passees = set(Affectation.objects.filter(pendant__startswith__lt=milieu).values_list("pk", flat=True))
        second = plans.creer_plan(service.site, LUNDI, nom="Bis", copie=premier, par=par, maintenant=milieu)
        retire = next(p for p in second.places.all() if p.demi_journee == 9)
        plans.placer(second, (retire.agent_id, 9), "", par=par, maintenant=milieu)
        plans.publier_plan(second, par=par, maintenant=milieu)
        premier.refresh_from_db()
        assert premier.etat == "remplace"
        assert passees <= set(Affectation.objects.values_list("pk", flat=True))
        assert not Affectation.objects.filter(agent=retire.agent_id, pendant__startswith__gte=a(4, 12)).exists()

    def test_absence_typed_since_refuses_the_publication(self, service: Service, denis: Agent) -> None:
        plan = service.plan()
        lue = calculer(plan, denis)
        agent, _ = next(iter(lue.nombres))
        AbsenceFactory(agent_id=agent, pendant=TimestamptzRange(a(0, 8), a(4, 20)))
        with pytest.raises(ErreurMetier, match="ne tient plus"):
            plans.publier_plan(plan, par=acteur(denis), maintenant=INSTANT)
        assert not Affectation.objects.exists()

    def test_counter_out_of_use_refuses_the_publication(self, service: Service, denis: Agent) -> None:
        plan = service.plan()
        calculer(plan, denis)
        for guichet in service.guichets[:2]:
            guichet.actif = False
            guichet.save()
        with pytest.raises(ErreurMetier, match="personne n’est demandé à ce poste"):
            plans.publier_plan(plan, par=acteur(denis), maintenant=INSTANT)

    def test_two_plans_are_never_in_force(self, service: Service, denis: Agent) -> None:
        service.plan(etat="publie")
        with pytest.raises(IntegrityError, match="plan_publie_unique"):
            service.plan(etat="publie")
