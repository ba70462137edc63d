"""Birth dates are not guessed by files of the former module: tries say nothing, files are few and written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from demandes.cycle import Etat
from demandes.models import Agent, Demande, Evenement, Service
from planning.models import LigneReprise
from planning.selectors_lecture_reprise import NOM_DOUTEUX, NUMERO_DOUTEUX, Sort, lire_reprise
from planning.services import rapport_reprise
from tests.demandes.factories import (
    INSTANT,
    AgentFactory,
    AttributionFactory,
    DemandeFactory,
    ServiceFactory,
    UsagerFactory,
)
from tests.parcours import amener_a
from tests.planning.aide_reprise import Ancien, ancien

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]
NUMERO, INCONNU = "9912345678", "9900000000"
COMPAREES = Evenement.objects.filter(nature=rapport_reprise.COMPAREE)


@pytest.fixture
def a(transactional_db: None) -> Ancien:
    """The préfecture that leaves its module."""
    return ancien()


@pytest.fixture
def victime(a: Ancien) -> Demande:
    """Born on 3 February 1975, which an agent tries to learn."""
    usager = UsagerFactory(nom="Eberle", prenoms="Anne", date_naissance="1975-02-03", numero_etranger=NUMERO)
    faite: Demande = DemandeFactory(motif=a.motif, prefecture=a.prefecture, usager=usager)
    return amener_a(faite, Etat.COMPLETE)


def lire(a: Ancien, agent: Agent, *lignes: str) -> list[tuple[str, str, str, bool]]:
    """Return what is said of each line."""
    qui = Agent.objects.get(pk=agent.pk)
    lues = lire_reprise(a.prefecture, a.fichier(*lignes), agent=qui, maintenant=INSTANT).lignes
    dits = [(x.sort, x.raison, x.candidat.collision if x.candidat else "") for x in lues]
    return [
        (*dit, x.candidat is not None and x.candidat.demande is not None) for dit, x in zip(dits, lues, strict=True)
    ]


def essais(a: Ancien, annee: str, combien: int, **dits: str) -> list[str]:
    """Write a line by day of February; the third is the right one in 1975."""
    return [a.ligne(f"R{j}", date_naissance=f"{j:02}/02/{annee}", **dits) for j in range(1, combien + 1)]


def verifier(client: Client, a: Ancien, *lignes: str) -> int:
    envoye = SimpleUploadedFile("rdv.csv", a.fichier(*lignes).encode(), "text/csv")
    return client.post("/planning/reprise/", {"fichier": envoye}).status_code


@pytest.mark.parametrize(
    "dits", [{"nom": "", "prenoms": ""}, {"nom": "Zidane", "prenoms": "Ines"}], ids=["alone", "named"]
)
@pytest.mark.parametrize("voie", ["numero", "numero_etranger"])
def test_file_that_tries_birth_dates_on_a_number_learns_nothing(
    a: Ancien, victime: Demande, voie: str, dits: dict[str, str]
) -> None:
    a.creneau(places=20)
    vrai = (victime.numero or "") if voie == "numero" else NUMERO
    faux = "67-2030-999999" if voie == "numero" else INCONNU
    juste = lire(a, a.denis, *essais(a, "1975", 9, **dits, **{voie: vrai}))
    assert juste == [(Sort.REFUSEE, NUMERO_DOUTEUX, "", False)] * 9
    # Neither with another year, nor with a number that nobody has.
    assert lire(a, a.denis, *essais(a, "1974", 9, **dits, **{voie: vrai})) == juste
    assert lire(a, a.denis, *essais(a, "1975", 9, **dits, **{voie: faux})) == juste


def test_file_that_tries_birth_dates_on_a_name_learns_nothing(a: Ancien, victime: Demande) -> None:
    a.creneau(places=30)
    nom = {"nom": "EBERLE", "prenoms": "Anne Marie"}
    assert lire(a, a.denis, *essais(a, "1975", 11, **nom)) == [(Sort.REFUSEE, NOM_DOUTEUX, "", False)] * 11
    # Namesakes are few: they are looked for, and the number of the demande tells them apart however many they are.
    assert (Sort.NOUVELLE, "", "", True) in lire(a, a.denis, *essais(a, "1975", 10, **nom))
    numerotees = [
        a.ligne(f"R{j}", date_naissance=f"{j:02}/02/1975", **nom, numero=f"67-2030-{j:06}") for j in range(1, 13)
    ]
    assert {sort for sort, *_ in lire(a, a.denis, *numerotees)} == {Sort.NOUVELLE}


def test_person_with_two_appointments_has_one_birth_date(a: Ancien, victime: Demande) -> None:
    a.creneau(places=3)
    siennes = {"nom": "Eberle", "prenoms": "Anne", "numero_etranger": NUMERO}
    lignes = [a.ligne(r, date_naissance="03/02/1975", **siennes) for r in ("R1", "R2")]
    un, autre = lire(a, a.denis, *lignes, a.ligne("R3", **siennes | {"date_naissance": ""}))[:2]
    assert un == (Sort.NOUVELLE, "", "", True)
    assert autre == (Sort.NOUVELLE, "", LigneReprise.Collision.DOUBLON, True)


def test_tries_are_not_written_for_the_worker_to_judge_one_by_one(a: Ancien, victime: Demande) -> None:
    a.creneau(places=20)
    lignes = essais(a, "1975", 5, nom="", prenoms="", numero_etranger=NUMERO)
    assert [ligne.reference for ligne in a.reprendre(*lignes, a.ligne("bonne"))] == ["bonne"]


def test_preview_is_written_in_the_journal_of_each_demande_found_even_out_of_reach(
    client: Client, a: Ancien, victime: Demande
) -> None:
    autre = ServiceFactory(prefecture=a.prefecture, genre=Service.Genre.COMMUNICATION)
    gaelle = AgentFactory(username="gaelle")
    AttributionFactory(agent=gaelle, role="chef_service", prefecture=a.prefecture, service=autre)
    a.creneau(places=9)
    client.force_login(gaelle)
    faux = a.ligne("R1", nom="Zidane", date_naissance="04/02/1975", numero_etranger=NUMERO)
    assert verifier(client, a, faux) == 200
    assert not COMPAREES.exists()
    juste = a.ligne("R1", nom="Zidane", date_naissance="03/02/1975", numero_etranger=NUMERO)
    assert verifier(client, a, juste) == 200
    assert [(e.demande_id, e.acteur_id) for e in COMPAREES.all()] == [(victime.pk, gaelle.pk)]
    comptes = Evenement.objects.filter(nature="planning:reprise_verifiee").order_by("pk")
    assert [(e.charge, e.acteur_id) for e in comptes] == [
        ({"lignes": 1, "demandes": 0}, gaelle.pk),
        ({"lignes": 1, "demandes": 1}, gaelle.pk),
    ]


@pytest.mark.parametrize("voie", ["numero", "numero_etranger", "nom"])
def test_file_given_without_being_shown_is_written_too_and_once_in_ten_minutes(
    client: Client, a: Ancien, victime: Demande, voie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a.creneau(places=9)
    numero = {"numero": victime.numero or "", "numero_etranger": NUMERO, "nom": "Eberle"}[voie]
    ligne = a.ligne("R1", **({"nom": "Eberle", "prenoms": "Anne"} | {voie: numero}), date_naissance="03/02/1975")
    client.force_login(a.denis)
    for _ in range(2):
        client.post("/planning/reprise/confirmer/", {"contenu": a.fichier(ligne)})
        assert COMPAREES.filter(demande=victime).count() == 1
        LigneReprise.objects.all().delete()
    monkeypatch.setattr(rapport_reprise, "INTERVALLE", timedelta(0))
    client.post("/planning/reprise/confirmer/", {"contenu": a.fichier(ligne), "rapport": "1"})
    assert COMPAREES.filter(demande=victime).count() == 2


def test_files_of_an_agent_are_counted_whatever_is_done_with_them(
    client: Client, a: Ancien, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rapport_reprise, "LECTURES", 2)
    client.force_login(a.denis)
    contenu = a.fichier(a.ligne("R1"))
    assert verifier(client, a, a.ligne("R1")) == 200
    client.post("/planning/reprise/confirmer/", {"contenu": contenu, "rapport": "1"})
    assert verifier(client, a, a.ligne("R1")) == 422
    reponse = client.post("/planning/reprise/confirmer/", {"contenu": contenu}, follow=True)
    assert "Trop d’essais" in reponse.content.decode()
    assert not LigneReprise.objects.exists()
