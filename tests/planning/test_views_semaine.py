"""The pages of the week grid: what is shown, what a hand changes, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Evenement
from planipref.commun.horloge import maintenant
from planning.models import Affectation, PlacePlan, PlanSemaine
from planning.selectors_semaine import lire_semaine, touchees
from planning.services import plans
from planning.services.calcul_plan import calculer_demandes
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Service
from tests.planning.factories import AbsenceFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def service() -> Service:
    """Two queues, three counters, six agents."""
    return Service()


@pytest.fixture
def chef(client: Client, denis: Agent, service: Service) -> Client:
    """The browser of the head of service."""
    client.force_login(denis)
    return client


def grille(chef: Client, service: Service, **champs: Any) -> str:
    """The page of the week."""
    reponse = chef.get("/planning/semaine/", {"site": service.site.code, "semaine": f"{LUNDI}"} | champs)
    assert reponse.status_code == 200
    return reponse.content.decode()


def test_week_begins_with_a_draft(chef: Client, service: Service) -> None:
    assert "Aucun planning pour cette semaine" in grille(chef, service)
    champs = {"site": service.site.code, "semaine": f"{LUNDI + timedelta(days=2)}", "nom": "Premier", "copie": ""}
    reponse = chef.post("/planning/plans/ajouter/", champs)
    plan = PlanSemaine.objects.get()
    assert reponse.status_code == 303
    assert reponse["Location"].endswith(f"&semaine={LUNDI}&plan={plan.pk}")
    page = grille(chef, service)
    assert "Premier (brouillon)" in " ".join(page.split())
    assert "Affecter automatiquement" in page
    assert "il manque 2 agents" in page


def test_next_week_is_shown_when_none_is_named(chef: Client, service: Service) -> None:
    assert "semaine du 11 mars 2030" in chef.get("/planning/semaine/").content.decode()


def test_grid_shows_who_is_where_and_what_lacks(chef: Client, service: Service, denis: Agent) -> None:
    absent, present = service.agents[:2]
    matin = lire_semaine(service.plan()).moments[0]
    AbsenceFactory(agent=absent, pendant=TimestamptzRange(matin.debut, matin.fin))
    plan = PlanSemaine.objects.select_related("site__prefecture").get()
    plans.placer(plan, (present.pk, 0), f"file-{service.sejour.pk}", par=acteur(denis), maintenant=maintenant())
    page = " ".join(grille(chef, service).split())
    assert "Absent" in page
    assert f'data-case="{present.pk}-0" draggable="true"> Séjour' in page
    assert "(posé à la main)" in page
    assert "<strong>1</strong> demi-journée couverte sur <strong>35</strong> demandées" in page
    assert "lundi matin : Séjour, il manque 1 agent" in page
    assert "<li>Absent : Agent 0</li>" in page


def test_number_of_queries_does_not_grow(chef: Client, service: Service, django_assert_max_num_queries: Any) -> None:
    plan = service.plan()
    for agent in service.agents:
        PlacePlan.objects.create(plan=plan, agent=agent, demi_journee=1, poste="accueil")
    with django_assert_max_num_queries(27):
        grille(chef, service)


def test_cell_says_what_it_may_hold_and_why(chef: Client, service: Service, denis: Agent) -> None:
    plan = service.plan()
    plans.demander_calcul(plan, graine=1, par=acteur(denis), maintenant=maintenant())
    calculer_demandes()
    place = PlacePlan.objects.filter(poste="guichet").order_by("pk")[0]
    adresse = f"/planning/plans/{plan.pk}/{place.agent_id}-{place.demi_journee}/"
    page = chef.get(adresse).content.decode()
    assert "Pourquoi ce poste" in page
    assert "Impossible" in page
    assert chef.get(f"/planning/plans/{plan.pk}/{place.agent_id}-12/").status_code == 404
    assert chef.get(f"/planning/plans/{plan.pk}/{denis.pk}-0/").status_code == 404
    reponse = chef.post(adresse, {"poste": ""})
    assert reponse.status_code == 303
    assert reponse["Location"].endswith(f"#case-{place.agent_id}-{place.demi_journee}")
    assert not PlacePlan.objects.filter(agent=place.agent_id, demi_journee=place.demi_journee).exists()


def test_refused_cell_says_the_rule_and_changes_nothing(chef: Client, service: Service) -> None:
    plan, agent = service.plan(), service.agents[0]
    reponse = chef.post(f"/planning/plans/{plan.pk}/{agent.pk}-10/", {"poste": "accueil"})
    assert reponse.status_code == 422
    page = reponse.content.decode()
    assert "Erreur : Agent 0, samedi matin" in " ".join(page.split())
    assert "personne n’est demandé à ce poste" in page
    assert not PlacePlan.objects.exists()


def test_drag_swaps_two_cells_or_says_why_not(chef: Client, service: Service, denis: Agent) -> None:
    plan, (un, deux) = service.plan(), service.agents[:2]
    plans.placer(plan, (un.pk, 0), "accueil", par=acteur(denis), maintenant=maintenant())
    adresse = f"/planning/plans/{plan.pk}/echanger/"
    reponse = chef.post(adresse, {"une": f"{un.pk}-0", "autre": f"{deux.pk}-0"})
    assert reponse.status_code == 200
    assert 'id="plan-grille"' in reponse.content.decode()
    assert PlacePlan.objects.get().agent_id == deux.pk
    refus = chef.post(adresse, {"une": f"{deux.pk}-0", "autre": f"{deux.pk}-10"})
    assert refus.status_code == 422
    assert "personne n’est demandé à ce poste" in refus.content.decode()
    for faux in ({"une": "x", "autre": "y"}, {"une": f"{deux.pk}-0"}, {}):
        assert chef.post(adresse, faux).status_code == 404


def test_machine_is_followed_stopped_and_its_plan_published(chef: Client, service: Service) -> None:
    plan = service.plan()
    chef.post(f"/planning/plans/{plan.pk}/calculer/")
    etat = chef.get(f"/planning/plans/{plan.pk}/etat/")
    assert "La machine va commencer" in etat.content.decode()
    assert "HX-Refresh" not in etat
    assert "data-echanger" not in grille(chef, service), "no change while it works"
    calculer_demandes()
    assert chef.get(f"/planning/plans/{plan.pk}/etat/")["HX-Refresh"] == "true"
    assert "Annuler l’affectation automatique" in grille(chef, service)
    assert "La machine a posé" in grille(chef, service)
    reponse = chef.post(f"/planning/plans/{plan.pk}/publier/", follow=True)
    assert "Le planning est publié" in reponse.content.decode()
    tenu = Affectation.objects.filter(poste="guichet").select_related("guichet").order_by("pendant")[0]
    assert tenu.guichet
    h = touchees(lire_semaine(plan).moments, tenu.pendant)[0]
    case = grille(chef, service).partition(f'id="case-{tenu.agent_id}-{h}"')[2].partition("</td>")[0]
    assert f"guichet {tenu.guichet.numero}" in case
    refus = chef.post(f"/planning/plans/{plan.pk}/defaire/", follow=True)
    assert "n’est plus un brouillon" in refus.content.decode()
    chef.post(f"/planning/plans/{plan.pk}/arreter/")
    noms = set(Evenement.objects.filter(nature__startswith="planning:plan").values_list("nature", flat=True))
    assert noms == {"planning:plan_calcul_demande", "planning:plan_publie"}


def test_undo_and_removal(chef: Client, service: Service, denis: Agent) -> None:
    plan = service.plan()
    plans.placer(plan, (service.agents[0].pk, 0), "accueil", par=acteur(denis), maintenant=maintenant())
    page = chef.post(f"/planning/plans/{plan.pk}/defaire/", follow=True).content.decode()
    assert "La dernière retouche est annulée" in page
    page = chef.post(f"/planning/plans/{plan.pk}/defaire/", follow=True).content.decode()
    assert "Il n’y a plus de retouche à annuler" in page
    chef.post(f"/planning/plans/{plan.pk}/supprimer/")
    assert not PlanSemaine.objects.exists()


def test_copy_of_another_plan_or_of_the_week_before(chef: Client, service: Service) -> None:
    avant = service.plan(lundi=LUNDI - timedelta(days=7), etat="publie")
    PlacePlan.objects.create(plan=avant, agent=service.agents[0], demi_journee=0, poste="accueil")
    assert "Semaine du 4 mars (publiée)" in grille(chef, service)
    champs = {"site": service.site.code, "semaine": f"{LUNDI}", "nom": "", "copie": f"{avant.pk}"}
    chef.post("/planning/plans/ajouter/", champs)
    assert PlanSemaine.objects.get(lundi=LUNDI).places.count() == 1
    assert chef.post("/planning/plans/ajouter/", champs | {"copie": "0"}).status_code == 404
    assert chef.post("/planning/plans/ajouter/", champs | {"copie": "x"}).status_code == 404
    assert chef.post("/planning/plans/ajouter/", champs | {"semaine": "x"}).status_code == 404
    assert chef.post("/planning/plans/ajouter/", champs | {"site": "x"}).status_code == 404


def test_absence_typed_since_is_said_on_the_grid(chef: Client, service: Service, denis: Agent) -> None:
    plan, agent = service.plan(), service.agents[0]
    plans.placer(plan, (agent.pk, 0), "accueil", par=acteur(denis), maintenant=maintenant())
    assert "ne tient plus" not in grille(chef, service)
    AbsenceFactory(agent=agent, pendant=TimestamptzRange(maintenant(), maintenant() + timedelta(days=30)))
    page = grille(chef, service)
    assert "ne tient plus" in page
    assert "Agent 0 : Accueil, lundi matin, absent." in page


def test_unknown_plan_is_404(chef: Client, service: Service) -> None:
    service.plan()
    reponse = chef.get("/planning/semaine/", {"site": service.site.code, "semaine": f"{LUNDI}", "plan": "0"})
    assert reponse.status_code == 404
