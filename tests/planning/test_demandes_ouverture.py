"""Places that are missing are asked for once, seen by the managers of the site, and answered once."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from demandes.models import Agent, Evenement, Notification
from demandes.services.courriels import composer
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import DemandeOuverture, RegleCreneaux
from planning.services.demandes_ouverture import (
    demander_ouverture,
    ouvertes_depuis,
    places_attendues,
    repondre_ouverture,
)
from tests.demandes.factories import INSTANT, AgentFactory, AttributionFactory, SiteFactory
from tests.parcours import acteur
from tests.planning.aide_lots import Attente
from tests.planning.factories import CreneauFactory, PlageOuvertureFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def a() -> Attente:
    """Three persons, one place, a manager with an address."""
    attente = Attente(personnes=3, places=1)
    for agent, nom in ((attente.denis, "denis"), (attente.chloe, "chloe")):
        Agent.objects.filter(pk=agent.pk).update(email=f"{nom}@example.org")
    return attente


def demander(a: Attente, maintenant=INSTANT) -> DemandeOuverture:
    bilan = a.projeter().bilan
    assert bilan is not None
    (faite,) = demander_ouverture(a.site.prefecture, bilan.manques, par=acteur(a.chloe), maintenant=maintenant)
    return faite.demande


def redemander(a: Attente, qui: Agent) -> int:
    """Ask again for what is missing now; return how many places nobody had asked for."""
    bilan = a.projeter().bilan
    assert bilan is not None
    (faite,) = demander_ouverture(a.site.prefecture, bilan.manques, par=acteur(qui), maintenant=INSTANT)
    return faite.ajoutees


def courriels(modele: str) -> list[str]:
    return list(Notification.objects.filter(modele=modele).order_by("pk").values_list("destinataire", flat=True))


def test_demander_ouverture_says_how_many_where_until_when_and_for_whom(a):
    demande = demander(a)
    assert (demande.file, demande.places, demande.attente, demande.places_alors) == (a.file, 2, 2, 1)
    assert demande.avant == INSTANT.date() + timedelta(days=a.motif.validite_convocation_jours)
    assert Evenement.objects.get(nature="planning:ouverture_demandee").charge["places"] == 2


def test_demander_ouverture_writes_to_the_managers_of_the_site_once(a):
    ailleurs = AgentFactory(email="ailleurs@example.org")
    AttributionFactory(agent=ailleurs, role="chef_service", site=SiteFactory(code="67-autre"))
    demander(a)
    with pytest.raises(ErreurMetier) as refus:
        demander(a)
    assert refus.value.code == "deja_demandees"
    assert courriels("ouverture_demandee") == ["denis@example.org"]
    texte = composer(Notification.objects.get(modele="ouverture_demandee")).texte
    assert f"/planning/?site={a.site.code}\n" in texte
    assert f"{a.site.nom}, {a.file.nom} : 2 places demandées avant le" in texte
    assert "pour 2 personnes." in texte


def test_demander_ouverture_again_keeps_one_request_and_the_greater_need(a):
    demande = demander(a)
    a.attendre(1)
    assert redemander(a, a.chloe) == 1
    demande.refresh_from_db()
    assert (demande.places, demande.attente) == (3, 3)
    assert DemandeOuverture.objects.count() == 1
    assert courriels("ouverture_demandee") == ["denis@example.org"] * 2  # more than the first mail said


def test_another_agent_who_asks_for_the_same_places_joins_and_is_told_the_answer(client, a):
    demande = demander(a)
    emile = AgentFactory(instructeur=True, email="emile@example.org")
    assert redemander(a, emile) == 0
    with pytest.raises(ErreurMetier, match="déjà demandé"):
        redemander(a, emile)
    demande.refresh_from_db()
    assert (demande.places, DemandeOuverture.objects.count()) == (2, 1)
    assert courriels("ouverture_demandee") == ["denis@example.org"]
    client.force_login(a.denis)
    assert f"Demandées aussi par {emile}." in client.get(f"/planning/ouvertures/{demande.pk}/").content.decode()
    CreneauFactory(file=a.file, places=2)
    repondre_ouverture(demande, satisfaite=True, par=acteur(a.denis), maintenant=INSTANT)
    assert sorted(courriels("ouverture_satisfaite")) == ["chloe@example.org", "emile@example.org"]


def test_places_opened_and_taken_since_are_asked_for_beside_those_still_missing(a):
    """Two asked for, two opened and promised meanwhile: what is missing now is another need."""
    demande = demander(a)
    CreneauFactory(file=a.file, places=2)
    assert places_attendues([a.file.pk], maintenant=INSTANT)[a.file.pk].restent == 0
    a.preparer()  # three persons, three places
    a.attendre(2)
    bilan = a.projeter().bilan
    assert bilan is not None
    (faite,) = demander_ouverture(a.site.prefecture, bilan.manques, par=acteur(a.chloe), maintenant=INSTANT)
    assert faite.ajoutees == 2
    demande.refresh_from_db()
    assert demande.places == 4


def test_demander_ouverture_is_refused_to_who_may_not_convoke_or_when_nothing_is_missing(a):
    bilan = a.projeter().bilan
    with pytest.raises(DroitRefuse):
        demander_ouverture(a.site.prefecture, bilan.manques, par=acteur(AgentFactory(accueil=True)), maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match="Il ne manque plus"):
        demander_ouverture(a.site.prefecture, {}, par=acteur(a.chloe), maintenant=INSTANT)


def test_places_opened_since_are_counted(a):
    demande = demander(a)
    assert ouvertes_depuis(demande, maintenant=INSTANT) == 0
    CreneauFactory(file=a.file, places=2)
    assert ouvertes_depuis(demande, maintenant=INSTANT) == 2


def test_places_that_a_wave_would_have_opened_anyway_do_not_count(a):
    RegleCreneaux.objects.create(site=a.site, horizon_jours=7)
    PlageOuvertureFactory(file=a.file, debut=time(9), fin=time(9, a.minutes), nb_guichets=1)
    demande = DemandeOuverture.objects.create(
        file=a.file,
        places=2,
        attente=2,
        avant=INSTANT.date() + timedelta(days=30),
        places_alors=5,  # one published, four Tuesdays to come
        demandee_par=a.chloe,
        demandee_le=INSTANT,
    )
    assert ouvertes_depuis(demande, maintenant=INSTANT) == 0
    assert ouvertes_depuis(demande, maintenant=INSTANT + timedelta(days=3)) == 0


def test_repondre_ouverture_closes_it_and_tells_who_asked(a):
    demande = demander(a)
    ouvert = CreneauFactory(file=a.file, places=2)
    repondre_ouverture(demande, satisfaite=True, par=acteur(a.denis), maintenant=INSTANT)
    texte = composer(Notification.objects.get(modele="ouverture_satisfaite")).texte
    assert f"{a.file.nom} : 2 places demandées" in texte
    assert "2 places ouvertes depuis votre demande." in texte
    demande.refresh_from_db()
    assert (demande.etat, demande.repondue_par_id) == ("satisfaite", a.denis.pk)
    assert courriels("ouverture_satisfaite") == ["chloe@example.org"]
    with pytest.raises(ErreurMetier) as refus:
        repondre_ouverture(demande, satisfaite=True, par=acteur(a.denis), maintenant=INSTANT)
    assert refus.value.code == "deja_repondue"
    ouvert.delete()
    assert demander(a).pk != demande.pk  # another need is another request


def test_repondre_ouverture_that_they_are_open_when_too_few_are_says_what_is(client, a):
    demande = demander(a)
    CreneauFactory(file=a.file, places=1)
    client.force_login(a.denis)
    reponse = client.post(f"/planning/ouvertures/{demande.pk}/", {"decision": "ouvertes", "raison": " "})
    assert reponse.status_code == 422
    assert "1 place ouverte depuis la demande, sur 2" in reponse.content.decode()
    assert DemandeOuverture.objects.get().etat == "ouverte"
    assert not courriels("ouverture_satisfaite")
    repondre_ouverture(
        demande, satisfaite=True, raison="Une seule : l’autre guichet ferme.", par=acteur(a.denis), maintenant=INSTANT
    )
    courriel = composer(Notification.objects.get(modele="ouverture_satisfaite"))
    assert "1 place ouverte depuis votre demande." in courriel.texte
    assert "« Une seule : l’autre guichet ferme. »" in courriel.texte
    assert "l’autre guichet ferme." in courriel.html


def test_repondre_ouverture_refusal_says_why(a):
    demande = demander(a)
    with pytest.raises(ErreurMetier) as refus:
        repondre_ouverture(demande, satisfaite=False, raison=" ", par=acteur(a.denis), maintenant=INSTANT)
    assert refus.value.champ == "raison"
    repondre_ouverture(
        demande, satisfaite=False, raison="Deux guichets fermés.", par=acteur(a.denis), maintenant=INSTANT
    )
    assert courriels("ouverture_refusee") == ["chloe@example.org"]


def test_repondre_ouverture_is_refused_to_who_does_not_plan(a):
    with pytest.raises(DroitRefuse):
        repondre_ouverture(demander(a), satisfaite=True, par=acteur(a.chloe), maintenant=INSTANT)


def test_repondre_ouverture_is_refused_to_who_plans_another_site(client, a):
    demande, ailleurs = demander(a), AgentFactory()
    AttributionFactory(
        agent=ailleurs,
        role="chef_service",
        prefecture=a.site.prefecture,
        site=SiteFactory(prefecture=a.site.prefecture, code="67-selestat"),
    )
    with pytest.raises(DroitRefuse):
        repondre_ouverture(demande, satisfaite=False, raison="Non.", par=acteur(ailleurs), maintenant=INSTANT)
    client.force_login(ailleurs)
    assert client.get(f"/planning/ouvertures/{demande.pk}/").status_code == 404
    ici = AgentFactory()
    AttributionFactory(agent=ici, role="chef_service", prefecture=a.site.prefecture, site=a.site)
    repondre_ouverture(demande, satisfaite=False, raison="Non.", par=acteur(ici), maintenant=INSTANT)


def test_manager_sees_the_request_on_the_page_of_openings_and_answers(client, a):
    demande = demander(a)
    client.force_login(a.denis)
    page = client.get(f"/planning/?site={a.site.code}").content.decode()
    assert f'data-ouverture="{demande.pk}"' in page
    CreneauFactory(file=a.file, places=2)
    assert "Les places sont ouvertes." in client.get(f"/planning/?site={a.site.code}").content.decode()
    adresse = f"/planning/ouvertures/{demande.pk}/"
    assert client.post(adresse, {"decision": "refuser", "raison": ""}).status_code == 422
    assert client.post(adresse, {"decision": "ouvertes", "raison": ""}).status_code == 303
    assert "data-ouverture" not in client.get(f"/planning/?site={a.site.code}").content.decode()
    assert client.get(adresse).status_code == 200
