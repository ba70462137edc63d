"""A week published while others swap, are back from leave or reinforce it: the plan is locked before its agents."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Event
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.range import TimestamptzRange

from planning.models import Absence, Affectation, Creneau, PlacePlan, PlanSemaine, ReglesPlanning
from planning.services import conflits, echanges, plans, postes
from planning.services.conges import saisir_absence, supprimer_absence
from planning.services.postes import Rendus
from planning.services.publication import publier as publier_les_creneaux
from tests.demandes.factories import INSTANT
from tests.parcours import acteur, occuper
from tests.planning.aide_semaine import LUNDI, Publie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
LE_LUNDI = TimestamptzRange(datetime(2030, 3, 11, tzinfo=PARIS), datetime(2030, 3, 12, tzinfo=PARIS))


@pytest.fixture
def publie(transactional_db: None) -> Publie:
    """A week in force."""
    return Publie()


def ralentir(monkeypatch: pytest.MonkeyPatch, module: ModuleType, nom: str) -> Event:
    """Leave the others time to come in just after a step; return what says that it is done."""
    agir, fait = getattr(module, nom), Event()

    def agir_lentement(*quoi: Any, **faits: Any) -> Any:
        resultat = agir(*quoi, **faits)
        fait.set()
        time.sleep(0.7)
        return resultat

    monkeypatch.setattr(module, nom, agir_lentement)
    return fait


def publier(publie: Publie, brouillon: PlanSemaine) -> int:
    return plans.publier_plan(brouillon, par=publie.chef, maintenant=INSTANT)


def copie(publie: Publie) -> PlanSemaine:
    """A draft with the places of the plan in force."""
    site = publie.service.site
    return plans.creer_plan(site, LUNDI, nom="Copie", copie=publie.plan, par=publie.chef, maintenant=INSTANT)


@pytest.mark.parametrize("automatique", [False, True])
def test_plan_published_and_a_swap_done_do_not_wait_for_each_other(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie, automatique: bool
) -> None:
    propose, brouillon = publie.proposer(), copie(publie)
    if automatique:
        ReglesPlanning.objects.create(site=publie.service.site, echanges_automatiques=True)
    else:
        echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    pris = ralentir(monkeypatch, plans, "verrouiller_agents")

    def echanger() -> None:
        assert pris.wait(timeout=60)
        if automatique:
            echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
        else:
            echanges.valider_echange(propose, reponse="", par=publie.chef, maintenant=INSTANT)

    assert courir([lambda: publier(publie, brouillon), echanger]) == [3, "plan_remplace"]
    propose.refresh_from_db()
    assert propose.etat == "retire"


def test_swap_declined_while_a_plan_is_published_ends_once(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie
) -> None:
    propose, brouillon = publie.proposer(), copie(publie)
    pris = ralentir(monkeypatch, plans, "perimer_echanges")

    def decliner() -> None:
        assert pris.wait(timeout=60)
        echanges.decliner_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)

    assert courir([lambda: publier(publie, brouillon), decliner]) == [3, "echange_clos"]


def absenter(publie: Publie) -> Absence:
    """Put Agent 0 away on the Monday, when they hold a post."""
    prefecture_id = publie.service.site.prefecture_id
    faits: dict[str, Any] = {"genre": "conge", "periode": LE_LUNDI, "par": publie.chef, "maintenant": INSTANT}
    saisir_absence(publie.un, prefecture_id=prefecture_id, **faits)
    return Absence.objects.get()


def autre_plan(publie: Publie) -> PlanSemaine:
    """A draft where Agent 1 alone works, on the Tuesday."""
    site = publie.service.site
    brouillon = plans.creer_plan(site, LUNDI, nom="Autre", copie=None, par=publie.chef, maintenant=INSTANT)
    file = f"file-{publie.service.sejour.pk}"
    plans.placer(brouillon, (publie.deux.pk, 2), file, par=publie.chef, maintenant=INSTANT)
    return brouillon


def supprimer(publie: Publie, absence: Absence) -> Rendus:
    prefecture_id = publie.service.site.prefecture_id
    return supprimer_absence(absence, prefecture_id=prefecture_id, par=publie.chef, maintenant=INSTANT)


def test_posts_given_back_are_those_of_the_plan_that_stays_in_force(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie
) -> None:
    absence, brouillon = absenter(publie), autre_plan(publie)
    lue = ralentir(monkeypatch, postes, "lire_semaine")

    def remplacer() -> int:
        assert lue.wait(timeout=60)
        return publier(publie, brouillon)

    rendus, postes_ecrits = courir([lambda: supprimer(publie, absence), remplacer])
    assert (rendus.rendus, postes_ecrits) == (1, 1)
    publie.plan.pk = brouillon.pk
    assert publie.tenus() == {publie.deux.pk: {2}}, "the post given back went with the plan that was replaced"


def test_post_of_a_plan_replaced_meanwhile_is_not_given_back(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie
) -> None:
    absence, brouillon = absenter(publie), autre_plan(publie)
    pris = ralentir(monkeypatch, plans, "verrouiller_agents")

    def revenir() -> Rendus:
        assert pris.wait(timeout=60)
        return supprimer(publie, absence)

    _, rendus = courir([lambda: publier(publie, brouillon), revenir])
    assert (rendus.rendus, rendus.a_reparer) == (0, 0)
    publie.plan.pk = brouillon.pk
    assert publie.tenus() == {publie.deux.pk: {2}}


def test_two_drafts_of_a_week_published_at_once_leave_one_in_force(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie
) -> None:
    un, autre = copie(publie), autre_plan(publie)
    pris = ralentir(monkeypatch, plans, "verrouiller_agents")

    def ensuite() -> int:
        assert pris.wait(timeout=60)
        return publier(publie, autre)

    assert courir([lambda: publier(publie, un), ensuite]) == [3, 1]
    etats = PlanSemaine.objects.order_by("pk").values_list("etat", flat=True)
    assert list(etats) == ["remplace", "remplace", "publie"]
    publie.plan.pk = autre.pk
    assert publie.tenus() == {publie.deux.pk: {2}}


def test_plan_published_and_a_counter_reinforced_do_not_wait_for_each_other(
    courir: Any, monkeypatch: pytest.MonkeyPatch, publie: Publie
) -> None:
    """The agent who would reinforce the slot holds a post of the plan that is being published."""
    brouillon, site = copie(publie), publie.service.site
    publier_les_creneaux(site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.filter(file=publie.service.sejour).du_jour(LUNDI, "Europe/Paris").earliest("debut")
    occuper(creneau, 2)
    PlacePlan.objects.filter(plan=publie.plan, agent=publie.trois).delete()
    Affectation.objects.filter(agent=publie.trois).delete()
    assert publier_les_creneaux(site.prefecture, maintenant=INSTANT).conflits == 1
    pris = ralentir(monkeypatch, plans, "verrouiller_agents")

    def renforcer() -> None:
        assert pris.wait(timeout=60)
        conflits.renforcer(creneau, publie.trois, par=publie.chef, maintenant=INSTANT)

    assert courir([lambda: publier(publie, brouillon), renforcer]) == [3, "renfort_impossible"]
