"""Eligibility and routing as the usager and the agent meet them."""

from __future__ import annotations

import pytest

from demandes.models import Demande, ParametrageMotif, Prefecture, RegleAiguillage, RegleEligibilite
from tests.demandes.factories import (
    AgentFactory,
    MotifFactory,
    PrefectureFactory,
    QuestionFactory,
    ServiceFactory,
    SiteFactory,
)
from tests.demandes.outils_depot import COORDONNEES, IDENTITE, commencer, deposer
from tests.parcours import amener_a
from tests.planning.factories import FileGuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
ADULTE = {"op": "superieur", "question": "age", "valeur": 17}


@pytest.fixture
def motif(db):
    ServiceFactory()
    return MotifFactory(pieces=0)


def regle(motif, **champs):
    PrefectureFactory()
    valeurs = {"condition": ADULTE, "message": "Réservé aux mineurs.", "ailleurs": "Demandez une carte."} | champs
    return RegleEligibilite.objects.create(motif=motif, **valeurs)


def remplir(client, motif):
    demande = commencer(client, motif)
    base = f"/depot/{demande.cle}/"
    assert client.post(f"{base}identite/", IDENTITE).status_code == 303
    return demande, base


def test_blocking_rule_is_told_from_the_next_page_and_refuses_the_deposit(client, motif):
    regle(motif, bloquante=True)
    demande, base = remplir(client, motif)
    page = client.get(f"{base}coordonnees/").content.decode()
    assert 'data-avis="non-eligible"' in page
    assert client.post(f"{base}coordonnees/", COORDONNEES).status_code == 303
    reponse = client.post(f"{base}recapitulatif/", {"sincerite": "on"})
    assert reponse.status_code == 422
    assert "Réservé aux mineurs. Demandez une carte." in reponse.content.decode()
    assert Demande.objects.get(pk=demande.pk).etat == "brouillon"


def test_warning_rule_is_told_and_the_deposit_goes_on(client, motif):
    regle(motif)
    _, base = remplir(client, motif)
    client.post(f"{base}coordonnees/", COORDONNEES)
    assert 'data-avis="eligibilite"' in client.get(f"{base}recapitulatif/").content.decode()
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).status_code == 303


def test_rule_already_true_refuses_to_begin(client, motif):
    regle(motif, bloquante=True, condition={"op": "egal", "question": "prefecture", "valeur": "67"})
    reponse = client.post(f"/demarches/{motif.code}/commencer/", {"prefecture": "67"})
    assert reponse.status_code == 422
    assert "Réservé aux mineurs. Demandez une carte." in reponse.content.decode()
    assert not Demande.objects.exists()


def test_agent_sees_why_it_was_routed_and_finds_its_site_ticked(client, motif):
    prefecture, siege, annexe = PrefectureFactory(), SiteFactory(), SiteFactory(code="67-annexe")
    condition = {"op": "egal", "question": "canal", "valeur": "en_ligne"}
    RegleAiguillage.objects.create(
        prefecture=prefecture, libelle="Tout à l’annexe", condition=condition, sites_ids=[annexe.pk]
    )
    demande = deposer(client, motif)
    client.force_login(AgentFactory(instructeur=True))
    page = client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert "Tout à l’annexe" in page
    assert "canal est &quot;en_ligne&quot;" in page
    assert siege.pk not in (demande.aiguillage or {})["sites_ids"]
    for site in (siege, annexe):
        FileGuichetFactory(site=site).motifs.add(motif)
    amener_a(demande, "complete")
    page = client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    cases = [c.split(">")[0] for c in page.split("<input") if 'name="sites"' in c]
    assert len(cases) > 1
    assert [f'value="{annexe.pk}"' in c for c in cases if "checked" in c] == [True]


def test_rule_on_what_nobody_said_yet_does_not_refuse_to_begin(client, motif):
    regle(motif, bloquante=True, condition={"op": "vide", "question": "numero_etranger"})
    _, base = remplir(client, motif)
    assert 'data-avis="non-eligible"' not in client.get(f"{base}coordonnees/").content.decode()
    client.post(f"{base}coordonnees/", COORDONNEES)
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).status_code == 422


def test_questions_that_no_fact_calls_for_have_no_step(client, motif):
    QuestionFactory(motif=motif, code="ecole", condition={"op": "inferieur", "question": "age", "valeur": 18})
    _, base = remplir(client, motif)
    assert client.post(f"{base}coordonnees/", COORDONNEES).url == f"{base}recapitulatif/"
    assert client.get(f"{base}questions/").status_code == 404
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).url.endswith("/confirmation/")


def test_answer_to_a_question_that_a_corrected_fact_removes_no_longer_counts(client, motif):
    QuestionFactory(motif=motif, code="ecole", condition={"op": "inferieur", "question": "age", "valeur": 18})
    regle(motif, bloquante=True, condition={"op": "egal", "question": "ecole", "valeur": "Réponse"})
    demande = commencer(client, motif)
    base = f"/depot/{demande.cle}/"
    client.post(f"{base}identite/", {**IDENTITE, "date_naissance": "17/05/2020"})
    client.post(f"{base}coordonnees/", COORDONNEES)
    client.post(f"{base}questions/ecole/", {"ecole": "Réponse"})
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).status_code == 422
    client.post(f"{base}identite/", IDENTITE)
    assert client.post(f"{base}recapitulatif/", {"sincerite": "on"}).url.endswith("/confirmation/")
    demande.refresh_from_db()
    assert demande.reponses == {}


def test_a_motif_closed_elsewhere_or_set_here_stays_open_here(motif):
    ici, ailleurs, autre = PrefectureFactory(), PrefectureFactory(departement="93"), MotifFactory()
    ParametrageMotif.objects.create(prefecture=ici, motif=motif, guichet_minutes=30)
    ParametrageMotif.objects.create(prefecture=ici, motif=autre, actif=False)
    ParametrageMotif.objects.create(prefecture=ailleurs, motif=motif, actif=False)
    assert set(Prefecture.objects.ouvertes_au_motif(motif)) == {ici}
    assert set(Prefecture.objects.ouvertes_au_motif(autre)) == {ailleurs}
