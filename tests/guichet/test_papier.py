"""The paper list printed at the opening, and what is written down again after an outage."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from demandes.models import Agent, Demande, Evenement
from guichet.models import Passage
from guichet.services.accueil import enregistrer_arrivee
from guichet.services.rattrapage import rattraper_arrivee
from planipref.commun.erreurs import ErreurMetier
from planning.models import RendezVous
from planning.services.reservation import annuler
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, Salle, salle
from tests.parcours import acteur

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]
MIDI = INSTANT + 180 * MINUTE  # INSTANT is 9:00 at the site


@pytest.fixture
def lieu() -> Salle:
    return salle()


def rattraper(client: Client, rendez_vous: RendezVous, **champs: Any):
    donnees = {f"r{rendez_vous.pk}-{champ}": valeur for champ, valeur in champs.items()}
    with time_machine.travel(MIDI, tick=False):
        return client.post("/guichet/accueil/rattrapage/", donnees)


def test_list_shows_the_day_and_lines_to_write_on(client: Client, bruno: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE, "Diallo")
    client.force_login(bruno)
    page = client.get("/guichet/accueil/liste/").content.decode()
    assert str(rendez_vous.convocation.demande.numero) in page
    assert "DIALLO" in page
    assert page.count('<th scope="row">P') == 30


def test_who_still_waits_keeps_the_hour_of_the_paper(client: Client, bruno: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(bruno)
    assert rattraper(client, rendez_vous, issue="attend", arrive="9:10").status_code == 303
    passage = Passage.objects.get()
    assert (passage.etat, passage.arrive_le) == ("arrive", INSTANT + 10 * MINUTE)
    assert passage.phases.get().debut == INSTANT + 10 * MINUTE
    assert passage.rang == INSTANT - 10 * MINUTE  # thirty minutes before the appointment


def test_visit_on_paper_honours_the_appointment_and_receives_the_demande(
    client: Client, chloe: Agent, lieu: Salle
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(chloe)
    champs = {"arrive": "9h10", "recu": "9:25", "termine": "9:41", "guichet": lieu.guichet.pk}
    assert rattraper(client, rendez_vous, issue="recu", **champs).status_code == 303
    passage, demande = Passage.objects.get(), Demande.objects.get(pk=rendez_vous.convocation.demande_id)
    rendez_vous.refresh_from_db()
    assert (passage.etat, rendez_vous.etat, demande.etat) == ("termine", "honore", "recue")
    assert (passage.recu_le, passage.termine_le) == (INSTANT + 25 * MINUTE, INSTANT + 41 * MINUTE)
    assert (passage.guichet, passage.agent) == (lieu.guichet, chloe)
    phases = [(p.etat, p.debut, p.fin) for p in passage.phases.order_by("debut")]
    assert phases == [
        ("arrive", INSTANT + 10 * MINUTE, INSTANT + 25 * MINUTE),
        ("recu", INSTANT + 25 * MINUTE, INSTANT + 41 * MINUTE),
    ]


def test_visit_on_paper_is_written_while_a_colleague_holds_the_counter(
    client: Client, chloe: Agent, denis: Agent, lieu: Salle
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    lieu.recevoir(lieu.demande(), denis)
    client.force_login(chloe)
    champs = {"arrive": "9:10", "recu": "9:25", "termine": "9:41", "guichet": lieu.guichet.pk}
    assert rattraper(client, rendez_vous, issue="recu", **champs).status_code == 303


def test_who_did_not_come_may_take_another_appointment(client: Client, bruno: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(bruno)
    assert rattraper(client, rendez_vous, issue="absent").status_code == 303
    rendez_vous.refresh_from_db()
    assert rendez_vous.etat == "absent"
    assert not Passage.objects.exists()


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"issue": "attend"}, "Ce renseignement est obligatoire."),
        ({"issue": "attend", "arrive": "25:00"}, "Écrivez l’heure comme ceci"),
        ({"issue": "attend", "arrive": "14:00"}, "Ces heures ne se suivent pas"),
        ({"issue": "recu", "arrive": "9:30", "recu": "9:10", "termine": "9:40"}, "Ces heures ne se suivent pas"),
    ],
)
def test_bad_line_is_shown_again_with_what_was_typed_and_the_good_ones_are_kept(
    client: Client, chloe: Agent, lieu: Salle, champs: dict[str, Any], phrase: str
) -> None:
    faux, juste = (lieu.rendez_vous(INSTANT + n * MINUTE, f"Nom{'ab'[n // 40]}") for n in (20, 40))
    client.force_login(chloe)
    if champs["issue"] == "recu":
        champs = champs | {"guichet": lieu.guichet.pk}
    donnees = {f"r{faux.pk}-{c}": v for c, v in champs.items()} | {f"r{juste.pk}-issue": "absent"}
    with time_machine.travel(MIDI, tick=False):
        reponse = client.post("/guichet/accueil/rattrapage/", donnees)
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert phrase in page
    assert not champs.get("arrive") or f'value="{champs["arrive"]}"' in page
    assert f'data-rendez-vous="{faux.pk}"' in page
    assert f'data-rendez-vous="{juste.pk}"' not in page
    juste.refresh_from_db()
    assert juste.etat == "absent"


def test_desk_without_the_right_to_receive_writes_no_visit(client: Client, bruno: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(bruno)
    champs = {"arrive": "9:10", "recu": "9:25", "termine": "9:41", "guichet": lieu.guichet.pk}
    assert rattraper(client, rendez_vous, issue="recu", **champs).status_code == 422
    assert not Passage.objects.exists()


def test_walk_in_of_the_paper_list_counts_from_its_hour(client: Client, bruno: Agent, lieu: Salle) -> None:
    client.force_login(bruno)
    champs = {"motif": lieu.motif.code, "nom": "Diallo", "prenoms": "Awa", "date_naissance": "01/02/1990"}
    with time_machine.travel(MIDI, tick=False):
        adresse = "/guichet/accueil/rattrapage/sans-rdv/"
        tard = client.post(adresse, champs | {"arrivee": "13:00"})
        assert tard.status_code == 422
        assert "Cette heure n’est pas encore passée." in tard.content.decode()
        assert client.post(adresse, champs | {"arrivee": "9:05"}).status_code == 303
    assert Passage.objects.get().arrive_le == INSTANT + 5 * MINUTE


def test_walk_in_of_the_paper_list_keeps_an_address_that_nobody_can_complete(
    client: Client, bruno: Agent, lieu: Salle
) -> None:
    client.force_login(bruno)
    champs = {"motif": lieu.motif.code, "nom": "Diallo", "prenoms": "Awa", "date_naissance": "01/02/1990"}
    champs |= {"arrivee": "9:05", "adresse": "3 rue du Lac"}
    with time_machine.travel(MIDI, tick=False):
        assert client.post("/guichet/accueil/rattrapage/sans-rdv/", champs).status_code == 303
    assert Demande.objects.get().usager.adresse == "3 rue du Lac"


def test_walk_in_received_on_paper_is_written_as_served(
    client: Client, chloe: Agent, denis: Agent, lieu: Salle
) -> None:
    client.force_login(chloe)
    champs = {"motif": lieu.motif.code, "nom": "Diallo", "prenoms": "Awa", "date_naissance": "01/02/1990"}
    champs |= {"arrivee": "9:05", "recu": "9:20", "guichet": str(lieu.guichet.pk), "recu_par": str(denis.pk)}
    adresse = "/guichet/accueil/rattrapage/sans-rdv/"
    with time_machine.travel(MIDI, tick=False):
        assert client.post(adresse, champs).status_code == 422
        assert client.post(adresse, champs | {"termine": "9:10"}).status_code == 422
        assert not Demande.objects.exists()
        assert client.post(adresse, champs | {"termine": "9:30"}).status_code == 303
    passage = Passage.objects.get()
    assert (passage.etat, passage.agent, passage.guichet) == ("termine", denis, lieu.guichet)
    assert (passage.arrive_le, passage.termine_le) == (INSTANT + 5 * MINUTE, INSTANT + 30 * MINUTE)
    ecrit = Evenement.objects.get(nature="passage:termine")
    assert (ecrit.acteur_id, ecrit.charge["recu_par_id"]) == (chloe.pk, denis.pk)


def test_hours_that_the_outcome_does_not_want_are_asked_about(client: Client, chloe: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(chloe)
    reponse = rattraper(client, rendez_vous, issue="attend", arrive="9:10", recu="9:15")
    assert reponse.status_code == 422
    assert "changez l’issue" in reponse.content.decode()
    assert not Passage.objects.exists()


def test_desk_without_the_right_to_receive_is_asked_no_hour_of_a_visit(
    client: Client, bruno: Agent, lieu: Salle
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(bruno)
    page = client.get("/guichet/accueil/rattrapage/").content.decode()
    assert f"r{rendez_vous.pk}-arrive" in page
    assert "Fini à" not in page


def test_line_typed_while_the_desk_registers_the_person_says_so_and_keeps_what_was_typed(
    client: Client, chloe: Agent, lieu: Salle
) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    passage = enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT + 12 * MINUTE)
    client.force_login(chloe)
    reponse = rattraper(client, rendez_vous, issue="attend", arrive="9:10")
    page = reponse.content.decode()
    assert reponse.status_code == 422
    assert f"Déjà noté entre-temps : arrivé, ticket {passage.numero_ticket}, arrivée à 9\u00a0h\u00a012." in page
    assert 'value="9:10"' in page
    assert Passage.objects.get().arrive_le == INSTANT + 12 * MINUTE
    assert rattraper(client, rendez_vous, issue="", arrive="9:10").status_code == 303


def test_line_of_an_appointment_cancelled_meanwhile_says_so(client: Client, chloe: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 200 * MINUTE)
    annuler(rendez_vous.convocation, par=acteur(chloe), maintenant=INSTANT)
    client.force_login(chloe)
    reponse = rattraper(client, rendez_vous, issue="attend", arrive="9:10")
    assert reponse.status_code == 422
    assert "Déjà noté entre-temps : annulé." in reponse.content.decode()
    assert not Passage.objects.exists()


def test_hours_without_an_outcome_are_asked_about(client: Client, bruno: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    client.force_login(bruno)
    reponse = rattraper(client, rendez_vous, issue="", arrive="9:10")
    assert reponse.status_code == 422
    assert "Dites ce qu’il en est" in reponse.content.decode()
    assert 'value="9:10"' in reponse.content.decode()


def test_arrival_registered_at_the_same_instant_by_another_keeps_its_hour(chloe: Agent, lieu: Salle) -> None:
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    with pytest.raises(ErreurMetier, match="a déjà le ticket"):
        rattraper_arrivee(rendez_vous, arrive_le=INSTANT + 5 * MINUTE, par=acteur(chloe), maintenant=MIDI)
