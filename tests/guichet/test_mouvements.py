"""Visits put aside, sent on, put back, undone; pauses; and the time that each phase lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from demandes.models import Agent, Demande
from guichet.models import Passage, Pause, PriseEmpreintes, RegleAppel
from guichet.services import absences, accueil, mouvements, pauses
from guichet.services import guichet as services
from guichet.services.empreintes import constater_empreintes
from guichet.tasks import constater_absences
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planning.models import RendezVous
from tests.demandes.factories import INSTANT
from tests.guichet.aide import MINUTE, Salle, au_guichet, salle
from tests.parcours import acteur
from tests.planning.factories import FileGuichetFactory, GuichetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


def appeler(lieu: Salle, agent: Agent, minute: int = 0) -> Passage | None:
    return services.appeler_suivant(
        lieu.guichet, list(lieu.guichet.files.all()), par=acteur(agent), maintenant=INSTANT + minute * MINUTE
    )


def appele(lieu: Salle, agent: Agent, minute: int = 0) -> Passage:
    passage = appeler(lieu, agent, minute)
    assert passage is not None
    return passage


def second_guichet(lieu: Salle, numero: int = 2) -> Salle:
    autre = Salle(lieu.motif)
    autre.guichet = GuichetFactory(site=lieu.site, numero=numero, files=[lieu.file])
    return autre


def code_du_refus(geste, *args, **kwargs) -> str:
    with pytest.raises(ErreurMetier) as refus:
        geste(*args, **kwargs)
    return refus.value.code


def test_visit_put_aside_frees_the_counter_and_is_taken_back_by_a_colleague(chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    premier = lieu.recevoir(lieu.demande(), chloe)
    lieu.entrer(lieu.demande(nom="Diallo"), chloe)

    mouvements.suspendre(premier, par=acteur(chloe), maintenant=INSTANT + 3 * MINUTE)

    assert appele(lieu, chloe, 4).pk != premier.pk
    autre = second_guichet(lieu)
    repris = mouvements.reprendre(premier, autre.guichet, par=acteur(denis), maintenant=INSTANT + 9 * MINUTE)
    assert (repris.etat, repris.guichet, repris.agent, repris.recu_le) == ("recu", autre.guichet, denis, INSTANT)
    fini = services.terminer(repris, par=acteur(denis), maintenant=INSTANT + 12 * MINUTE)
    durees = [(p.etat, (p.fin - p.debut) / MINUTE) for p in fini.phases.order_by("pk") if p.fin]
    assert durees == [("arrive", 0), ("appele", 0), ("recu", 3), ("suspendu", 6), ("recu", 3)]


def test_visit_put_aside_is_never_called_and_keeps_its_demande_to_itself(chloe: Agent) -> None:
    lieu = salle()
    demande = lieu.demande()
    mouvements.suspendre(lieu.recevoir(demande, chloe), par=acteur(chloe), maintenant=INSTANT)

    assert appeler(lieu, chloe) is None
    assert code_du_refus(lieu.entrer, demande, chloe) == "deja_arrive"


def test_reprendre_with_somebody_at_the_counter_or_twice_is_refused(chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    premier = mouvements.suspendre(lieu.recevoir(lieu.demande(), chloe), par=acteur(chloe), maintenant=INSTANT)
    second = lieu.recevoir(lieu.demande(nom="Diallo"), chloe)
    reprendre = mouvements.reprendre
    autre = second_guichet(lieu)

    assert code_du_refus(reprendre, premier, lieu.guichet, par=acteur(chloe), maintenant=INSTANT) == "passage_en_cours"
    assert code_du_refus(reprendre, premier, lieu.guichet, par=acteur(denis), maintenant=INSTANT) == "guichet_tenu"
    assert code_du_refus(reprendre, second, autre.guichet, par=acteur(denis), maintenant=INSTANT) == "passage_ferme"
    ailleurs = GuichetFactory(site=FileGuichetFactory(site__code="67-ailleurs").site, numero=1)
    assert code_du_refus(reprendre, premier, ailleurs, par=acteur(denis), maintenant=INSTANT) == "passage_ferme"


def test_reprendre_by_another_prefecture_is_refused(chloe: Agent, etienne: Agent) -> None:
    lieu = salle()
    premier = mouvements.suspendre(lieu.recevoir(lieu.demande(), chloe), par=acteur(chloe), maintenant=INSTANT)
    with pytest.raises(DroitRefuse):
        mouvements.reprendre(premier, lieu.guichet, par=acteur(etienne), maintenant=INSTANT)


def test_transfer_to_another_queue_keeps_the_rank_and_carries_the_note(chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    file = FileGuichetFactory(site=lieu.site, code="caisse", nom="Caisse", lettre="C")
    caisse = GuichetFactory(site=lieu.site, numero=2, files=[file])
    passage = lieu.recevoir(lieu.demande(), chloe)
    venu_entretemps = accueil.enregistrer_sans_rdv(file, par=acteur(chloe), maintenant=INSTANT + MINUTE)

    mouvements.transferer(passage, file, note=" Timbre à vérifier ", par=acteur(chloe), maintenant=INSTANT + 5 * MINUTE)

    suite = services.appeler_suivant(caisse, [file], par=acteur(denis), maintenant=INSTANT + 6 * MINUTE)
    assert suite is not None
    assert (suite.pk, suite.note, suite.nb_appels, suite.numero_ticket) == (
        passage.pk,
        "Timbre à vérifier",
        1,
        passage.numero_ticket,
    )
    assert venu_entretemps.pk != suite.pk
    assert services.appeler_suivant(lieu.guichet, [lieu.file], par=acteur(chloe), maintenant=INSTANT) is None


def test_person_sent_to_one_counter_waits_for_it_then_for_any(chloe: Agent, denis: Agent) -> None:
    lieu = salle()
    autre = second_guichet(lieu)
    passage = lieu.recevoir(lieu.demande(), chloe)
    mouvements.transferer(passage, lieu.file, guichet=autre.guichet, par=acteur(chloe), maintenant=INSTANT)

    assert appeler(lieu, chloe, 19) is None
    assert appele(autre, denis, 19).pk == passage.pk
    plus_tard = INSTANT + 19 * MINUTE + services.ENTRE_DEUX_APPELS
    services.rappeler(passage, par=acteur(denis), maintenant=plus_tard)
    mouvements.remettre_en_attente(passage, par=acteur(denis), maintenant=plus_tard)
    assert appele(lieu, chloe, 20).pk == passage.pk  # the site's 20 minutes are over


def test_transfer_is_refused_where_nobody_would_call(chloe: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande(), chloe)
    ailleurs = FileGuichetFactory(site__code="67-ailleurs", code="autre")
    sans_file = GuichetFactory(site=lieu.site, numero=7, files=[])
    transferer, par = mouvements.transferer, acteur(chloe)

    personne = FileGuichetFactory(site=lieu.site, code="fermee", nom="Fermée", lettre="Z")
    assert code_du_refus(transferer, passage, ailleurs, par=par, maintenant=INSTANT) == "file"
    assert code_du_refus(transferer, passage, personne, par=par, maintenant=INSTANT) == "file"
    assert code_du_refus(transferer, passage, lieu.file, guichet=sans_file, par=par, maintenant=INSTANT) == "file"
    assert code_du_refus(transferer, passage, lieu.file, note="x" * 301, par=par, maintenant=INSTANT) == "note"
    assert Passage.objects.get().etat == "recu"


def test_person_who_does_not_answer_is_put_back_behind_who_waits_with_their_appointment(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    absent = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)
    lieu.entrer(lieu.demande(), chloe)
    assert appele(lieu, chloe).pk == absent.pk

    mouvements.remettre_en_attente(absent, par=acteur(chloe), maintenant=INSTANT + 2 * MINUTE)

    assert appele(lieu, chloe, 3).pk != absent.pk
    rendez_vous.refresh_from_db()
    absent.refresh_from_db()
    assert (rendez_vous.etat, absent.agent, absent.guichet) == (RendezVous.Etat.PRIS, None, None)


def test_absence_needs_the_calls_that_the_site_asks_for(chloe: Agent) -> None:
    lieu = salle()
    RegleAppel.objects.create(site=lieu.site, appels_avant_absence=2)
    lieu.entrer(lieu.demande(), chloe)
    passage = appele(lieu, chloe)
    for geste in (services.constater_absence, mouvements.remettre_en_attente):
        assert code_du_refus(geste, passage, par=acteur(chloe), maintenant=INSTANT) == "trop_peu_d_appels"

    assert code_du_refus(services.rappeler, passage, par=acteur(chloe), maintenant=INSTANT) == "appel_recent"
    services.rappeler(passage, par=acteur(chloe), maintenant=INSTANT + MINUTE)

    trop_tot = {"par": acteur(chloe), "maintenant": INSTANT + MINUTE}
    assert code_du_refus(services.constater_absence, passage, **trop_tot) == "appel_recent"
    assert services.constater_absence(passage, par=acteur(chloe), maintenant=INSTANT + 2 * MINUTE).etat == "absent"


def test_arrival_undone_leaves_the_appointment_and_uses_the_ticket_up(chloe: Agent) -> None:
    lieu = salle()
    rendez_vous = lieu.rendez_vous(INSTANT + 20 * MINUTE)
    passage = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT)

    accueil.annuler_arrivee(passage, par=acteur(chloe), maintenant=INSTANT)

    assert appeler(lieu, chloe) is None
    de_nouveau = accueil.enregistrer_arrivee(rendez_vous, par=acteur(chloe), maintenant=INSTANT + MINUTE)
    assert (de_nouveau.ticket, de_nouveau.etat) == (passage.ticket + 1, "arrive")
    assert Demande.objects.get(pk=passage.demande_id or 0).etat == "rdv_pris"


def test_arrival_of_somebody_called_cannot_be_undone(chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    passage = appele(lieu, chloe)
    mouvements.remettre_en_attente(passage, par=acteur(chloe), maintenant=INSTANT)
    assert code_du_refus(accueil.annuler_arrivee, passage, par=acteur(chloe), maintenant=INSTANT) == "passage_ferme"


def test_agent_on_a_pause_calls_nobody_until_it_ends(chloe: Agent) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    pauses.commencer_pause(lieu.guichet, "reunion", par=acteur(chloe), maintenant=INSTANT)

    assert code_du_refus(appeler, lieu, chloe) == "en_pause"
    encore = {"par": acteur(chloe), "maintenant": INSTANT}
    assert code_du_refus(pauses.commencer_pause, lieu.guichet, "repos", **encore) == "en_pause"

    assert pauses.finir_pause(par=acteur(chloe), maintenant=INSTANT + 30 * MINUTE)
    assert not pauses.finir_pause(par=acteur(chloe), maintenant=INSTANT + 31 * MINUTE)
    assert appele(lieu, chloe, 31).etat == "appele"
    assert code_du_refus(pauses.commencer_pause, lieu.guichet, "repos", **encore) == "passage_en_cours"


def test_night_ends_what_was_left_open(chloe: Agent) -> None:
    lieu = salle()
    mouvements.suspendre(lieu.recevoir(lieu.demande(), chloe), par=acteur(chloe), maintenant=INSTANT)
    pauses.commencer_pause(lieu.guichet, "repos", par=acteur(chloe), maintenant=INSTANT)
    demain = INSTANT + timedelta(days=1)

    assert absences.clore_les_passages(maintenant=demain) == 1
    assert constater_absences() == {"passages": 0, "absences": 0, "pauses": 0}
    assert pauses.finir_les_pauses(avant=demain - timedelta(hours=12), maintenant=demain) == 1
    assert Passage.objects.get().etat == "termine"
    assert Pause.objects.get().fin == demain


def test_fingerprints_are_noted_once(chloe: Agent) -> None:
    lieu = salle(titre_remis=True, genre_service="etrangers")
    demande = lieu.demande()
    passage = lieu.recevoir(demande, chloe)

    constater_empreintes(passage, demande, par=acteur(chloe), maintenant=INSTANT)

    refus = code_du_refus(constater_empreintes, passage, demande, par=acteur(chloe), maintenant=INSTANT)
    assert refus == "empreintes_prises"
    assert PriseEmpreintes.objects.get().agent == chloe


@pytest.mark.parametrize(
    "valeurs",
    [{"guichet_voulu_id": True}, {"etat": "suspendu"}],
    ids=["counter meant without its hour", "put aside without having been received"],
)
def test_database_refuses_a_visit_that_says_half(chloe: Agent, valeurs: dict[str, object]) -> None:
    lieu = salle()
    lieu.entrer(lieu.demande(), chloe)
    if "guichet_voulu_id" in valeurs:
        valeurs = {"guichet_voulu_id": lieu.guichet.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        Passage.objects.update(**valeurs)


def test_screen_puts_aside_sends_on_and_takes_back(client: Client, chloe: Agent) -> None:
    lieu = salle()
    au_guichet(client, chloe, lieu)
    passage = lieu.recevoir(lieu.demande(), chloe)
    base = f"/guichet/passages/{passage.pk}"

    assert client.post(f"{base}/suspendre/").status_code == 303
    page = client.get("/guichet/").content.decode()
    assert f'data-suspendu="{passage.numero_ticket}"' in page
    assert client.post(f"{base}/reprendre/").status_code == 303
    refus = client.post(f"{base}/transferer/", {"vers": "", "note": "Garder ceci"})
    assert refus.status_code == 422
    assert "Garder ceci" in refus.content.decode()
    assert client.post(f"{base}/transferer/", {"vers": f"file-{lieu.file.pk}", "note": "Voir"}).status_code == 303
    passage.refresh_from_db()
    assert (passage.etat, passage.note) == ("arrive", "Voir")
    assert client.post(f"{base}/transferer/", {"vers": f"file-{lieu.file.pk}"}).status_code == 409


def test_screen_pauses_and_goes_on(client: Client, chloe: Agent) -> None:
    lieu = salle()
    au_guichet(client, chloe, lieu)

    assert client.post("/guichet/pause/", {"raison": ""}).status_code == 422
    assert client.post("/guichet/pause/", {"raison": "repos"}).status_code == 303
    page = client.get("/guichet/").content.decode()
    assert 'data-pause="repos"' in page
    assert 'data-action="appeler"' not in page
    assert client.post("/guichet/appeler/").status_code == 409
    assert client.post("/guichet/pause/fin/").status_code == 303
    assert 'data-action="appeler"' in client.get("/guichet/").content.decode()


def test_visits_of_another_prefecture_are_unknown(client: Client, chloe: Agent, etienne: Agent) -> None:
    lieu = salle()
    passage = lieu.recevoir(lieu.demande(), chloe)
    client.force_login(etienne)
    for action in ("suspendre", "reprendre", "transferer", "remettre_en_attente", "empreintes", "annuler-arrivee"):
        assert client.post(f"/guichet/passages/{passage.pk}/{action}/").status_code in (403, 404), action
    passage.refresh_from_db()
    assert passage.etat == "recu"


def test_desk_undoes_an_arrival(client: Client, bruno: Agent) -> None:
    lieu = salle()
    passage = lieu.entrer(lieu.demande(), bruno)
    client.force_login(bruno)

    assert 'data-action="annuler-arrivee"' in client.get("/guichet/accueil/").content.decode()
    assert client.post(f"/guichet/passages/{passage.pk}/annuler-arrivee/").status_code == 303
    assert client.post(f"/guichet/passages/{passage.pk}/annuler-arrivee/").status_code == 409
    passage.refresh_from_db()
    assert passage.etat == "annule"
