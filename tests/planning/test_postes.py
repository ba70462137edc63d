"""Posts given up for an absence: held again once it is removed, their slots following."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent
from planning import tasks
from planning.models import Absence, Affectation, Creneau, Guichet, PlacePlan
from planning.services import conges, demandes_conge, plans, postes
from planning.services.publication import publier
from tests.demandes.factories import INSTANT
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Publie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
MINUIT = datetime.combine(LUNDI, datetime.min.time(), PARIS)
LENDEMAIN = MINUIT + timedelta(days=1)
LE_LUNDI = TimestamptzRange(MINUIT, LENDEMAIN)


@pytest.fixture
def publie() -> Publie:
    """A week in force."""
    return Publie()


@pytest.fixture
def reveils(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the worker is woken for."""
    appels: list[tuple[Any, ...]] = []
    monkeypatch.setattr(postes, "reveiller", lambda *quoi: appels.append(quoi))
    return appels


def absenter(publie: Publie, agent: Agent) -> Absence:
    """Put an agent away on Monday."""
    conges.saisir_absence(
        agent,
        prefecture_id=publie.service.site.prefecture_id,
        genre="conge",
        periode=LE_LUNDI,
        par=publie.chef,
        maintenant=INSTANT,
    )
    return Absence.objects.get(agent=agent)


def retablir(publie: Publie, absence: Absence, instant: datetime = INSTANT) -> tuple[int, int]:
    """Remove the absence; return the posts held again, and those to mend."""
    prefecture_id = publie.service.site.prefecture_id
    rendus = conges.supprimer_absence(absence, prefecture_id=prefecture_id, par=publie.chef, maintenant=instant)
    return rendus.rendus, rendus.a_reparer


def test_absence_removed_gives_the_posts_back_as_they_were(publie: Publie) -> None:
    champs = ("agent", "poste", "guichet", "file", "pendant", "origine")
    avant = sorted(Affectation.objects.values_list(*champs), key=repr)
    absence = absenter(publie, publie.un)
    assert Affectation.objects.count() == len(avant) - 1
    assert retablir(publie, absence) == (1, 0)
    assert sorted(Affectation.objects.values_list(*champs), key=repr) == avant
    publie.tenus()


def test_post_whose_counter_was_taken_is_said_to_be_mended(client: Client, publie: Publie) -> None:
    absence = absenter(publie, publie.un)
    tenus = Affectation.objects.filter(pendant__overlap=LE_LUNDI).values("guichet")
    Guichet.objects.exclude(pk__in=tenus).update(actif=False)
    client.force_login(Agent.objects.get(pk=publie.chef.pk))
    page = client.post(f"/planning/absences/{absence.pk}/supprimer/", follow=True).content.decode()
    assert "1 demi-journée du planning reste sans agent" in page
    assert not Affectation.objects.filter(agent=publie.un).exists()


def test_post_that_has_begun_or_left_the_plan_or_under_another_absence_is_not_given_back(publie: Publie) -> None:
    absence = absenter(publie, publie.un)
    deux = absenter(publie, publie.trois)
    assert retablir(publie, deux, LENDEMAIN) == (0, 0)
    milieu = MINUIT + timedelta(hours=10)
    Absence.objects.filter(pk=absence.pk).update(pendant=TimestamptzRange(milieu, LENDEMAIN))
    absence.refresh_from_db()
    Absence.objects.create(agent=publie.un, genre="maladie", pendant=TimestamptzRange(MINUIT, milieu))
    assert retablir(publie, absence) == (0, 0)
    reste = Absence.objects.get(agent=publie.un)
    PlacePlan.objects.filter(plan=publie.plan, agent=publie.un).delete()
    assert retablir(publie, reste) == (0, 0)


def test_slots_follow_an_absence_and_its_removal(publie: Publie, reveils: list[tuple[Any, ...]]) -> None:
    file = publie.service.sejour
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.filter(file=file).du_jour(LUNDI, "Europe/Paris").earliest("debut")
    assert creneau.places == 2

    def places() -> int:
        for tache, *arguments in reveils:
            assert tache == postes.PUBLIER
            tasks.publier_files(*arguments)
        return Creneau.objects.get(pk=creneau.pk).places

    absence = absenter(publie, publie.un)
    assert (len(reveils), places()) == (1, 1)
    retablir(publie, absence)
    assert (len(reveils), places()) == (2, 2)
    demande = demandes_conge.demander_conge(
        publie.un,
        file.site.prefecture,
        genre="conge",
        periode=LE_LUNDI,
        mot="",
        par=acteur(publie.un),
        maintenant=INSTANT,
    )
    demandes_conge.accepter_conge(demande, reponse="", par=publie.chef, maintenant=INSTANT)
    assert (len(reveils), places()) == (3, 1)


def test_slots_follow_a_plan_that_is_published(client: Client, publie: Publie, monkeypatch: pytest.MonkeyPatch) -> None:
    reveils: list[tuple[Any, ...]] = []
    monkeypatch.setattr(plans, "reveiller", lambda *quoi: reveils.append(quoi))
    file = publie.service.sejour
    publier(file.site.prefecture, maintenant=INSTANT)
    creneau = Creneau.objects.filter(file=file).du_jour(LUNDI, "Europe/Paris").earliest("debut")
    plan = plans.creer_plan(file.site, LUNDI, nom="Un seul", copie=None, par=publie.chef, maintenant=INSTANT)
    plans.placer(plan, (publie.un.pk, 0), f"file-{file.pk}", par=publie.chef, maintenant=INSTANT)
    client.force_login(Agent.objects.get(pk=publie.chef.pk))
    page = client.post(f"/planning/plans/{plan.pk}/publier/", follow=True).content.decode()
    assert "Les créneaux suivent dans la minute" in page
    ((tache, files),) = reveils
    assert (tache, set(files)) == (postes.PUBLIER, {file.pk, publie.service.permis.pk})
    tasks.publier_files(files)
    assert (creneau.places, Creneau.objects.get(pk=creneau.pk).places) == (2, 1)
