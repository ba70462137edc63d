"""Files given out to agents: read from the database, proposed, applied once, undone once, each night where wanted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from psycopg.types.range import TimestamptzRange

from demandes.models import Agent, Demande, Deport, Evenement, Service
from demandes.services.attribution import attribuer
from demandes.services.deports import Vise, declarer_deport
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.calculs.affectation.dossiers import EXPLICATIONS
from planning.models import FileGuichet, PropositionDossiers, RegimeTravail, RegleDossiers
from planning.selectors_dossiers import LotLu, lire_lot, regles_des_services
from planning.services import dossiers as services
from tests.demandes.factories import (
    INSTANT,
    TOUJOURS,
    AgentFactory,
    DemandeFactory,
    MotifFactory,
    PrefectureFactory,
    ServiceFactory,
    UsagerFactory,
)
from tests.parcours import acteur, amener_a, deposer
from tests.planning.factories import AbsenceFactory, FileGuichetFactory, HabilitationFactory

NUMERO = "9912345678"


@pytest.fixture
def denis() -> Agent:
    return AgentFactory(username="denis", chef_service=True)


@pytest.fixture
def chloe() -> Agent:
    return AgentFactory(username="chloe", instructeur=True)


def deposees(combien: int, **champs: Any) -> list[Demande]:
    """Make files that nobody follows, of a motif that no queue serves."""
    motif = champs.pop("motif", None) or MotifFactory(pieces=0, sans_reception=True)
    demandes: list[Demande] = [DemandeFactory(motif=motif, **champs) for _ in range(combien)]
    for demande in demandes:
        deposer(demande)  # not `amener_a`: it comes with agents and a queue of its own
    return demandes


def lu() -> LotLu:
    return lire_lot(Service.objects.select_related("prefecture").get(), maintenant=INSTANT)


def proposer(par: Agent) -> PropositionDossiers:
    """Ask, let the worker search, and return what it found."""
    service = Service.objects.select_related("prefecture").get()
    proposition = services.proposer_dossiers(service, graine=1, par=acteur(par), maintenant=INSTANT)
    services.calculer_propositions()
    return PropositionDossiers.objects.select_related("service").get(pk=proposition.pk)


@pytest.mark.django_db
@pytest.mark.usefixtures("temps_fige")
class TestReading:
    def test_habilitation_is_asked_where_a_queue_serves_the_motif(self, chloe, denis):
        motif = MotifFactory(pieces=0)
        file = FileGuichetFactory(site__code="67-siege", code="b", lettre="B", motifs=[motif])
        deposees(1, motif=motif)
        HabilitationFactory(agent=chloe, file=file, niveau=3)
        competences = {a.id: a.competences for a in lu().lot.agents}
        assert competences[chloe.pk] == {2 * motif.pk: 3}
        assert not competences[denis.pk]

    def test_sensitive_queue_asks_for_a_confirmed_agent_and_another_than_last_time(self, chloe):
        motif = MotifFactory(pieces=0)
        FileGuichetFactory(site__code="67-siege", code="b", lettre="B", motifs=[motif], sensible=True)
        usager = UsagerFactory()
        ancienne, _ = deposees(2, motif=motif, usager=usager)
        attribuer(ancienne, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
        [dossier] = lu().lot.dossiers
        assert dossier.niveau == 2
        assert dossier.interdits == {chloe.pk}

    def test_four_eyes_keep_the_decision_from_who_checked(self, denis):
        motif = MotifFactory(pieces=0, sans_reception=True, quatre_yeux=True)
        demande = amener_a(DemandeFactory(motif=motif), "en_instruction")
        FileGuichet.objects.all().delete()
        lecture = lu()
        [dossier] = lecture.lot.dossiers
        assert dossier.interdits == {demande.completude_par_id}
        decideurs = {a.id for a in lecture.lot.agents if dossier.competence in a.competences}
        assert demande.completude_par_id not in decideurs  # an instructeur without delegation decides nothing
        assert denis.pk in decideurs

    def test_deport_keeps_the_file_away(self, chloe):
        demande, autre = *deposees(1, usager=UsagerFactory(numero_etranger=NUMERO)), *deposees(1)
        declarer_deport(chloe, Vise(numero_etranger=NUMERO), jusqu_au=None, par=acteur(chloe), maintenant=INSTANT)
        lecture = lu()
        assert {d.id: d.interdits for d in lecture.lot.dossiers} == {demande.pk: {chloe.pk}, autre.pk: frozenset()}
        assert lecture.deports == {chloe.pk: 1}

    def test_capacity_leaves_out_leave_and_contract_share(self, chloe, denis):
        deposees(1)
        RegimeTravail.objects.create(agent=denis, quotite=50, pendant=TOUJOURS)
        AbsenceFactory(agent=chloe, pendant=TimestamptzRange(INSTANT, INSTANT + timedelta(days=2)))
        capacites = {a.id: a.capacite for a in lu().lot.agents}
        assert capacites[denis.pk] == 10 * 210  # ten half-days of twenty
        assert capacites[chloe.pk] == 16 * 210  # Monday and Tuesday away

    def test_load_counts_the_files_followed(self, chloe):
        demande, _ = deposees(2)
        attribuer(demande, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
        assert next(a.charge for a in lu().lot.agents if a.id == chloe.pk) == 15
        assert len(lu().lot.dossiers) == 1

    def test_number_of_queries_does_not_grow_with_the_files(self, chloe, django_assert_max_num_queries):
        deposees(6)
        with django_assert_max_num_queries(16):
            lu()


@pytest.mark.django_db
@pytest.mark.usefixtures("temps_fige")
class TestProposal:
    def test_files_are_given_out_and_traced(self, chloe, denis):
        demandes = deposees(4)
        proposition = proposer(denis)
        assert proposition.applicable
        bilan = services.appliquer_proposition(proposition, par=acteur(denis), maintenant=INSTANT)
        assert (bilan.faits, bilan.passes) == (4, 0)
        tenus = sorted(Demande.objects.values_list("agent", flat=True))
        assert tenus == sorted([chloe.pk, denis.pk] * 2)
        assert Evenement.objects.filter(nature="attribution:automatique", demande__in=demandes).count() == 4
        assert Evenement.objects.get(nature="planning:dossiers_applique").charge["dossiers"] == 4

    def test_file_taken_or_forbidden_meanwhile_is_left(self, chloe, denis):
        deposees(3, usager=UsagerFactory(numero_etranger=NUMERO))
        proposition = proposer(denis)
        siens = [ligne[0] for ligne in proposition.lignes if ligne[1] == chloe.pk]
        prise = Demande.objects.exclude(pk__in=siens).earliest("pk")
        attribuer(prise, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
        Deport.objects.create(agent=chloe, numero_etranger=NUMERO, declare_le=INSTANT)
        bilan = services.appliquer_proposition(proposition, par=acteur(denis), maintenant=INSTANT)
        assert bilan.passes == 1 + len(siens)
        assert not Demande.objects.filter(pk__in=siens, agent=chloe).exists()

    def test_undo_takes_back_what_nobody_touched(self, chloe, denis):
        demandes = deposees(4)
        proposition = proposer(denis)
        services.appliquer_proposition(proposition, par=acteur(denis), maintenant=INSTANT)
        touchee = Demande.objects.filter(agent=chloe).earliest("pk")
        attribuer(touchee, agent_id=denis.pk, par=acteur(denis), maintenant=INSTANT + timedelta(minutes=1))
        bilan = services.defaire_proposition(proposition, par=acteur(denis), maintenant=INSTANT)
        assert (bilan.faits, bilan.passes) == (3, 1)
        assert set(Demande.objects.filter(agent=None)) == set(demandes) - {touchee}
        with pytest.raises(ErreurMetier, match="n’est pas appliquée"):
            services.defaire_proposition(proposition, par=acteur(denis), maintenant=INSTANT)

    def test_one_search_at_a_time_and_stopped_before_it_begins(self, chloe, denis):
        deposees(1)
        service = Service.objects.get()
        proposition = services.proposer_dossiers(service, graine=1, par=acteur(denis), maintenant=INSTANT)
        with pytest.raises(ErreurMetier, match="cherche déjà"):
            services.proposer_dossiers(service, graine=1, par=acteur(denis), maintenant=INSTANT)
        services.arreter_proposition(proposition, par=acteur(denis), maintenant=INSTANT)
        assert services.calculer_propositions() == 0
        with pytest.raises(ErreurMetier, match="pas encore prête"):
            services.appliquer_proposition(proposition, par=acteur(denis), maintenant=INSTANT)

    def test_who_does_not_plan_there_is_refused(self, chloe, denis):
        deposees(1)
        proposition, service = proposer(denis), Service.objects.get()
        etienne = AgentFactory(chef_service=True, prefecture=PrefectureFactory(departement="93"))
        for qui in (chloe, etienne):
            par: dict[str, Any] = {"par": acteur(qui), "maintenant": INSTANT}
            for geste in (
                lambda p=par: services.proposer_dossiers(service, graine=1, **p),
                lambda p=par: services.arreter_proposition(proposition, **p),
                lambda p=par: services.appliquer_proposition(proposition, **p),
                lambda p=par: services.defaire_proposition(proposition, **p),
                lambda p=par: services.regler_dossiers(service, automatique=True, horizon_jours=None, **p),
            ):
                with pytest.raises(DroitRefuse):
                    geste()

    def test_night_gives_out_where_wanted_and_again_what_is_left(self, chloe, capsys):
        deposees(2)
        call_command("affecter_dossiers", "--json")
        assert json.loads(capsys.readouterr().out) == {}
        RegleDossiers.objects.create(automatique=True)
        for attendu in (2, 0):
            call_command("affecter_dossiers", "--json")
            assert json.loads(capsys.readouterr().out) == {"67-etrangers": attendu}
        assert not Demande.objects.filter(agent=None).exists()

    def test_service_has_its_own_value_else_the_country(self, denis):
        service, autre = ServiceFactory(), ServiceFactory(genre="reglementation")
        RegleDossiers.objects.create(automatique=True, horizon_jours=5)
        services.regler_dossiers(service, automatique=False, horizon_jours=None, par=acteur(denis), maintenant=INSTANT)
        regles = regles_des_services([service.pk, autre.pk])
        assert (regles[service.pk].automatique, regles[service.pk].horizon_jours) == (False, 5)
        assert regles[autre.pk].automatique


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("temps_fige")
def test_two_managers_who_apply_at_once_give_the_files_once(denis, chloe):
    deposees(3)
    proposition, depart = proposer(denis), Barrier(2)
    autre = AgentFactory(chef_service=True)

    def appliquer(qui: Agent) -> str:
        try:
            fraiche = PropositionDossiers.objects.select_related("service").get(pk=proposition.pk)
            par = acteur(qui)
            depart.wait()
            services.appliquer_proposition(fraiche, par=par, maintenant=INSTANT)
        except ErreurMetier as refus:
            return refus.code
        finally:
            connection.close()
        return "fait"

    with ThreadPoolExecutor(2) as fils:
        assert sorted(fils.map(appliquer, [denis, autre])) == ["fait", "plus_applicable"]
    assert Evenement.objects.filter(nature="attribution:automatique").count() == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("temps_fige")
def test_page_from_the_question_to_the_undo(client: Client, chloe, denis):
    deposees(3)
    client.force_login(denis)
    service = Service.objects.get()
    page = client.get("/planning/dossiers/").content.decode()
    assert "3 dossiers" in page
    assert "Vide : la valeur nationale, 10." in page
    assert client.post("/planning/dossiers/proposer/", {"service": service.pk}).status_code == 303
    page = client.get("/planning/dossiers/").content.decode()
    assert "La machine va commencer" in page
    assert "Proposer une attribution" not in page
    services.calculer_propositions()
    proposition = PropositionDossiers.objects.get()
    assert client.get(f"/planning/dossiers/{proposition.pk}/etat/")["HX-Refresh"] == "true"
    assert "confier 3 dossiers" in client.get("/planning/dossiers/").content.decode()
    liste = client.get(f"/planning/dossiers/{proposition.pk}/?choix={chloe.pk}").content.decode()
    assert any(explication in liste for explication in EXPLICATIONS.values())
    for geste, dit in (("appliquer", "3 dossiers confiés"), ("defaire", "3 dossiers repris")):
        reponse = client.post(f"/planning/dossiers/{proposition.pk}/{geste}/", follow=True)
        assert dit in reponse.content.decode()
    assert client.post("/planning/dossiers/", {"automatique": "oui", "horizon_jours": "99"}).status_code == 422
    assert client.post("/planning/dossiers/", {"automatique": "oui", "horizon_jours": "5"}).status_code == 303
    assert RegleDossiers.objects.get().automatique


@pytest.mark.django_db
@pytest.mark.usefixtures("temps_fige")
def test_page_tells_how_many_deports_and_never_whom(client: Client, chloe, denis):
    [demande] = deposees(1, usager=UsagerFactory(numero_etranger=NUMERO))
    for agent in (chloe, denis):
        Deport.objects.create(agent=agent, numero_etranger=NUMERO, declare_le=INSTANT)
    proposition = proposer(AgentFactory(chef_service=True, delegation=False, username="zoe"))
    PropositionDossiers.objects.filter(pk=proposition.pk).update(
        lignes=[[demande.pk, None, "ecartes", 0, 0]], donnees=[]
    )
    client.force_login(Agent.objects.get(username="zoe"))
    page = client.get("/planning/dossiers/").content.decode()
    assert NUMERO not in page
    assert "les agents habilités en sont écartés (déport, quatre yeux ou rotation)" in page
    liste = client.get(f"/planning/dossiers/{proposition.pk}/?choix=ecartes").content.decode()
    assert str(chloe) not in liste
