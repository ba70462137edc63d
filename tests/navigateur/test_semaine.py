"""The week grid in Chromium: a drag, the arrows, and the machine that is followed until it is done."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from planning.models import PlacePlan, PlanSemaine
from planning.services.calcul_plan import calculer_demandes
from tests.boucle import hors_boucle
from tests.demandes.factories import AgentFactory
from tests.navigateur.monde import SECRET
from tests.navigateur.personne import Entrer, Personne
from tests.planning.aide_semaine import LUNDI, Service

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-semaine")]


@pytest.fixture
def plan(transactional_db: None) -> PlanSemaine:
    """A draft where the first agent is at the desk on Monday morning."""
    service = Service()
    AgentFactory(chef_service=True, prefecture=service.site.prefecture, username="chef", password=SECRET)
    plan = service.plan()
    PlacePlan.objects.create(plan=plan, agent=service.agents[0], demi_journee=0, poste="accueil")
    return plan


def ouvrir(entrer: Entrer, plan: PlanSemaine) -> Personne:
    """Open the grid of a draft as the head of service."""
    chef: Personne = entrer("chef", largeur=1280, scripts=True)
    chef.va(f"/planning/semaine/?site={plan.site.code}&semaine={LUNDI}&plan={plan.pk}")
    return chef


def case(page: Page, plan: PlanSemaine, rang: int, demi_journee: int) -> str:
    """The cell of an agent, as a selector."""
    agents = page.locator("[data-case$='-0']").evaluate_all("l => l.map((e) => e.dataset.case.split('-')[0])")
    return f"[data-case='{agents[rang]}-{demi_journee}']"


def test_drag_moves_a_place_and_a_refusal_is_said(entrer: Entrer, plan: PlanSemaine) -> None:
    chef = ouvrir(entrer, plan)
    page = chef.page
    prise, libre, samedi = (case(page, plan, r, h) for r, h in ((0, 0), (1, 0), (1, 9)))
    page.drag_and_drop(prise, libre)
    expect(page.locator(libre)).to_contain_text("Accueil")
    expect(page.locator(libre)).to_be_focused()
    expect(page.locator(prise)).to_contain_text("–")
    assert PlacePlan.objects.get().a_la_main
    page.locator(libre).press("ArrowUp")
    expect(page.locator(prise)).to_be_focused()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator(samedi)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/planning/plans/**")
    assert chef.plaintes == []


def test_machine_fills_the_grid_under_the_eyes_of_the_manager(entrer: Entrer, plan: PlanSemaine) -> None:
    chef = ouvrir(entrer, plan)
    chef.fait("calculer")
    expect(chef.page.get_by_text("La machine va commencer")).to_be_visible()
    with hors_boucle():
        assert calculer_demandes() == 1
    publier = chef.page.get_by_text("Publier ce planning", exact=True)
    expect(publier).to_be_visible(timeout=10_000)
    assert chef.page.locator("[data-case]", has_text="Séjour").count() >= 15
    publier.click()
    chef.fait("publier-plan")
    expect(chef.page.get_by_text("Le planning est publié")).to_be_visible()
    assert chef.plaintes == []
