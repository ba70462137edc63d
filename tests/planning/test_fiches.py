"""The planning file of each agent and the rules of a site: typed, refused, and obeyed by the plan."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.test import Client
from psycopg.types.range import DateRange

from demandes.models import Agent, Evenement
from planipref.commun.erreurs import DroitRefuse
from planning.models import FileGuichet, Habilitation, RegimeTravail, ReglesPlanning
from planning.selectors_semaine import lire_semaine
from planning.services import fiches
from tests.demandes.factories import INSTANT, TOUJOURS, AgentFactory, PrefectureFactory, SiteFactory
from tests.parcours import acteur
from tests.planning.aide_semaine import Service
from tests.planning.factories import AffectationFactory, FileGuichetFactory, HabilitationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


def test_habilitation_is_given_changed_and_ended(client: Client, denis: Agent, chloe: Agent) -> None:
    file = FileGuichetFactory()
    client.force_login(denis)
    adresse = f"/planning/agents/{chloe.pk}/habilitations/ajouter/"
    saisie = {"file": file.pk, "niveau": "3", "du": "01/03/2030"}
    page = client.post(adresse, saisie, follow=True).content.decode()
    assert "C’est enregistré" in page
    assert "Référent" in page
    assert client.post(adresse, saisie | {"du": "01/04/2030"}).status_code == 422
    habilitation = Habilitation.objects.get()
    modifier = f"/planning/habilitations/{habilitation.pk}/"
    refus = client.post(modifier, saisie | {"au": "01/02/2030"})
    assert list(refus.context["form"].errors) == ["au"]
    client.post(modifier, saisie | {"au": "31/03/2030"})
    assert Habilitation.objects.get().pendant == DateRange(date(2030, 3, 1), date(2030, 4, 1))
    client.post(f"{modifier}retirer/")
    assert not Habilitation.objects.exists()
    natures = Evenement.objects.order_by("pk").values_list("nature", flat=True)
    assert list(natures) == ["planning:habilitation_posee"] * 2 + ["planning:habilitation_retiree"]


def test_habilitation_under_a_post_is_kept_with_the_reason(client: Client, denis: Agent, chloe: Agent) -> None:
    habilitation = HabilitationFactory(agent=chloe)
    AffectationFactory(agent=chloe, guichet_tenu=True, file=habilitation.file)
    client.force_login(denis)
    adresse = f"/planning/habilitations/{habilitation.pk}/"
    saisie = {"file": habilitation.file_id, "niveau": "2", "du": "01/01/2020", "au": "01/03/2030"}
    refus = client.post(adresse, saisie)
    assert "libérez d’abord" in refus.context["form"].errors["au"][0]
    assert "libérez d’abord" in client.post(f"{adresse}retirer/", follow=True).content.decode()
    assert Habilitation.objects.get().pendant == TOUJOURS


def test_regime_is_typed_and_what_contradicts_itself_is_refused(client: Client, denis: Agent, chloe: Agent) -> None:
    client.force_login(denis)
    adresse = f"/planning/agents/{chloe.pk}/regimes/ajouter/"
    bonne = {"quotite": "80", "du": "01/03/2030", "libres": ["4", "5"], "arrivee": "09:00", "depart": "17:00"}
    for fausse, champ in (
        ({"quotite": "5"}, "quotite"),
        ({"teletravail": ["4"]}, "teletravail"),
        ({"depart": "08:00"}, "depart"),
        ({"au": "01/02/2030"}, "au"),
        ({"libres": ["12"]}, "libres"),
    ):
        refus = client.post(adresse, bonne | fausse)
        assert refus.status_code == 422
        assert list(refus.context["form"].errors) == [champ]
    page = client.post(adresse, bonne, follow=True).content.decode()
    assert "Mercredi matin, Mercredi après-midi" in page
    regime = RegimeTravail.objects.get()
    client.post(f"/planning/regimes/{regime.pk}/", bonne | {"quotite": "90", "au": "31/12/2030"})
    assert RegimeTravail.objects.get().quotite == 90
    client.post(f"/planning/regimes/{regime.pk}/retirer/")
    assert not RegimeTravail.objects.exists()


def test_plan_gives_no_post_out_of_days_and_hours() -> None:
    """Séjour is open from 9 to 16, permis from 9 to noon."""
    service = Service(agents=4)
    libre, tard, tot, entier = service.agents
    RegimeTravail.objects.create(agent=libre, libres=[4, 5], pendant=TOUJOURS)
    RegimeTravail.objects.create(agent=tard, arrivee=time(9, 30), pendant=TOUJOURS)
    RegimeTravail.objects.create(agent=tot, depart=time(15), pendant=TOUJOURS)
    RegimeTravail.objects.create(agent=entier, arrivee=time(9), depart=time(17), pendant=TOUJOURS)
    semaine = lire_semaine(service.plan()).semaine
    absents = {agent: {h for h in semaine.agent[agent.pk].conges if h < 10} for agent in service.agents}
    assert absents == {libre: {4, 5}, tard: {0, 2, 4, 6, 8}, tot: {1, 3, 5, 7, 9}, entier: set()}


def test_rules_of_a_site_are_set_with_its_sensitive_queues(client: Client, denis: Agent) -> None:
    service = Service(agents=0)
    autre = FileGuichetFactory(site=SiteFactory(code="67-autre"), sensible=True)
    FileGuichet.objects.filter(pk=service.permis.pk).update(sensible=True)
    client.force_login(denis)
    adresse = f"/planning/semaine/regles/?site={service.site.code}"
    assert "checked" in client.get(adresse).content.decode()
    saisie = {"agents_accueil": "2", "agents_arriere": "0", "max_guichet": "7", "max_sensible": "2"}
    assert client.post(adresse, saisie | {"max_guichet": "13"}).status_code == 422
    client.post(adresse, saisie | {"sensibles": [service.sejour.pk]})
    regles = ReglesPlanning.objects.get()
    assert (regles.site, regles.agents_accueil, regles.max_guichet) == (service.site, 2, 7)
    assert set(FileGuichet.objects.filter(sensible=True)) == {service.sejour, autre}


def test_list_is_filtered_and_its_queries_do_not_grow(
    client: Client, denis: Agent, django_assert_num_queries: object
) -> None:
    file = FileGuichetFactory()
    client.force_login(denis)
    for n in range(55):
        agent = AgentFactory(accueil=True, last_name=f"Nom{n:02}")
        HabilitationFactory(agent=agent, file=file)
        RegimeTravail.objects.create(agent=agent, quotite=80, pendant=TOUJOURS)
    with django_assert_num_queries(8):  # type: ignore[operator]
        page = client.get(f"/planning/agents/?file={file.pk}").content.decode()
    assert "Agents : 55" in page
    assert "Nom07" in client.get("/planning/agents/?q=nom07").content.decode()
    assert str(denis) in client.get("/planning/agents/?file=aucune").content.decode()
    assert "Agents : 1</caption>" in client.get("/planning/agents/?file=aucune").content.decode()
    passee = DateRange(date(2029, 1, 1), date(2029, 2, 1))
    Habilitation.objects.filter(agent__last_name="Nom00").update(pendant=passee)
    assert "Agents : 54" in client.get(f"/planning/agents/?file={file.pk}").content.decode()


def test_nobody_changes_another_prefecture(denis: Agent, chloe: Agent, etienne: Agent, client: Client) -> None:
    ailleurs = FileGuichetFactory(site=SiteFactory(prefecture=PrefectureFactory(departement="93"), code="93-x"))
    ici = HabilitationFactory(agent=chloe)
    valeurs = fiches.ValeursHabilitation(ailleurs, 2, date(2030, 3, 1))
    for par in (denis, etienne, chloe):
        with pytest.raises(DroitRefuse):
            fiches.poser_habilitation(Habilitation(agent=chloe), valeurs, par=acteur(par), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        fiches.retirer_habilitation(ici, par=acteur(etienne), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        fiches.regler_site(ici.file.site, {}, sensibles=(), par=acteur(etienne), maintenant=INSTANT)
    client.force_login(denis)
    saisie = {"file": ailleurs.pk, "niveau": "2", "du": "01/03/2030"}
    assert client.post(f"/planning/agents/{chloe.pk}/habilitations/ajouter/", saisie).status_code == 422
