"""Leave that agents ask for, half-days that they swap: who may, which rules hold, what the plan becomes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Evenement, Notification
from demandes.services.courriels import composer
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import (
    Absence,
    Affectation,
    DemandeConge,
    EchangePlaces,
    PlanSemaine,
    ReglesPlanning,
    RetouchePlan,
)
from planning.selectors_demandes import contreparties, place_a_donner
from planning.selectors_semaine import lire_semaine
from planning.services import demandes_conge, echanges, plans
from planning.services.echanges import Echange
from tests.demandes.factories import INSTANT, AgentFactory
from tests.parcours import acteur
from tests.planning.aide_semaine import LUNDI, Publie
from tests.planning.factories import (
    AffectationFactory,
    FileGuichetFactory,
    HabilitationFactory,
    PlageOuvertureFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
PARIS = ZoneInfo("Europe/Paris")
SAISIE = {"genre": "conge", "du": "12/03/2030", "au": "13/03/2030", "partie": "journee", "mot": "Merci"}
JOURS = TimestamptzRange(datetime(2030, 3, 12, tzinfo=PARIS), datetime(2030, 3, 14, tzinfo=PARIS))


def demander(agent: Agent) -> DemandeConge:
    """Ask for two days."""
    prefecture = agent.attributions.get().prefecture
    return demandes_conge.demander_conge(
        agent, prefecture, genre="conge", periode=JOURS, mot="", par=acteur(agent), maintenant=INSTANT
    )


def test_leave_is_asked_for_then_accepted_and_frees_the_posts(client: Client, chloe: Agent, denis: Agent) -> None:
    Agent.objects.filter(pk=chloe.pk).update(email="chloe@example.org")
    lundi = datetime.combine(LUNDI + timedelta(days=1), time(9), tzinfo=PARIS)
    AffectationFactory(agent=chloe, pendant=TimestamptzRange(lundi, lundi + timedelta(hours=3)))
    client.force_login(chloe)
    page = client.post("/agent/planning/conges/demander/", SAISIE, follow=True).content.decode()
    assert "En attente de réponse" in page
    refus = client.post("/agent/planning/conges/demander/", SAISIE)
    assert refus.status_code == 422
    assert "attend déjà une réponse" in refus.content.decode()
    client.force_login(denis)
    assert "Demandes des agents (1)" in client.get("/planning/absences/").content.decode()
    demande = DemandeConge.objects.get()
    adresse = f"/planning/demandes/conges/{demande.pk}/"
    assert "Chloé Durand" in client.get("/planning/demandes/").content.decode()
    assert list(client.post(adresse, {"decision": "refuser"}).context["form"].errors) == ["reponse"]
    fait = client.post(adresse, {"decision": "accepter", "reponse": "Bonnes vacances"}, follow=True).content.decode()
    assert "1 demi-journée affectée est libérée" in fait
    absence = Absence.objects.get()
    assert (absence.pendant, absence.source, absence.demande) == (JOURS, "saisie", demande)
    assert not Affectation.objects.exists()
    assert client.get(adresse).status_code == 404
    message = Notification.objects.get()
    assert message.contexte == {"agent_id": chloe.pk}
    assert "est acceptée" in composer(message).texte
    assert "Chloé" not in composer(message).texte
    client.force_login(chloe)
    assert "Bonnes vacances" in client.get("/agent/planning/").content.decode()


def test_leave_accepted_then_removed_is_said_to_the_agent(client: Client, chloe: Agent, denis: Agent) -> None:
    Agent.objects.filter(pk=chloe.pk).update(email="chloe@example.org")
    demande = demander(chloe)
    demandes_conge.accepter_conge(demande, reponse="", par=acteur(denis), maintenant=INSTANT)
    client.force_login(denis)
    client.post(f"/planning/absences/{Absence.objects.get().pk}/supprimer/")
    demande.refresh_from_db()
    assert demande.etat == "retiree"
    assert Notification.objects.filter(modele="conge_supprime", destinataire="chloe@example.org").count() == 1
    client.force_login(chloe)
    page = client.get("/agent/planning/").content.decode()
    assert "Le congé accordé a été supprimé" in page
    assert "Acceptée" not in page


def test_leave_is_refused_with_a_word_or_taken_back(chloe: Agent, denis: Agent) -> None:
    demande = demander(chloe)
    demandes_conge.refuser_conge(demande, reponse="Trop d’absents", par=acteur(denis), maintenant=INSTANT)
    for agir in (demandes_conge.accepter_conge, demandes_conge.refuser_conge):
        with pytest.raises(ErreurMetier, match="n’attend plus"):
            agir(demande, reponse="x", par=acteur(denis), maintenant=INSTANT)
    autre = demander(chloe)
    demandes_conge.retirer_conge(autre, par=acteur(chloe), maintenant=INSTANT)
    etats = DemandeConge.objects.order_by("pk").values_list("etat", flat=True)
    assert list(etats) == ["refusee", "retiree"]
    assert not Absence.objects.exists()


def test_leave_is_ones_own_and_nobody_answers_oneself(chloe: Agent, denis: Agent, etienne: Agent) -> None:
    demande = demander(denis)
    for par in (denis, chloe, etienne):
        with pytest.raises(DroitRefuse):
            demandes_conge.accepter_conge(demande, reponse="", par=acteur(par), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        demandes_conge.retirer_conge(demande, par=acteur(chloe), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        demandes_conge.demander_conge(
            chloe,
            chloe.attributions.get().prefecture,
            genre="conge",
            periode=JOURS,
            mot="",
            par=acteur(denis),
            maintenant=INSTANT,
        )


@pytest.mark.parametrize(
    ("champs", "champ"),
    [({"du": "04/03/2030", "au": "05/03/2030"}, "du"), ({"au": "11/03/2030"}, "au"), ({"genre": "maladie"}, "genre")],
)
def test_leave_that_cannot_be_asked_for_is_refused_beside_its_field(
    client: Client, chloe: Agent, champs: dict[str, str], champ: str
) -> None:
    client.force_login(chloe)
    refus = client.post("/agent/planning/conges/demander/", SAISIE | champs)
    assert refus.status_code == 422
    assert list(refus.context["form"].errors) == [champ]


def test_answer_and_withdrawal_at_once_leave_one_outcome(chloe: Agent, denis: Agent) -> None:
    demande, depart, refus = demander(chloe), Barrier(2), []

    def agir(quoi: str) -> None:
        depart.wait()
        try:
            if quoi == "accepter":
                demandes_conge.accepter_conge(demande, reponse="", par=acteur(denis), maintenant=INSTANT)
            else:
                demandes_conge.retirer_conge(demande, par=acteur(chloe), maintenant=INSTANT)
        except ErreurMetier as erreur:
            refus.append(erreur.code)
        finally:
            connection.close()

    fils = [Thread(target=agir, args=(quoi,)) for quoi in ("accepter", "retirer")]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert refus == ["deja_repondue"]
    demande.refresh_from_db()
    assert Absence.objects.exists() == (demande.etat == "acceptee")


@pytest.fixture
def publie() -> Publie:
    """A week in force."""
    return Publie()


def test_swap_is_proposed_accepted_validated_and_traced(publie: Publie) -> None:
    guichets = set(Affectation.objects.values_list("guichet", "pendant"))
    propose = publie.proposer()
    assert not echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    assert publie.tenus()[publie.un.pk] == {0}
    echanges.valider_echange(propose, reponse="", par=publie.chef, maintenant=INSTANT)
    tenus = publie.tenus()
    assert (tenus[publie.un.pk], tenus[publie.deux.pk], tenus[publie.trois.pk]) == ({2}, {0}, {0})
    assert set(Affectation.objects.values_list("guichet", "pendant")) == guichets, "the same counters"
    retouche = RetouchePlan.objects.get()
    assert (retouche.par_id, len(retouche.changements)) == (publie.chef.pk, 4)
    with pytest.raises(ErreurMetier, match="n’attend plus"):
        echanges.valider_echange(propose, reponse="", par=publie.chef, maintenant=INSTANT)


def test_half_day_is_given_for_nothing_and_at_once_where_the_site_says_so(publie: Publie) -> None:
    ReglesPlanning.objects.create(site=publie.service.site, echanges_automatiques=True)
    propose = publie.proposer(None)
    assert echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    tenus = publie.tenus()
    assert publie.un.pk not in tenus
    assert tenus[publie.deux.pk] == {0, 2}
    assert RetouchePlan.objects.get().par_id == publie.deux.pk


def test_swap_that_breaks_a_rule_is_refused_with_the_reason(publie: Publie) -> None:
    sans = AgentFactory(instructeur=True, prefecture=publie.service.site.prefecture, last_name="Sans")
    HabilitationFactory(agent=sans, file=publie.service.permis)
    vers = Echange(publie.un.pk, 0, sans.pk, None)
    with pytest.raises(ErreurMetier, match="pas d’habilitation pour ce poste"):
        echanges.proposer_echange(publie.plan, vers, mot="", par=acteur(publie.un), maintenant=INSTANT)
    propose = publie.proposer(None)
    lundi = datetime.combine(LUNDI, time(0), tzinfo=PARIS)
    Absence.objects.create(
        agent=publie.deux, genre="maladie", pendant=TimestamptzRange(lundi, lundi + timedelta(days=1))
    )
    with pytest.raises(ErreurMetier, match="absent"):
        echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    assert publie.tenus()[publie.un.pk] == {0}


def test_swap_of_what_changed_or_began_is_refused(publie: Publie) -> None:
    propose = publie.proposer()
    with pytest.raises(ErreurMetier, match="déjà proposé"):
        publie.proposer(None)
    mardi = datetime.combine(LUNDI + timedelta(days=1), time(12), tzinfo=PARIS)
    with pytest.raises(ErreurMetier, match="a commencé"):
        echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=mardi)
    PlanSemaine.objects.update(etat="remplace")
    with pytest.raises(ErreurMetier, match="autre planning"):
        echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)


def test_swap_is_between_the_two_agents_and_their_manager(publie: Publie, etienne: Agent) -> None:
    propose = publie.proposer()
    for agir, par in (
        (echanges.accepter_echange, publie.un),
        (echanges.accepter_echange, publie.trois),
        (echanges.decliner_echange, publie.trois),
    ):
        with pytest.raises(DroitRefuse):
            agir(propose, par=acteur(par), maintenant=INSTANT)
    for agent in (etienne, publie.deux):
        with pytest.raises(DroitRefuse):
            echanges.valider_echange(propose, reponse="", par=acteur(agent), maintenant=INSTANT)
    echange = Echange(publie.un.pk, 0, publie.deux.pk, None)
    with pytest.raises(DroitRefuse):
        echanges.proposer_echange(publie.plan, echange, mot="", par=acteur(publie.deux), maintenant=INSTANT)
    echanges.decliner_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    encore = publie.proposer()
    echanges.accepter_echange(encore, par=acteur(publie.deux), maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match="pourquoi"):
        echanges.refuser_echange(encore, reponse=" ", par=publie.chef, maintenant=INSTANT)
    echanges.refuser_echange(encore, reponse="Non", par=publie.chef, maintenant=INSTANT)
    etats = EchangePlaces.objects.order_by("pk").values_list("etat", flat=True)
    assert list(etats) == ["decline", "refuse"]


def test_what_may_be_asked_in_return_is_what_fits(publie: Publie) -> None:
    poste = Affectation.objects.get(agent=publie.un)
    place = place_a_donner(publie.un, poste.pk, maintenant=INSTANT)
    assert place is not None
    offres = dict(contreparties(place, publie.un, maintenant=INSTANT))
    assert [v for v, _ in offres[str(publie.deux)]] == [f"{publie.deux.pk}-", f"{publie.deux.pk}-2"]
    assert [v for v, _ in offres[str(publie.trois)]] == [f"{publie.trois.pk}-0"]
    assert place_a_donner(publie.deux, poste.pk, maintenant=INSTANT) is None


def test_pages_lead_from_a_post_to_the_swap(client: Client, publie: Publie) -> None:
    Agent.objects.filter(pk=publie.deux.pk).update(email="deux@example.org")
    client.force_login(publie.un)
    poste = Affectation.objects.get(agent=publie.un)
    assert f"/agent/planning/postes/{poste.pk}/echanger/" in client.get("/agent/planning/").content.decode()
    adresse = f"/agent/planning/postes/{poste.pk}/echanger/"
    assert client.post(adresse, {"contre": "x"}).status_code == 422
    client.post(adresse, {"contre": f"{publie.deux.pk}-2", "mot": "Possible ?"})
    propose = EchangePlaces.objects.get()
    assert "propose un échange" in composer(Notification.objects.get()).objet
    client.force_login(publie.trois)
    assert client.post(f"/agent/planning/echanges/{propose.pk}/accepter/").status_code == 404
    client.force_login(publie.deux)
    page = client.get("/agent/planning/").content.decode()
    assert "Possible ?" in page
    assert 'data-action="accepter-echange"' in page
    assert 'data-action="decliner-echange"' in page
    fait = client.post(f"/agent/planning/echanges/{propose.pk}/accepter/", follow=True).content.decode()
    assert "doit encore valider" in fait
    client.force_login(Agent.objects.get(pk=publie.chef.pk))
    page = client.get("/planning/demandes/").content.decode()
    assert "lundi matin, 11/03/2030, Séjour" in page
    client.post(f"/planning/demandes/echanges/{propose.pk}/", {"decision": "accepter"})
    assert publie.tenus()[publie.un.pk] == {2}
    assert client.get(f"/planning/demandes/echanges/{propose.pk}/").status_code == 404


def test_queries_of_the_lists_do_not_grow(
    client: Client, chloe: Agent, denis: Agent, publie: Publie, django_assert_num_queries: object
) -> None:
    echanges.accepter_echange(publie.proposer(), par=acteur(publie.deux), maintenant=INSTANT)
    for adresse, agent, nombre in (("/planning/demandes/", denis, 8), ("/agent/planning/", chloe, 9)):
        client.force_login(agent)
        for n in range(2):
            for jour in range(5):
                debut = INSTANT + timedelta(days=40 + 10 * n + jour)
                DemandeConge.objects.create(
                    agent=agent,
                    prefecture=agent.attributions.get().prefecture,
                    genre="conge",
                    pendant=TimestamptzRange(debut, debut + timedelta(hours=2)),
                    cree_le=INSTANT,
                )
            with django_assert_num_queries(nombre):  # type: ignore[operator]
                client.get(adresse)


def test_opening_of_another_queue_added_since_does_not_stop_a_swap(publie: Publie) -> None:
    """The half-days begin earlier and end later than the posts of the plan in force."""
    file = FileGuichetFactory(site=publie.service.site, code="tot", nom="Tôt")
    for jour in range(1, 6):
        PlageOuvertureFactory(file=file, jour=jour, debut=time(7), fin=time(19))
    poste = Affectation.objects.filter(agent=publie.un).earliest("pendant")
    assert lire_semaine(publie.plan).moments[0].debut < poste.pendant.lower
    place = place_a_donner(publie.un, poste.pk, maintenant=INSTANT)
    assert place is not None
    assert place.demi_journee == 0
    echanges.accepter_echange(publie.proposer(), par=acteur(publie.deux), maintenant=INSTANT)
    echanges.valider_echange(EchangePlaces.objects.get(), reponse="", par=publie.chef, maintenant=INSTANT)
    assert place_a_donner(publie.deux, Affectation.objects.get(agent=publie.deux).pk, maintenant=INSTANT) is not None


@pytest.mark.parametrize("accepte", [False, True])
def test_swap_of_a_plan_that_is_replaced_is_closed_told_and_traced(publie: Publie, accepte: bool) -> None:
    for agent, adresse in ((publie.un, "un@example.org"), (publie.deux, "deux@example.org")):
        Agent.objects.filter(pk=agent.pk).update(email=adresse)
    propose = publie.proposer()
    if accepte:
        echanges.accepter_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    Notification.objects.all().delete()
    site = publie.service.site
    copie = plans.creer_plan(site, LUNDI, nom="Copie", copie=publie.plan, par=publie.chef, maintenant=INSTANT)
    plans.publier_plan(copie, par=publie.chef, maintenant=INSTANT)
    propose.refresh_from_db()
    assert (propose.etat, propose.reponse) == ("retire", "Un autre planning est publié depuis.")
    messages = Notification.objects.order_by("destinataire")
    assert [m.destinataire for m in messages] == ["deux@example.org", "un@example.org"]
    assert "n’aura pas lieu" in composer(messages[0]).objet
    evenement = Evenement.objects.get(nature="planning:echange_perime")
    assert evenement.charge == {"echange_id": propose.pk, "plan_id": publie.plan.pk}


def test_swap_that_ended_is_left_as_it_was(publie: Publie) -> None:
    propose = publie.proposer()
    echanges.decliner_echange(propose, par=acteur(publie.deux), maintenant=INSTANT)
    site = publie.service.site
    copie = plans.creer_plan(site, LUNDI, nom="Copie", copie=publie.plan, par=publie.chef, maintenant=INSTANT)
    plans.publier_plan(copie, par=publie.chef, maintenant=INSTANT)
    propose.refresh_from_db()
    assert (propose.etat, propose.reponse) == ("decline", "")
