"""What did not arrive is a task: seen by who may, dealt with once, told in the file."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demandes.models import Agent, Deport, Evenement, Notification, Service, SuiteNonRemise, Usager
from demandes.selectors_courrier import non_remises
from demandes.services.lots_courrier import composer_lots, poster_lot, preparer_lot
from demandes.services.non_remis import envoyer_par_lettre, noter_prevenu, noter_retour, renvoyer
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from tests.demandes.aide_lettres import ecrire, lettres, sans_adresse_electronique
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory, PrefectureFactory, ServiceFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe, juger_les_pieces

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("temps_fige")]


@pytest.fixture(autouse=True)
def _dossier(settings: Any, tmp_path: Any) -> None:
    settings.PLANIPREF_DATA = tmp_path


def perdre(demande: Any, modele: str = "complete", cle: str = "perdu", **champs: Any) -> Notification:
    """Return a message of a file that a server refused."""
    ligne = ecrire(demande, modele, cle=cle, **champs)
    assert ligne is not None
    Notification.objects.filter(pk=ligne.pk).update(etat="echec")
    ligne.refresh_from_db()
    return ligne


@pytest.fixture
def demande() -> Any:
    return amener_a(DemandeFactory(), "deposee")


def agent(qui: Agent) -> Agent:
    return Agent.objects.get(pk=qui.pk)


def test_what_a_server_refused_or_gave_back_is_a_task_and_what_left_is_not(demande):
    perdue = perdre(demande)
    sms: Any = ecrire(demande, "convocation", cle="s", canal="sms", contexte={"convocation_id": 0})
    Notification.objects.filter(pk=sms.pk).update(etat="envoyee", envoyee_le=INSTANT, refusee_le=INSTANT)
    ecrire(demande, "complete", cle="partie")
    code: Any = ecrire(demande, "code_acces", cle="c")
    Notification.objects.filter(pk=code.pk).update(etat="echec")
    assert [n.pk for n in non_remises(agent(equipe(demande).chloe))] == [perdue.pk, sms.pk]


def test_the_list_has_pages_and_asks_as_much_of_the_base_for_many_as_for_few(client, demande, monkeypatch):
    monkeypatch.setattr("demandes.views.non_remis.PAR_PAGE", 2)
    client.force_login(equipe(demande).chloe)
    perdues = [perdre(demande, cle="0")]
    with CaptureQueriesContext(connection) as peu:
        assert "Page suivante" not in client.get("/agent/messages-non-remis/").content.decode()
    perdues += [perdre(demande, cle=str(rang)) for rang in range(1, 4)]
    with CaptureQueriesContext(connection) as beaucoup:
        premiere = client.get("/agent/messages-non-remis/").content.decode()
    assert len(beaucoup) == len(peu)
    assert "4 messages à traiter" in premiere
    seconde = client.get("/agent/messages-non-remis/?page=2").content.decode()
    for page, montrees in ((premiere, perdues[:2]), (seconde, perdues[2:])):
        assert [f"/messages-non-remis/{n.pk}/" in page for n in perdues] == [n in montrees for n in perdues]


def test_what_was_dealt_with_leaves_the_index_of_the_task_list(demande):
    perdue = perdre(demande)
    noter_prevenu(perdue, "au téléphone", par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    perdue.refresh_from_db()
    assert perdue.traitee
    SuiteNonRemise.objects.all().delete()
    perdue.refresh_from_db()
    assert not perdue.traitee


def test_the_task_list_is_read_from_its_index(demande):
    perdre(demande)
    arrives = {"modele": "depot", "etat": "envoyee", "prochain_essai_le": INSTANT, "envoyee_le": INSTANT}
    Notification.objects.bulk_create(Notification(demande=demande, cle=f"arrive:{n}", **arrives) for n in range(3_000))
    with connection.cursor() as curseur:
        curseur.execute("ANALYZE demandes_notification")
    assert "notification_a_traiter" in non_remises(agent(equipe(demande).chloe)).explain()


def test_others_see_nothing_and_do_nothing(demande):
    perdue = perdre(demande)
    ailleurs = AgentFactory(instructeur=True, prefecture=PrefectureFactory(departement="56"))
    voisine = AgentFactory(instructeur=True)
    voisine.attributions.update(service=ServiceFactory(genre=Service.Genre.COMMUNICATION))
    deportee = AgentFactory(instructeur=True)
    Deport.objects.create(agent=deportee, numero_demande=demande.numero, declare_le=INSTANT)
    for qui in (ailleurs, voisine, deportee, AgentFactory(accueil=True)):
        assert not non_remises(agent(qui)).exists()
        for geste in (renvoyer, envoyer_par_lettre, noter_retour):
            with pytest.raises(DroitRefuse):
                geste(perdue, par=acteur(qui), maintenant=INSTANT)
        with pytest.raises(DroitRefuse):
            noter_prevenu(perdue, "au téléphone", par=acteur(qui), maintenant=INSTANT)


def test_sent_again_goes_to_the_present_address_and_closes_the_task(demande):
    perdue = perdre(demande)
    demande.usager.courriel = "bonne@example.org"
    demande.usager.save(update_fields=["courriel"])
    nouvelle = renvoyer(perdue, par=acteur(equipe(demande).chloe), maintenant=INSTANT)
    assert (nouvelle.destinataire, nouvelle.modele, nouvelle.etat) == ("bonne@example.org", "complete", "a_envoyer")
    assert not non_remises(agent(equipe(demande).chloe)).exists()
    assert Evenement.objects.get(nature="message:suite").charge == {"notification_id": perdue.pk, "issue": "renvoyee"}
    with pytest.raises(ErreurMetier, match="déjà occupé"):
        renvoyer(perdue, par=acteur(equipe(demande).chloe), maintenant=INSTANT)


def test_a_message_sent_again_that_fails_again_is_another_task(demande):
    par = acteur(equipe(demande).chloe)
    encore = renvoyer(perdre(demande), par=par, maintenant=INSTANT)
    Notification.objects.filter(pk=encore.pk).update(etat="echec")
    troisieme = renvoyer(encore, par=par, maintenant=INSTANT)
    assert troisieme.cle == f"complete:perdu:renvoi{encore.pk}"


def test_pressed_by_two_agents_it_leaves_once(demande):
    perdue, par, depart, refus = perdre(demande), acteur(equipe(demande).chloe), Barrier(4), []

    def presser() -> None:
        depart.wait()
        try:
            renvoyer(perdue, par=par, maintenant=INSTANT)
        except ErreurMetier as erreur:
            refus.append(erreur.code)
        connection.close()

    fils = [Thread(target=presser) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert refus == ["deja_traitee"] * 3
    assert Notification.objects.filter(modele="complete").count() == 2


def test_sent_by_letter_where_there_is_one(demande):
    par = acteur(equipe(demande).chloe)
    assert envoyer_par_lettre(perdre(demande), par=par, maintenant=INSTANT).canal == "courrier"
    assert SuiteNonRemise.objects.get().issue == "lettre"
    rappel: Any = ecrire(demande, "rappel_pieces", cle="r")
    Notification.objects.filter(pk=rappel.pk).update(etat="echec")
    with pytest.raises(ErreurMetier, match="ne part pas par lettre"):
        envoyer_par_lettre(rappel, par=par, maintenant=INSTANT)


def test_told_otherwise_wants_to_know_how(demande):
    perdue, par = perdre(demande), acteur(equipe(demande).chloe)
    with pytest.raises(ErreurMetier, match="Dites comment"):
        noter_prevenu(perdue, "  ", par=par, maintenant=INSTANT)
    noter_prevenu(perdue, "au téléphone", par=par, maintenant=INSTANT)
    assert SuiteNonRemise.objects.get().note == "au téléphone"


def test_a_letter_that_comes_back_is_a_task_once():
    demande = sans_adresse_electronique("complete")
    par = acteur(equipe(demande).chloe)
    (lettre,) = lettres()
    with pytest.raises(ErreurMetier, match="pas partie"):
        noter_retour(lettre, par=par, maintenant=INSTANT)
    lot: Any = preparer_lot(demande.service, par=par, maintenant=INSTANT)
    composer_lots()
    poster_lot(lot, par=par, maintenant=INSTANT)
    noter_retour(lettre, par=par, maintenant=INSTANT)
    assert [n.pk for n in non_remises(agent(equipe(demande).chloe))] == [lettre.pk]
    with pytest.raises(ErreurMetier, match="déjà noté"):
        noter_retour(lettre, par=par, maintenant=INSTANT)


def corriger(client: Any, perdue: Any, **champs: str) -> Any:
    usager = perdue.demande.usager
    corps = {c: getattr(usager, c) for c in ("courriel", "telephone", "adresse", "code_postal", "commune")} | champs
    return client.post(f"/agent/messages-non-remis/{perdue.pk}/corriger/", corps)


def test_another_mail_changes_every_link_and_sends_the_message(client):
    demande = amener_a(DemandeFactory(), "convoquee")
    client.force_login(equipe(demande).chloe)
    perdue, cle, lien = perdre(demande), demande.cle, convocation_active(demande).cle
    assert corriger(client, perdue, courriel="bonne@example.org").status_code == 303
    demande.refresh_from_db()
    assert demande.usager.courriel == "bonne@example.org"
    assert demande.cle != cle
    assert convocation_active(demande).cle != lien
    renvoyees = Notification.objects.filter(destinataire="bonne@example.org", etat="a_envoyer")
    assert {"complete", "convocation", "depot"} <= set(renvoyees.values_list("modele", flat=True))
    assert Evenement.objects.filter(nature="usager:coordonnees").exists()


def test_what_a_new_address_receives_by_itself_is_not_sent_twice(client):
    demande = amener_a(DemandeFactory(), "convoquee")
    client.force_login(equipe(demande).chloe)
    perdue = demande.notifications.get(modele="convocation")
    Notification.objects.filter(pk=perdue.pk).update(etat="echec")
    corriger(client, perdue, courriel="bonne@example.org")
    assert Notification.objects.filter(modele="convocation", destinataire="bonne@example.org").count() == 1
    assert SuiteNonRemise.objects.get().issue == "renvoyee"


def test_a_person_whom_another_service_follows_too_is_not_changed(client, demande):
    client.force_login(equipe(demande).chloe)
    ailleurs = DemandeFactory(usager=demande.usager, prefecture=PrefectureFactory(departement="56"))
    amener_a(ailleurs, "deposee")
    reponse = corriger(client, perdre(demande), courriel="bonne@example.org")
    assert reponse.status_code == 422
    assert "Un autre service" in reponse.content.decode()
    demande.usager.refresh_from_db()
    assert demande.usager.courriel != "bonne@example.org"


def test_the_pages_lead_from_the_work_to_the_end_of_the_task(client, demande):
    perdue = perdre(demande)
    client.force_login(equipe(demande).chloe)
    assert "1 message non remis" in client.get("/agent/").content.decode()
    assert demande.numero in client.get("/agent/messages-non-remis/").content.decode()
    adresse = f"/agent/messages-non-remis/{perdue.pk}/"
    assert adresse in client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert "Envoyer par lettre" in client.get(adresse).content.decode()
    assert client.post(adresse, {"note": ""}).status_code == 422
    assert client.post(adresse, {"note": "au téléphone"}).status_code == 303
    assert client.get(adresse).status_code == 404
    assert "prévenu autrement (au téléphone)" in client.get(f"/agent/demandes/{demande.numero}/").content.decode()
    assert "message non remis" not in client.get("/agent/").content.decode()


def sans_rien(client: Any) -> Any:
    demande = amener_a(DemandeFactory(), "deposee")
    vide = dict.fromkeys(("courriel", "telephone", "adresse", "code_postal", "commune"), "")
    type(demande.usager).objects.filter(pk=demande.usager_id).update(**vide)
    client.force_login(equipe(demande).chloe)
    return demande


def test_an_act_told_to_nobody_says_so_and_is_a_task_until_told_otherwise(client):
    demande = sans_rien(client)
    dossier = f"/agent/demandes/{demande.numero}/"
    juger_les_pieces(demande, conforme=False, par=acteur(equipe(demande).chloe))
    client.post(f"{dossier}completer/", {"limite": "01/04/2030", "message": ""})
    demande.refresh_from_db()
    assert demande.etat == "a_completer"
    page = client.get(dossier).content.decode()
    assert "Aucun message n’a pu partir : cette personne n’a ni courriel, ni téléphone, ni adresse complète." in page
    assert "Les pièces manquantes sont demandées à l’usager." not in page
    assert "jamais partie, aucune adresse" in page
    (perdue,) = non_remises(agent(equipe(demande).chloe))
    adresse = f"/agent/messages-non-remis/{perdue.pk}/"
    assert "aucune adresse" in client.get("/agent/messages-non-remis/").content.decode()
    assert "Jamais parti" in client.get(adresse).content.decode()
    assert client.post(adresse, {"note": "au téléphone d’un proche"}).status_code == 303
    assert not non_remises(agent(equipe(demande).chloe)).exists()


def test_a_message_that_goes_nowhere_is_not_said_sent(client):
    demande = sans_rien(client)
    dossier = f"/agent/demandes/{demande.numero}/"
    client.post(f"{dossier}ecrire/", {"corps": "Bonjour"})
    page = client.get(dossier).content.decode()
    assert "Prévenez-la autrement." in page
    assert "Message envoyé" not in page


@pytest.mark.parametrize(
    ("champs", "canal"),
    [
        ({"courriel": "enfin@example.org"}, "courriel"),
        ({"adresse": "3 rue du Lac", "code_postal": "67000", "commune": "Strasbourg"}, "courrier"),
    ],
)
def test_once_there_is_an_address_the_message_leaves(client, champs, canal):
    demande = sans_rien(client)
    demande.refresh_from_db()
    ecrire(type(demande).objects.get(pk=demande.pk), "complete")
    (perdue,) = non_remises(agent(equipe(demande).chloe))
    assert corriger(client, perdue, **champs).status_code == 303
    partie = Notification.objects.filter(modele="complete", etat="a_envoyer").get()
    assert partie.canal == canal
    assert not non_remises(agent(equipe(demande).chloe)).exists()


@pytest.mark.parametrize(
    ("modele", "champs", "bouton"),
    [
        ("complete", {"courriel": "amina@example.org"}, "Renvoyer par courriel à amina@example.org"),
        ("complete", {"courriel": "", "telephone": "", "adresse": ""}, ""),
        ("convocation", {"courriel": "", "telephone": "+33612345678"}, "Renvoyer par SMS au 06 12 34 56 78"),
    ],
)
def test_button_says_by_what_means_and_where_it_would_leave(client, demande, settings, modele, champs, bouton):
    settings.PLANIPREF_DEMO = True  # text messages leave
    perdue = perdre(demande, modele, contexte={"convocation_id": 0})
    Usager.objects.filter(pk=demande.usager_id).update(**champs)
    client.force_login(equipe(demande).chloe)
    page = client.get(f"/agent/messages-non-remis/{perdue.pk}/").content.decode()
    if bouton:
        assert bouton in page
    else:
        assert "renvoyer-message" not in page
        assert "Il n’y a pas d’adresse où l’envoyer." in page
