"""Déports: whom an agent must not handle never reaches them, by any door."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from demandes.models import Agent, Demande, Deport, Evenement
from demandes.services import completude, decision, messages
from demandes.services.attribution import attribuer
from demandes.services.deports import Vise, declarer_deport, oublier_deports, retirer_deport
from demandes.services.pieces import verifier_piece
from guichet.services import guichet, mouvements
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, MotifFactory, UsagerFactory
from tests.guichet.aide import Salle, salle
from tests.parcours import acteur, amener_a, juger_les_pieces
from tests.planning.factories import GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]

NUMERO = "9912345678"


def deporter(agent: Agent, **vise: str) -> int:
    """Declare a déport, today and without end."""
    return declarer_deport(agent, Vise(**vise), jusqu_au=None, par=acteur(agent), maintenant=INSTANT)


@pytest.fixture
def chloe() -> Agent:
    return AgentFactory(username="chloe", signataire=True)


@pytest.fixture
def demande(chloe: Agent) -> Demande:
    usager = UsagerFactory(nom="Éberlé-d’Or", numero_etranger=NUMERO)
    return amener_a(DemandeFactory(usager=usager), "deposee")


@pytest.mark.parametrize(
    "vise",
    [
        {"numero_etranger": NUMERO},
        {"nom": "EBERLE D'OR", "date_naissance": "1980-05-17"},
        {"numero_demande": "le sien"},
    ],
    ids=["numero_etranger", "nom_et_naissance", "demande"],
)
def test_each_way_to_declare_keeps_the_file_away(vise, chloe, demande):
    if "numero_demande" in vise:
        vise = {"numero_demande": demande.numero}
    deporter(chloe, **vise)
    with pytest.raises(DroitRefuse):
        attribuer(demande, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
    assert not Demande.objects.visibles_par(Agent.objects.get(pk=chloe.pk)).exists()


@pytest.mark.parametrize(
    "vise",
    [
        {"numero_etranger": "9912345679"},
        {"nom": "Eberle", "date_naissance": "1980-05-17"},
        {"nom": "Eberle d’Or", "date_naissance": "1980-05-18"},
        {"numero_demande": "67-2030-999999"},
    ],
)
def test_somebody_else_is_not_kept_away(vise, chloe, demande):
    deporter(chloe, **vise)
    attribuer(demande, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
    assert Demande.objects.visibles_par(Agent.objects.get(pk=chloe.pk)).get() == demande


def test_no_act_on_the_file_is_left_to_them(chloe, demande):
    juger_les_pieces(demande, conforme=True, par=acteur(AgentFactory(instructeur=True)))
    deporter(chloe, numero_etranger=NUMERO)
    par, piece = acteur(chloe), demande.pieces.courantes().get()
    gestes = [
        lambda: completude.constater_completude(demande, par=par, maintenant=INSTANT),
        lambda: decision.refuser(demande, motifs_droit="x" * 20, motifs_fait="y" * 20, par=par, maintenant=INSTANT),
        lambda: verifier_piece(piece, conforme=True, raison="", par=par, maintenant=INSTANT),
        lambda: messages.ecrire(demande, "Bonjour", par=par, maintenant=INSTANT),
    ]
    for geste in gestes:
        with pytest.raises(DroitRefuse, match="vous est fermé"):
            geste()


def test_decision_is_refused_in_the_state_that_allows_it(chloe):
    demande = amener_a(
        DemandeFactory(motif=MotifFactory(sans_reception=True), usager=UsagerFactory(numero_etranger=NUMERO)),
        "en_instruction",
    )
    deporter(chloe, numero_etranger=NUMERO)
    with pytest.raises(DroitRefuse):
        decision.accorder(demande, par=acteur(chloe), maintenant=INSTANT)


def test_ended_deport_keeps_nothing_away_and_is_erased(chloe, demande):
    declarer_deport(chloe, Vise(numero_etranger=NUMERO), jusqu_au=INSTANT.date(), par=acteur(chloe), maintenant=INSTANT)
    Deport.objects.update(jusqu_au=INSTANT.date() - timedelta(days=1))
    attribuer(demande, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
    assert oublier_deports(maintenant=INSTANT) == 1
    assert not Deport.objects.exists()


def test_files_that_one_follows_are_given_back(chloe, demande):
    attribuer(demande, agent_id=chloe.pk, par=acteur(chloe), maintenant=INSTANT)
    assert deporter(chloe, numero_etranger=NUMERO) == 1
    demande.refresh_from_db()
    assert demande.agent is None


def test_journal_says_it_without_a_name(chloe, demande):
    deporter(chloe, numero_etranger=NUMERO)
    retirer_deport(Deport.objects.get(), par=acteur(chloe), maintenant=INSTANT)
    evenements = Evenement.objects.filter(nature__startswith="deport:").order_by("pk")
    assert [e.nature for e in evenements] == ["deport:declare", "deport:retire"]
    assert all(set(e.charge) == {"deport_id"} and e.demande is None for e in evenements)


def test_one_declares_for_oneself_only(chloe):
    autre = AgentFactory(instructeur=True)
    with pytest.raises(DroitRefuse):
        declarer_deport(autre, Vise(numero_etranger=NUMERO), jusqu_au=None, par=acteur(chloe), maintenant=INSTANT)
    deporter(autre, numero_etranger=NUMERO)
    with pytest.raises(DroitRefuse):
        retirer_deport(Deport.objects.get(), par=acteur(chloe), maintenant=INSTANT)


@pytest.mark.parametrize("vise", [{}, {"nom": "Seul"}, {"numero_etranger": NUMERO, "numero_demande": "67-2030-000001"}])
def test_database_wants_one_way_and_no_other(vise, chloe):
    with pytest.raises(ErreurMetier) as refus:
        deporter(chloe, **vise)
    assert refus.value.code == "vise"
    with pytest.raises(IntegrityError), transaction.atomic():
        Deport.objects.create(agent=chloe, cle_nom="seul", declare_le=INSTANT)


def test_same_deport_twice_is_refused(chloe):
    deporter(chloe, numero_etranger=NUMERO)
    with pytest.raises(ErreurMetier) as refus:
        deporter(chloe, numero_etranger=NUMERO)
    assert refus.value.code == "deja_declare"


# At the counter


@pytest.fixture
def lieu() -> Salle:
    return salle()


def test_call_gives_the_next_person(chloe, lieu):
    proche = lieu.entrer(lieu.demande(numero_etranger=NUMERO), chloe)
    suivant = lieu.entrer(lieu.demande(nom="Diallo"), chloe, a=INSTANT + timedelta(minutes=1))
    deporter(chloe, numero_etranger=NUMERO)
    instant = INSTANT + timedelta(minutes=5)
    appele = guichet.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=instant)
    assert appele == suivant
    collegue = AgentFactory(instructeur=True)
    autre = GuichetFactory(site=lieu.site, numero=2, files=[lieu.file])
    assert guichet.appeler_suivant(autre, [lieu.file], par=acteur(collegue), maintenant=instant) == proche


def test_visit_called_before_is_neither_received_nor_taken_over(chloe, lieu):
    passage = lieu.entrer(lieu.demande(numero_etranger=NUMERO), chloe)
    guichet.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT)
    deporter(chloe, numero_etranger=NUMERO)
    with pytest.raises(DroitRefuse):
        guichet.recevoir(passage, par=acteur(chloe), maintenant=INSTANT)
    mouvements.transferer(passage, lieu.file, par=acteur(chloe), maintenant=INSTANT)
    collegue = AgentFactory(instructeur=True)
    guichet.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(collegue), maintenant=INSTANT)
    passage.refresh_from_db()
    autre = GuichetFactory(site=lieu.site, numero=2, files=[lieu.file])
    with pytest.raises(DroitRefuse):
        mouvements.prendre_la_suite(passage, autre, par=acteur(chloe), maintenant=INSTANT)


# Pages


def test_file_opened_answers_403_in_words_and_leaves_one_event(client: Client, chloe, demande):
    deporter(chloe, numero_etranger=NUMERO)
    client.force_login(chloe)
    for _ in range(2):
        reponse = client.get(f"/agent/demandes/{demande.numero}/")
        assert reponse.status_code == 403
        assert "ce dossier vous est fermé" in reponse.content.decode()
        assert "berl" not in reponse.content.decode()
    assert Evenement.objects.filter(nature="deport:ecarte", demande=demande).count() == 1
    assert demande.numero not in client.get("/agent/").content.decode()


def test_page_declares_lists_and_takes_back(client: Client, chloe):
    client.force_login(chloe)
    envoi = {"nom": "Éberlé", "date_naissance": "17/05/1980", "jusqu_au": "31/12/2030"}
    assert client.post("/agent/deports/", envoi).status_code == 303
    deport = Deport.objects.get()
    assert (deport.cle_nom, deport.date_naissance, deport.jusqu_au) == ("eberle", "1980-05-17", date(2030, 12, 31))
    page = client.get("/agent/deports/").content.decode()
    assert "EBERLE" in page
    assert client.post(f"/agent/deports/{deport.pk}/retirer/").status_code == 303
    assert not Deport.objects.exists()


@pytest.mark.parametrize(
    ("envoi", "dit"),
    [
        ({}, "Remplissez une seule"),
        ({"numero_etranger": NUMERO, "numero_demande": "67-2030-000001"}, "Remplissez une seule"),
        ({"nom": "Éberlé"}, "vont ensemble"),
        ({"numero_etranger": "12"}, "10 chiffres"),
        ({"numero_demande": "la mienne"}, "67-2026-000123"),
        ({"numero_etranger": NUMERO, "jusqu_au": "01/01/2030"}, "passée"),
    ],
)
def test_page_says_what_is_wrong(client: Client, chloe, envoi, dit):
    client.force_login(chloe)
    reponse = client.post("/agent/deports/", envoi)
    assert reponse.status_code == 422
    assert dit in reponse.content.decode()
    assert not Deport.objects.exists()


def test_nobody_else_reads_them(client: Client, chloe):
    deporter(chloe, numero_etranger=NUMERO)
    client.force_login(AgentFactory(chef_service=True))
    assert NUMERO not in client.get("/agent/deports/").content.decode()
    assert client.post(f"/agent/deports/{Deport.objects.get().pk}/retirer/").status_code == 404
